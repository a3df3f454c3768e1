"""Fills defects from the neighbours that the network chose, each pixel from one of them, so that the grain stays."""

from __future__ import annotations

import cv2
import numpy as np

from . import _repair
from ._alignment import SLOTS, Window

CALM = 4.0
"""Standard deviation, pixels, over which the choice of a neighbour is averaged: one spot has one lender, mostly."""
AROUND = np.ones((15, 15), np.uint8)
"""How far around a defect a lent picture is compared with the frame."""
FINE = 1.0
"""Standard deviation of the blur, pixels, against which grain is what is left."""
MOST_GRAIN = 1.5
"""The most that the grain of a lent picture is raised: reading between pixels smooths it."""


def lent(
    frames: np.ndarray, i: int, window: Window, lenders: np.ndarray, defects: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Frame `i` of `frames` (n, h, w, c) with its defects, bool (h, w), filled; and where no neighbour could fill them.

    lenders: how well each neighbour of SLOTS would do, float32 (6, h, w).
    """
    frame = frames[i]
    if not defects.any():
        return frame, defects
    wide = cv2.dilate(defects.astype(np.uint8), _repair.RING) > 0
    near = cv2.dilate(wide.astype(np.uint8), AROUND) > 0
    picture, shown = _chosen(frames, i, window, lenders, near, wide)
    ring = near & ~wide & shown
    picture = _with_grain(picture, frame, ring, near)
    error = np.abs(picture - frame).mean(axis=2)
    picture = picture + _repair.fill_in_coarse(frame - picture, ~ring, 4)
    lost = _misfits(error, ring, wide, _repair.LOST + 4 * window.noise) & defects
    repaired = frame.copy()
    repaired[defects] = np.clip(picture[defects], 0, 1)
    if lost.any():
        _repair.patch(repaired, defects, lost)
    return repaired, lost


def _chosen(
    frames: np.ndarray, i: int, window: Window, lenders: np.ndarray, near: np.ndarray, doubtful: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The pixels `near`, bool (h, w), each read from its lender along motion: (h, w, c); and where there is one.

    Motion is not read at the pixels `doubtful`, where the defect was, but carried in from around them.
    """
    choice = np.stack([cv2.GaussianBlur(plane, (0, 0), CALM) for plane in lenders]).argmax(axis=0)
    picture, shown = frames[i].copy(), np.zeros(near.shape, bool)
    for k, slot in enumerate(SLOTS):
        here = near & (choice == k)
        if slot not in window.flows or not here.any():
            continue
        flow = _repair.fill_in_coarse(window.flows[slot], doubtful, 2)
        picture[here] = _repair.along(frames[i + slot], flow, here)
        shown |= here & window.valid[k]
    return picture, shown


def _with_grain(picture: np.ndarray, frame: np.ndarray, ring: np.ndarray, near: np.ndarray) -> np.ndarray:
    """`picture` (h, w, c) with as much fine detail as the frame has around the defects, in `ring`, bool (h, w).

    `near` is where it was lent; outside, it is the frame.
    """
    if not ring.any():
        return picture
    inner = cv2.erode(near.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    fine = [p - cv2.GaussianBlur(p, (0, 0), FINE).reshape(p.shape) for p in (frame, picture)]
    wanted, given = (float(np.median(np.abs(p[ring & inner]))) if (ring & inner).any() else 0.0 for p in fine)
    more = min(MOST_GRAIN, max(1.0, wanted / max(given, 1e-4)))
    return np.where(inner[..., None], picture + (more - 1) * fine[1], picture)


def _misfits(error: np.ndarray, ring: np.ndarray, wide: np.ndarray, limit: float) -> np.ndarray:
    """The spots of `wide`, bool (h, w), around which the error (h, w) on the ring is above a limit, or unknown."""
    count, labels = cv2.connectedComponents(wide.astype(np.uint8), connectivity=8)
    reached = cv2.dilate(labels.astype(np.float32), AROUND).astype(np.int32)[ring]
    size = np.bincount(reached, minlength=count)
    mean = np.bincount(reached, error[ring], count) / np.maximum(size, 1)
    bad = (mean > limit) | (size == 0)
    bad[0] = False
    return bad[labels]
