"""Lines of videotape moved back to their place: what a time base corrector does, without the tape.

Each line is laid on what the frames around it show there: these are brought onto the frame along motion, which is
measured over patches of several lines, and averaged with the lines above and below, so that the errors of their own
lines cancel. A line is moved as a whole, as far as its detail says.
(Kokaram, Rayner, van Roosmalen and Biemond, "Line registration of jittered video", ICASSP 1997.)
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ...frames import optical_flow

REACH = 2
"""Frames on either side that say where a line belongs. One leaves 0.6 dB more error, three gain 0.1 dB."""
FURTHEST = 12.0
"""Pixels that a line is moved at most."""
BLURS = (4.0, 2.0, 1.0, 1.0)
"""Lines are compared after these blurs along them, one after another, so that errors of several pixels are found."""
LINES = 1.0
"""Sigma of the mean over the lines above and below, in lines."""
OUTLIER = 2.5
"""What differs by more than this many median differences of its line, or is hidden in other frames, hardly counts."""
DETAIL = 0.002
"""Root mean square slope of a line, of 1 a pixel, from which it says where it lies."""
INTACT = 0.15
"""A line that lies within this of its place, in pixels, is left as it is: measuring errs by as much."""


class TimeBase:
    """The frames (n, h, w, c) of one shot, each line in its place.

    A frame is looked at twice: the second time beside frames whose lines are nearly in place already.
    """

    def __init__(self, frames: np.ndarray) -> None:
        self._frames = frames
        self._roughly: dict[int, np.ndarray] = {}

    def steadied(self, i: int) -> np.ndarray:
        """Frame `i`, which depends on the 2 * REACH frames on either side; that of a shot of one frame as it is."""
        others = [self.roughly(j) for j in _beside(i, len(self._frames))]
        if not others:
            return np.asarray(self._frames[i])
        steadied = _laid(self._frames[i], self.roughly(i), others)
        for old in [old for old in self._roughly if old < i - REACH]:
            del self._roughly[old]
        return steadied

    def roughly(self, i: int) -> np.ndarray:
        """Frame `i` as it is after the first look, which depends on the REACH frames on either side."""
        if i not in self._roughly:
            others = [self._frames[j] for j in _beside(i, len(self._frames))]
            frame = self._frames[i]
            self._roughly[i] = _laid(frame, frame, others) if others else frame
        return self._roughly[i]


def _beside(i: int, count: int) -> list[int]:
    return [j for j in range(max(0, i - REACH), min(count, i + REACH + 1)) if j != i]


def _laid(frame: np.ndarray, view: np.ndarray, others: Sequence[np.ndarray]) -> np.ndarray:
    """A frame (h, w, c) whose lines are laid on what others show; `view` is the frame as motion is measured on it."""
    return moved_back(frame, displacements(optical_flow.luma(frame), reference(view, others)))


def moved_back(frame: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """A frame (h, w, c) with each line moved to the left by its step (h,); lines of step 0 keep their bits."""
    width = frame.shape[1]
    moved = np.flatnonzero(steps)
    result = frame.copy()
    if len(moved):
        x = np.arange(width, dtype=np.float32)[None] + steps[moved, None].astype(np.float32)
        y = np.repeat(moved[:, None].astype(np.float32), width, axis=1)
        lines = cv2.remap(np.ascontiguousarray(frame), x, y, cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REPLICATE)
        result[moved] = np.clip(lines.reshape(len(moved), width, -1), 0, 1)
    return result


def displacements(grey: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """How far each line of a picture (h, w) lies to the right of its place in a reference (h, w): float64 (h,), pixels.

    0 where a line has too little detail to say, or lies where it belongs.
    """
    steps, errors = np.zeros(len(grey)), np.full(len(grey), np.inf)
    for blur in BLURS:
        there, here = (cv2.GaussianBlur(x, (0, 1), blur, sigmaY=1e-6) for x in (reference, _shifted(grey, steps)))
        slope = np.gradient(there, axis=1)
        difference = there - here
        weight = _weights(difference)
        power = (weight * slope**2).sum(axis=1)
        telling = power > weight.sum(axis=1) * DETAIL**2
        # A line that lies to the right shows here what the reference has further left.
        change = np.where(telling, (weight * slope * difference).sum(axis=1) / np.maximum(power, 1e-12), 0.0)
        steps = np.clip(steps + np.clip(change, -2 * blur, 2 * blur), -FURTHEST, FURTHEST)
        noise = (weight * difference**2).sum(axis=1) / np.maximum(weight.sum(axis=1), 1e-9)
        errors = np.where(telling, noise * blur / np.maximum(power, 1e-12), np.inf)
    certain = (np.abs(steps) > INTACT) & (steps**2 > 4 * errors)
    return np.where(certain, steps, 0.0)


def reference(view: np.ndarray, others: Sequence[np.ndarray]) -> np.ndarray:
    """What other frames (h, w, c) show in the place of a frame, averaged over them and over lines nearby: (h, w)."""
    here = optical_flow.eight_bits(_calm(optical_flow.luma(view)))
    total = np.zeros(view.shape[:2], np.float32)
    for other in others:
        there = optical_flow.luma(other)
        total += optical_flow.warp(there, optical_flow.flow(here, optical_flow.eight_bits(_calm(there)), "fast"))
    return np.asarray(cv2.GaussianBlur(total / len(others), (1, 0), 1e-6, sigmaY=LINES))


def _calm(grey: np.ndarray) -> np.ndarray:
    """A picture for measuring motion, in which lines hardly jitter."""
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), 1.5, sigmaY=2.0))


def _shifted(grey: np.ndarray, steps: np.ndarray) -> np.ndarray:
    return moved_back(grey[..., None], steps)[..., 0]


def _weights(difference: np.ndarray) -> np.ndarray:
    """How much each pixel of a line counts, 0..1: little where it differs as no shift of its line explains."""
    usual = 1.4826 * np.median(np.abs(difference), axis=1, keepdims=True) + 1e-4
    return np.asarray(1 / (1 + (difference / (OUTLIER * usual)) ** 2) ** 2)
