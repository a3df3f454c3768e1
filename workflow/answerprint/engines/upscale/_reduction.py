"""How an enlarged picture is reduced again, and the step that makes the two agree.

The reduction is the antialiased cubic (a = -0.5) that pairs for super-resolution are usually made with. A picture x
agrees with its source y if its reduction D x is y. P = D' (D D')^-1 is a right inverse of D, so x + P (y - D x) agrees,
and of all pictures that do lies nearest to x. Borders mirror the picture, the outermost pixels included.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

REACH = 12
"""Source pixels on either side of one that (D D')^-1 mixes with it: what lies beyond weighs less than 1e-5."""
SPREAD = 2
"""Source pixels on either side of an enlarged one that its cubic covers."""


@lru_cache
def kernel(scale: int) -> np.ndarray:
    """Weights of the 4 * scale enlarged pixels (or one fewer) that make a source pixel; float32, their sum 1."""
    centre = (scale - 1) / 2
    taps = np.arange(first_tap(scale), int(np.ceil(centre + 2 * scale)))
    x = np.abs(taps - centre) / scale
    weights = np.where(x <= 1, 1.5 * x**3 - 2.5 * x**2 + 1, -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2)
    return (weights / weights.sum()).astype(np.float32)


def first_tap(scale: int) -> int:
    """The place of the first of those pixels, counted from the first pixel that the source pixel covers."""
    return int(np.floor((scale - 1) / 2 - 2 * scale)) + 1


@lru_cache
def unmixing(scale: int) -> np.ndarray:
    """Weights of the source pixels -REACH..REACH around one in (D D')^-1 along one axis; float32."""
    weights = kernel(scale).astype(np.float64)
    across = np.convolve(weights, weights[::-1])
    length, middle = 4 * REACH + 1, len(weights) - 1
    matrix = sum(
        across[middle + step * scale] * np.eye(length, k=step)
        for step in range(-2 * SPREAD, 2 * SPREAD + 1)
        if 0 <= middle + step * scale < len(across)
    )
    centre = length // 2
    return np.linalg.inv(matrix)[centre - REACH : centre + REACH + 1, centre].astype(np.float32)


def reduce(picture: np.ndarray, scale: int) -> np.ndarray:
    """A picture (h * scale, w * scale, ...) as (h, w, ...)."""
    anchor = (-first_tap(scale), -first_tap(scale))
    weights = kernel(scale)
    smooth = cv2.sepFilter2D(picture, -1, weights, weights, anchor=anchor, borderType=cv2.BORDER_REFLECT)
    return smooth.reshape(picture.shape)[::scale, ::scale]


def expand(difference: np.ndarray, scale: int) -> np.ndarray:
    """The smallest change (h * scale, w * scale) whose reduction is `difference` (h, w)."""
    height, width = difference.shape
    margin = SPREAD + 1
    mixed = cv2.copyMakeBorder(_unmixed(difference, scale), margin, margin, margin, margin, cv2.BORDER_REFLECT)
    sparse = np.zeros((mixed.shape[0] * scale, mixed.shape[1] * scale), np.float32)
    sparse[::scale, ::scale] = mixed
    weights = kernel(scale)[::-1].copy()
    last = len(weights) - 1 + first_tap(scale)
    spread = cv2.sepFilter2D(sparse, -1, weights, weights, anchor=(last, last))
    start = margin * scale
    return spread[start : start + height * scale, start : start + width * scale]


def shown_energy(reduced: np.ndarray, scale: int) -> float:
    """The energy (sum of squares) of the part P D x of an enlarged picture x that its reduction D x (h, w) shows."""
    return float(np.vdot(reduced, _unmixed(reduced, scale)))


def agreeing(picture: np.ndarray, source: np.ndarray, scale: int, tolerance: np.ndarray | float = 0.0) -> np.ndarray:
    """A picture changed as little as makes its reduction differ from `source` (h, w) by `tolerance` at most."""
    missing = source - reduce(picture, scale)
    return picture + expand(missing - np.clip(missing, -tolerance, tolerance), scale)


def _unmixed(picture: np.ndarray, scale: int) -> np.ndarray:
    weights = unmixing(scale)
    return cv2.sepFilter2D(picture, -1, weights, weights, borderType=cv2.BORDER_REFLECT)
