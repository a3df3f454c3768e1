"""Repairs what a matte or a person marked: from neighbouring frames along motion, else from its surroundings.

A neighbour helps where the place that moved there is not marked: dirt is in one frame only, a wire moves against what
is behind it. What no neighbour shows is filled from the frame itself.
"""

from __future__ import annotations

import cv2
import numpy as np

from ...frames import optical_flow
from .. import Clip, Measures
from ._repair import fill_in, fill_in_coarse, telea

REACH = 2
"""Frames on either side that may lend pixels."""
RIM = np.ones((5, 5), np.uint8)
"""How far a mark may have blurred into its surroundings: no motion or brightness is read there."""
MISFIT = 0.1
"""Difference in brightness around a mark, of 1, above which a neighbour is taken to show something else."""
COARSE = 4
"""Differences between frames are compared at 1 / COARSE of their size."""


def inpaint_marked(
    clip: Clip, frames: np.ndarray, masks: np.ndarray, *, radius: int
) -> tuple[np.ndarray, np.ndarray, Measures]:
    """`frames` (core, h, w, c) and `masks` (core, h, w) of a repaired clip, with the marked pixels repaired too.

    Statistics, as shares of the picture: `marked`, and `inpainted`, what no neighbour showed. A clip without marks is
    returned as it is. A frame depends on at most `radius` frames on either side.
    """
    if clip.marked is None:
        return frames, masks, {}
    frames, masks = frames.copy(), masks | clip.marked[clip.core]
    lenders = _Lenders(clip, min(REACH, radius))
    inpainted = np.zeros(len(frames))
    for k, i in enumerate(clip.indices):
        if clip.marked[i].any():
            frames[k], unknown = lenders.filled(i, frames[k])
            inpainted[k] = unknown.mean()
    return frames, masks, {"marked": clip.marked[clip.core].mean(axis=(1, 2)), "inpainted": inpainted}


class _Lenders:
    """The frames of a clip, as lenders of pixels to each other."""

    def __init__(self, clip: Clip, reach: int) -> None:
        assert clip.marked is not None
        self._frames, self._marked, self._reach = clip.frames, clip.marked, reach
        self._views: dict[int, np.ndarray] = {}

    def filled(self, i: int, frame: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """`frame`, frame `i` already repaired elsewhere, with its marks filled, and where no neighbour could help."""
        unknown = self._marked[i].copy()
        rim = cv2.dilate(unknown.astype(np.uint8), RIM) > 0
        result = frame.copy()
        for step in range(1, self._reach + 1):
            offers = [self._lent(i, j, frame, rim) for j in (i - step, i + step) if 0 <= j < len(self._frames)]
            if not offers or not unknown.any():
                continue
            # One lender a pixel, not the mean of several, so that the film's grain stays.
            errors = np.stack([error for _, error in offers])
            pictures = np.stack([picture for picture, _ in offers])
            best = errors.argmin(axis=0)
            picture = np.take_along_axis(pictures, best[None, ..., None], axis=0)[0]
            least = errors.min(axis=0)
            helped = unknown & (least < MISFIT)
            picture = picture + fill_in_coarse(frame - picture, rim | np.isinf(least), COARSE)
            result[helped] = picture[helped]
            unknown &= ~helped
        if unknown.any():
            result = inpaint(result, unknown)
        return result, unknown

    def _lent(self, i: int, j: int, frame: np.ndarray, rim: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Frame `j` brought onto frame `i`, and how badly it fits around each pixel: infinity where it is marked."""
        flow = optical_flow.flow(self._view(i), self._view(j), "fast")
        flow = np.where(rim[..., None], fill_in_coarse(flow, rim, COARSE), flow)
        picture = optical_flow.warp(self._frames[j], flow, cv2.INTER_CUBIC)
        shown = optical_flow.inside(flow)
        if self._marked[j].any():
            covered = cv2.dilate(self._marked[j].astype(np.uint8), np.ones((3, 3), np.uint8)).astype(np.float32)
            shown &= optical_flow.warp(covered, flow) < 0.01
        error = fill_in_coarse(np.abs(picture - frame).mean(axis=2), rim | ~shown, COARSE)
        return picture, np.where(shown, cv2.GaussianBlur(error, (0, 0), COARSE), np.inf)

    def _view(self, i: int) -> np.ndarray:
        """What the optical flow sees of a frame: its marks are filled, or they would mislead it."""
        if i not in self._views:
            grey = optical_flow.luma(self._frames[i])
            if self._marked[i].any():
                grey = fill_in(grey, cv2.dilate(self._marked[i].astype(np.uint8), RIM) > 0)
            self._views[i] = optical_flow.eight_bits(grey)
        return self._views[i]


def inpaint(frame: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """`frame` (h, w, c) with the hole (h, w) filled from its surroundings, with grain from next to it."""
    result = np.stack([telea(frame[..., c], hole) for c in range(frame.shape[2])], axis=2)
    return result + np.where(hole[..., None], _grain(frame, hole), 0)


def _grain(frame: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """Grain for the pixels of a hole, (h, w, c): the film's own, from the nearest undamaged place."""
    smooth = np.stack([cv2.GaussianBlur(frame[..., c], (0, 0), 1.5) for c in range(frame.shape[2])], axis=2)
    fine = frame - smooth
    whole = cv2.dilate(hole.astype(np.uint8), np.ones((9, 9), np.uint8)) == 0
    if not whole.any():
        return np.zeros_like(frame)
    # Detail of the picture is not grain: whatever is stronger than grain is cut off.
    limit = 2.5 * 1.4826 * np.median(np.abs(fine[whole]), axis=0)
    fine = np.clip(fine, -limit, limit)
    grain, needed = np.zeros_like(frame), hole.copy()
    for distance in (8, 16, 32, 64, 128, 256):
        for dy, dx in ((0, 1), (0, -1), (1, 0), (-1, 0)):
            if not needed.any():
                return grain
            shift = (dy * distance, dx * distance)
            there = needed & np.roll(whole, shift, axis=(0, 1))
            grain[there] = np.roll(fine, shift, axis=(0, 1))[there]
            needed &= ~there
    return grain
