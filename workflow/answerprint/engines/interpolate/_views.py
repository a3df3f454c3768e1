"""How much each view of a moment counts that two frames and four motions give of it, and the frame drawn from them.

A view is one of the frames moved along one of the motions. It counts by how near its frame is, and by how well the two
views of its motion agree; what lies outside its frame hardly counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ...frames import optical_flow
from . import _motion

MOTIONS = 4
"""Motion from the first frame, from the second, that of the whole picture, and none: see `Motion.at`."""
VIEWS = 2 * MOTIONS
PAN, STILL = 2, 3
TRUST = (1.0, 1.0, 0.1, 0.1)
"""How much each motion counts where all explain the frames as well."""
GAP, REACH = 0.1, 2.0
"""A disagreement of a tenth of the brightness range, in the mean over 2 pixels around, costs a motion most of its
weight."""
LOUD = np.float32(2**14)
"""OpenCV adds 1e-5 to the sum of weights that it divides by: a place that stands still would become darker by that."""
OUTSIDE = 1e-3
"""What a view counts that lies outside its frame."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What there is to see of a moment between two frames."""

    views: np.ndarray
    """float32 (VIEWS, h, w): the frames along the motions, first and second by turns."""
    gaps: np.ndarray
    """float32 (MOTIONS, h, w): how much of the brightness range the views of a motion differ by, where both count."""
    odds: np.ndarray
    """float32 (VIEWS, h, w): log odds of the views."""

    @property
    def doubt(self) -> np.ndarray:
        """The gaps of the motions in the mean, by how much each counts: float32 (h, w)."""
        shares = softmax(self.odds)
        return np.asarray(((shares[::2] + shares[1::2]) * self.gaps).sum(axis=0))


def seen(before: np.ndarray, after: np.ndarray, steps: np.ndarray, time: float) -> Evidence:
    """The evidence of two grey frames (h, w), 0..1, and the motions (4, h, w, 2) at a moment."""
    views, gaps, odds = [], [], []
    for motion, trust in zip(steps, TRUST, strict=True):
        pair, shares = [before, after], np.array([1 - time, time], np.float32)[:, None, None]
        if motion.any():
            reached = [np.float32(-time) * motion, np.float32(1 - time) * motion]
            pair = [optical_flow.warp(frame, to) for frame, to in zip(pair, reached, strict=True)]
            shares = shares * np.where([optical_flow.inside(to) for to in reached], 1, OUTSIDE).astype(np.float32)
        shares = np.broadcast_to(shares / shares.sum(axis=0), (2, *before.shape))
        gap = cv2.GaussianBlur(np.abs(pair[0] - pair[1]) * (4 * shares[0] * shares[1]), (0, 0), REACH)
        views += pair
        gaps.append(gap)
        odds += [np.log(trust * share) - gap / np.float32(GAP) for share in shares]
    return Evidence(views=np.stack(views), gaps=np.stack(gaps), odds=np.stack(odds).astype(np.float32))


def rendered(frames: tuple[np.ndarray, np.ndarray], steps: np.ndarray, time: float, odds: np.ndarray) -> np.ndarray:
    """The frame (h, w, c) at a moment between two, from the motions (4, y, x, 2) and the odds of their views."""
    size = frames[0].shape[:2]
    shares = [cv2.resize(LOUD * share, (size[1], size[0])) for share in softmax(odds)]
    drawn, weight = None, np.zeros(size, np.float32)
    for index, motion in enumerate(steps):
        pair = list(frames)
        if motion.any():
            for k, lead in enumerate((-time, 1 - time)):
                pair[k] = optical_flow.warp(frames[k], _motion.enlarged(np.float32(lead) * motion, size))
        first, second = shares[2 * index : 2 * index + 2]
        both = cv2.blendLinear(pair[0], pair[1], first, second).reshape(frames[0].shape)
        drawn = both if drawn is None else cv2.blendLinear(drawn, both, weight, first + second).reshape(both.shape)
        weight = weight + first + second
    return np.asarray(drawn, np.float32)


def softmax(odds: np.ndarray) -> np.ndarray:
    """Shares that add up to 1 along the first axis, from log odds."""
    powers = np.exp(odds - odds.max(axis=0))
    return np.asarray(powers / powers.sum(axis=0), np.float32)
