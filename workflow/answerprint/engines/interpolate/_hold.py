"""Holding: where the motion between two frames was not found, the nearer one is shown instead of a smear of both."""

from __future__ import annotations

import cv2
import numpy as np

REACH = 6.0
"""Standard deviation, in pixels, of the neighbourhood over which the two views of a place are compared."""
LIMIT = 0.2
"""Where both frames, moved, differ by this much of the brightness range, half of the answer is the nearer frame; where
by half as much again, five sixths. An occlusion does not count: an engine takes what only one frame shows from that
frame."""


def nearer(before: np.ndarray, after: np.ndarray, time: float) -> np.ndarray:
    """The frame that is nearer to a moment; halfway, the one before."""
    return before if time <= 0.5 else after


def held(
    drawn: np.ndarray, frame: np.ndarray, difference: np.ndarray, limit: float = LIMIT
) -> tuple[np.ndarray, float]:
    """`drawn` (h, w, c) with `frame` in the places where its two views differ, and the share of the picture held.

    difference: float32 (h, w), by how much of the brightness range the views differ where both count.
    """
    around = cv2.GaussianBlur(difference, (0, 0), REACH)
    odds = (around / np.float32(limit)) ** 4
    share = odds / (1 + odds)
    return drawn + share[..., None] * (frame - drawn), float((share > 0.5).mean())
