"""Frames that show the one before again, as where 16 or 18 frames a second were printed or played to 24.

Small pictures are compared in the cells of a coarse grid: a copy differs next to nowhere, however it was compressed.
"""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np

from .optical_flow import eight_bits, luma

WIDTH = 192
"""Pictures are compared at this width: a frame costs 3 ms."""
GRID = (6, 8)
"""Rows and columns of cells."""
SAME = 0.25
"""A copy changes by less than this share of the change before and of the one after it: compressed copies by 0.00 to
0.23 of the lesser of these, frames of their own by 0.34 and more."""
BESIDE = 3
"""Beside the first and the last change of a shot there is none on one side: so many on the other count, because dirt
makes two of them large."""
REACH, REACH_AT_ENDS = 2, BESIDE + 1
"""So many frames on either side say whether a frame is a copy, and so many on the one side of those at the ends."""


def own_frames(frames: np.ndarray) -> np.ndarray:
    """Which frames of a shot (n, h, w, c), 0..1, do not show the one before again: bool (n,).

    Of two frames in a row one is always its own, so that the third of three that are alike counts as its own, and so
    does every frame of a picture that stands.
    """
    pictures = [small(frame) for frame in frames]
    steps = [float(change(before, now).max()) for before, now in pairwise(pictures)]
    changes = np.array([np.inf, *steps, np.inf])
    own = np.ones(len(frames), bool)
    around = np.minimum(changes[:-2], changes[2:])
    own[1:] = (changes[1:-1] >= SAME * around) | np.isinf(around)
    for end, beside in ((1, np.arange(2, 2 + BESIDE)), (len(frames) - 1, len(frames) - 2 - np.arange(BESIDE))):
        inside = beside[(beside > 0) & (beside < len(frames))]
        # Changes between frames of the film's own: that to a copy says nothing.
        if len(told := changes[inside[own[inside]]]):
            own[end] = changes[end] >= SAME * told.min()
    return own


def small(frame: np.ndarray) -> np.ndarray:
    """The picture of a frame (h, w, c), 0..1, that is compared: uint8 (h, 192)."""
    height = max(32, round(frame.shape[0] * WIDTH / frame.shape[1]))
    return eight_bits(cv2.resize(luma(frame), (WIDTH, height), interpolation=cv2.INTER_AREA))


def change(before: np.ndarray, now: np.ndarray) -> np.ndarray:
    """How much two small pictures differ in each cell, but for a change of light: float32 (48,), levels of 255."""
    difference = cv2.blur(now.astype(np.float32) - before, (3, 3))
    return cells(np.abs(difference - np.median(difference)))


def cells(values: np.ndarray) -> np.ndarray:
    """The mean of values (h, w) in each cell: float32 (48,)."""
    return np.asarray(cv2.resize(values, GRID[::-1], interpolation=cv2.INTER_AREA), np.float32).ravel()
