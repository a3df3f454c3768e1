"""Dirt of one frame, counted without repairing it: small spots that neither neighbouring frame has."""

from __future__ import annotations

import cv2
import numpy as np

from ..frames.optical_flow import eight_bits

EDGE = 0.06
"""Share of width and height at each side that is not searched for dirt and scratches: there lies the gate."""
WIDTH = 640
"""Dirt is looked for in pictures no wider than this: what is not seen there is grain."""
NEAR, SPOT, AROUND = (np.ones((size, size), np.uint8) for size in (5, 11, 15))


def count(
    before: np.ndarray, now: np.ndarray, after: np.ndarray, step: np.ndarray, back: np.ndarray, noise: float
) -> tuple[float, float]:
    """Share of pixels of spots of `now` (h, w), 0..1, that `before` and `after`, moved into place, do not have.

    And the share of pixels where something larger than a spot changed too: there nothing is counted.

    `step` and `back` (dx, dy, angle) bring the one and the other onto `now`; `noise` is its standard deviation. What
    uncovers ground or moves fast is unlike one neighbour, seldom unlike both.
    """
    scale = min(1.0, WIDTH / now.shape[1])
    if scale < 1:
        before, now, after = (
            cv2.resize(x, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) for x in (before, now, after)
        )
    threshold = int(255 * (0.06 + 4 * noise))
    own = eight_bits(now)
    others = [_placed(frame, now, by, scale) for frame, by in ((before, step), (after, back))]
    dark, moving = _dark(own, others, threshold)
    bright, _ = _dark(255 - own, [255 - other for other in others], threshold)
    height, width = own.shape
    y, x = int(height * EDGE), int(width * EDGE)
    inner = (slice(y, height - y), slice(x, width - x))
    return float((dark | bright)[inner].mean()), float(moving[inner].mean())


def _placed(other: np.ndarray, now: np.ndarray, step: np.ndarray, scale: float) -> np.ndarray:
    """A neighbour, 8 bits, as light as `now` and moved onto it."""
    height, width = now.shape
    sample = (slice(None, None, 8), slice(None, None, 8))
    other = other * np.float32(np.median((now[sample] + 0.02) / (other[sample] + 0.02)))
    matrix = np.array([[1, -step[2], step[0] * scale], [step[2], 1, step[1] * scale]])
    matrix[:, 2] -= (matrix[:, :2] - np.eye(2)) @ np.array([(width - 1) / 2, (height - 1) / 2])
    return cv2.warpAffine(eight_bits(other), matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)


def _dark(own: np.ndarray, others: list[np.ndarray], threshold: int) -> tuple[np.ndarray, np.ndarray]:
    """Dark spots (h, w), and where the picture without its spots changed too, so that something moved."""
    without = cv2.morphologyEx(own, cv2.MORPH_CLOSE, SPOT)
    found = cv2.subtract(without, own) > threshold
    moving = np.zeros(own.shape, bool)
    for other in others:
        moving |= cv2.absdiff(without, cv2.morphologyEx(other, cv2.MORPH_CLOSE, SPOT)) >= threshold
        found &= cv2.subtract(cv2.erode(other, NEAR), own) > threshold
    around = cv2.dilate(moving.astype(np.uint8), AROUND) > 0
    return found & ~around, moving
