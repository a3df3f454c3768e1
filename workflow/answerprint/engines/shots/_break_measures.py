"""What sets a break apart: how little of a frame the frames before it explain, beside what is usual around it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ...frames import optical_flow

SIZE = (96, 54)
"""Width and height at which pictures are compared: enlarged from the proxy, because flow needs room."""
NOISE = 4.0
"""Contrast, of 255, below which a place counts as flat: copies of a proxy's grain stay below it."""
LAGS = ((-1, 0), (-1, 1), (-2, 0), (-1, 3), (-4, 0))
"""Pairs of frames to compare, relative to the frame in question. A cut shows in all of them; a flash, dirt or a
passer-by is gone in one of the later ones."""
NAMES = ("structure", "edges", "residual", "colours", "motion")
"""What is measured of a pair; see `_compare`."""
FLOORS = np.array([0.02, 0.02, 0.5, 0.5, 0.1], np.float32)
"""Added to measures before their logarithm: what noise and rounding make of two equal pictures."""
REACH = 12
"""Frames on either side that show what is usual."""
NEAR = 4
"""Frames on either side within which a flash, a shake or a passer-by is over."""
UNUSUAL = 0.2
"""Logarithm of the excess over the usual from which a frame is looked at closely."""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Picture:
    grey: np.ndarray
    detail: np.ndarray
    """Brightness less its mean nearby."""
    structure: np.ndarray
    """Detail over the contrast nearby, which lighting does not change."""
    tracked: np.ndarray
    """The structure in 8 bits, for optical flow."""
    colours: np.ndarray
    """Values of each channel in ascending order."""


def _prepared(picture: np.ndarray) -> _Picture:
    picture = cv2.resize(picture, SIZE, interpolation=cv2.INTER_LINEAR)
    grey = cv2.GaussianBlur(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32), (0, 0), 0.7)
    mean = cv2.blur(grey, (13, 13))
    variance = np.maximum(cv2.blur(grey * grey, (13, 13)) - mean * mean, 0)
    detail = grey - mean
    structure = detail / np.sqrt(variance + NOISE**2)
    small = cv2.resize(picture, (24, 14), interpolation=cv2.INTER_AREA).reshape(-1, 3)
    return _Picture(
        grey=grey,
        detail=detail,
        structure=structure,
        tracked=np.clip(structure * 50 + 128, 0, 255).astype(np.uint8),
        colours=np.sort(small.astype(np.float32), axis=0),
    )


def _compare(a: _Picture, b: _Picture) -> tuple[float, ...]:
    """The measures of NAMES: what is left of structure, edges and brightness after b is brought onto a along the flow,
    how far the colours differ, of 255, and how far the flow strays from its median, in pixels."""
    steps = optical_flow.flow(a.tracked, b.tracked, "ultrafast")
    grey, detail, structure = (optical_flow.warp(x, steps) for x in (b.grey, b.detail, b.structure))
    drift = np.abs(steps - np.median(steps[::3, ::3], axis=(0, 1)))
    return (
        float(cv2.absdiff(a.structure, structure).mean()),
        1 - _correlation(a.detail, detail),
        float(cv2.absdiff(a.grey, grey).mean()),
        float(cv2.absdiff(a.colours, b.colours).mean()),
        float(drift.sum(axis=2).mean()),
    )


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Correlation of two pictures of detail, 1 where both are flat and 0 where one is."""
    rest = float(a.size)
    power = (float(np.vdot(a, a)) + rest) * (float(np.vdot(b, b)) + rest)
    return (float(np.vdot(a, b)) + rest) / float(np.sqrt(power))


def measures(pictures: np.ndarray) -> np.ndarray:
    """Logarithms of the measures of each frame against those before it: float32 (n, lags, measures).

    `pictures`: uint8 (n, h, w, 3). Only frames that differ unusually from the one before are compared over all lags.
    """
    count = len(pictures)
    measured = np.zeros((count, len(LAGS), len(NAMES)), np.float32)
    before = _prepared(pictures[0])
    for frame in range(1, count):
        picture = _prepared(pictures[frame])
        measured[frame] = _compare(before, picture)
        before = picture
    measured = np.log(np.maximum(measured, 0) + FLOORS)
    measured[0] = measured[min(1, count - 1)]
    excess = measured[:, 0] - _usual(measured[:, 0])
    for unusual in np.flatnonzero((excess[:, :-1] > UNUSUAL).any(axis=1)):
        measured[unusual, 1:] = _over_lags(pictures, int(unusual))
    return measured


def edges_left(before: np.ndarray, after: np.ndarray) -> float:
    """How little of the edges of one picture another shows after motion: 0 for all, about 1 for none.

    Pictures: uint8 (h, w, 3). Brightness and contrast do not count.
    """
    return _compare(_prepared(before), _prepared(after))[NAMES.index("edges")]


def _over_lags(pictures: np.ndarray, frame: int) -> np.ndarray:
    last = len(pictures) - 1
    pairs = [(max(0, frame + first), min(last, frame + second)) for first, second in LAGS[1:]]
    prepared = {index: _prepared(pictures[index]) for index in {index for pair in pairs for index in pair}}
    return np.log(np.maximum([_compare(prepared[a], prepared[b]) for a, b in pairs], 0) + FLOORS)


def features(measured: np.ndarray) -> np.ndarray:
    """What a break is told by, from `measures`: float32 (n, 4 * measures).

    The measures against the frame before; how far they exceed the usual; how far the least over all lags does; how far
    they exceed the high ones nearby.
    """
    against = measured[:, 0]
    usual = _usual(against)
    return np.concatenate([against, against - usual, measured.min(axis=1) - usual, against - _nearby(against)], axis=1)


def _usual(values: np.ndarray) -> np.ndarray:
    """The median of (n, m) values around each frame, without it and those next to it."""
    medians = np.empty_like(values)
    for frame in range(len(values)):
        around = np.arange(max(1, frame - REACH), min(len(values), frame + REACH + 1))
        apart = around[np.abs(around - frame) > 1]
        if not len(apart):
            apart = np.array([min(1, len(values) - 1)])
        medians[frame] = np.sort(values[apart], axis=0)[len(apart) // 2]
    return medians


def _nearby(values: np.ndarray) -> np.ndarray:
    """The second highest of (n, m) values near each frame: a cut that close to another is one of two at most."""
    highest = np.empty_like(values)
    for frame in range(len(values)):
        around = np.arange(max(1, frame - NEAR), min(len(values), frame + NEAR + 1))
        around = around[around != frame]
        highest[frame] = np.sort(values[around], axis=0)[-min(2, len(around))] if len(around) else values[frame]
    return highest
