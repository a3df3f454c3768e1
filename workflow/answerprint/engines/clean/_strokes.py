"""Whether something moved near a spot from one neighbour to the other: a hand that rests, strikes and rests again is a
blur in the frame between, which neither neighbour shows. Dirt leaves them alike."""

from __future__ import annotations

import cv2
import numpy as np

from ._spot_traits import Regions

ROWS = 120
"""The pictures are compared at about so many lines."""
REACHES = {"near": 0.12, "far": 0.4}
"""How far around the box of a spot they are, in heights of the picture."""
TRAITS = tuple(f"{what} {where}" for where in REACHES for what in ("moved", "swapped"))
"""What is said of a spot, in this order."""
ALIKE = 2.0
"""What moved has the spot's tone to within this factor."""
SHADES = 2
"""Steps of that tone to a doubling."""
MOST = 15.0
"""What moved counts up to so many times the area of the spot."""


def moved(regions: Regions, depth: np.ndarray, difference: np.ndarray) -> dict[str, np.ndarray]:
    """What moved around each spot, as many times as large as it is, in doublings, by the number of the spot.

    depth: how much each spot differs from what is behind it; difference: one neighbour minus the other, float32 (h, w),
    0 where one of them shows nothing. "moved" is what one neighbour has in the spot's tone and the other lacks,
    whichever has more, and "swapped" whichever has less: a thing that went from here to there is both.
    """
    height, width = difference.shape
    cell = max(1, round(height / ROWS))
    size = max(1, width // cell), max(1, height // cell)
    small = cv2.resize(difference, size, interpolation=cv2.INTER_AREA)
    scale = np.array(small.shape)[:, None] / np.array(difference.shape)[:, None]
    first, last = regions.box * scale
    shades = np.round(SHADES * np.log2(np.maximum(depth, 1e-4))).astype(int)
    counts = np.zeros((len(REACHES), 2, len(depth)))
    for shade in np.unique(shades[1:]):
        spots = np.flatnonzero(shades == shade)
        tone = 2.0 ** (shade / SHADES)
        ways = [(one > tone / ALIKE) & (one < tone * ALIKE) for one in (small, -small)]
        for k, reach in enumerate(REACHES.values()):
            around = reach * len(small)
            boxes = np.floor(first[:, spots] - around), np.ceil(last[:, spots] + 1 + around)
            counts[k][:, spots] = [_inside(way, *boxes) for way in ways]
    times = counts / np.maximum(regions.area * scale.prod(), 1)
    either = [pick(both, axis=0) for both in times for pick in (np.max, np.min)]
    return {name: np.log2(1 + np.minimum(one, MOST)) for name, one in zip(TRAITS, either, strict=True)}


def _inside(mask: np.ndarray, first: np.ndarray, end: np.ndarray) -> np.ndarray:
    """How many pixels of a mask, bool (h, w), lie in each box from a row and column to those after its last, (2, n)."""
    sums = cv2.integral(mask.astype(np.uint8))
    top, left = (np.clip(one, 0, most).astype(int) for one, most in zip(first, mask.shape, strict=True))
    bottom, right = (np.clip(one, 0, most).astype(int) for one, most in zip(end, mask.shape, strict=True))
    return np.asarray(sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left])
