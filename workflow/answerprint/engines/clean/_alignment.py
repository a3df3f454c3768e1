"""Brings the neighbours of a frame onto it, by motion that dirt does not bend.

Motion is measured at half size, twice: between medians, and then between frames that were cut down to the range of what
both neighbours show along the first motion, so that specks of any size are gone from them. Steps from frame to frame
are chained, so that frames further away are reached in small steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from ...frames import optical_flow

SLOTS = (-1, 1, -2, 2, -3, 3)
"""The neighbours of a frame, by how many frames later they are; the nearest first."""
RADIUS = 4
"""Frames on either side that the alignment of one frame depends on: the outermost slot is cut down to its own range."""
ROUGH_MEDIAN, FINE_MEDIAN = 5, 3
"""Sides of the medians, in half-size pixels, through which motion is measured the first and the second time."""
SLACK = np.ones((3, 3), np.uint8)
"""A frame may exceed what its neighbours show within so many half-size pixels: the first motion is not exact."""


@dataclass(frozen=True, kw_only=True)
class Window:
    """The brightness of a frame and of its neighbours, aligned with it and equally bright."""

    pictures: np.ndarray
    """float32 (7, h, w): the frame, and its neighbours in the order of SLOTS; a copy where one does not exist."""
    valid: np.ndarray
    """bool (6, h, w): where a neighbour exists and shows the place."""
    noise: float
    """Standard deviation of the grain."""
    flows: dict[int, np.ndarray]
    """By slot: flow from the frame to a neighbour that exists, float32 (h, w, 2)."""

    @cached_property
    def step(self) -> np.ndarray:
        """How much lighter the frame is than the middle of its neighbours, float32 (h, w)."""
        frame, *ranked = self.pictures
        # Two rounds take the least and the most away, which leaves the middle two of six: ten times as fast as a sort.
        for _ in range(len(ranked) // 2 - 1):
            for a in range(len(ranked) - 1):
                ranked[a], ranked[a + 1] = cv2.min(ranked[a], ranked[a + 1]), cv2.max(ranked[a], ranked[a + 1])
            ranked.pop()
            for a in range(len(ranked) - 1, 0, -1):
                ranked[a - 1], ranked[a] = cv2.min(ranked[a - 1], ranked[a]), cv2.max(ranked[a - 1], ranked[a])
            ranked.pop(0)
        return np.asarray(frame - (ranked[0] + ranked[1]) / 2)


class ShotAligner:
    """Windows of the frames of one shot (n, h, w, c); keeps what several frames need until told to forget it."""

    def __init__(self, frames: np.ndarray) -> None:
        self.frames = frames
        self._greys: dict[int, np.ndarray] = {}
        self._smalls: dict[int, np.ndarray] = {}
        self._medians: dict[int, np.ndarray] = {}
        self._views: dict[int, np.ndarray] = {}
        self._first_flows: dict[tuple[int, int], np.ndarray] = {}
        self._flows: dict[tuple[int, int], np.ndarray] = {}

    def window(self, i: int) -> Window:
        """Frame `i` and its neighbours; it depends on RADIUS frames on either side."""
        grey = self.grey(i)
        height, width = grey.shape
        moved, flows = {}, {}
        valid = np.zeros((len(SLOTS), height, width), bool)
        for k, slot in enumerate(SLOTS):
            if 0 <= i + slot < len(self.frames):
                small = self.small_flow(i, i + slot)
                flows[slot] = 2 * cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
                picture = optical_flow.warp(self.grey(i + slot), flows[slot])
                gain, offset = matched(picture, grey)
                moved[slot] = gain * picture + offset
                valid[k] = optical_flow.inside(flows[slot])
        neighbours = [moved.get(substitute(slot, list(moved)), grey) for slot in SLOTS]
        pictures = np.stack([grey, *neighbours]).astype(np.float32, copy=False)
        return Window(pictures=pictures, valid=valid, noise=_noise(grey, list(moved.values())), flows=flows)

    def small_flow(self, i: int, j: int) -> np.ndarray:
        """Flow from frame `i` to frame `j` at half size, chained over the frames between them."""
        step = 1 if j > i else -1
        flow = self._step(i, i + step)
        for k in range(i + step, j, step):
            flow = flow + optical_flow.warp(self._step(k, k + step), flow)
        return flow

    def first_step(self, i: int, j: int) -> np.ndarray:
        """Flow at half size from a frame to the one before or after it, which depends on these two alone."""
        if (i, j) not in self._first_flows:
            self._first_flows[i, j] = optical_flow.flow(self._median(i), self._median(j), "fast")
        return self._first_flows[i, j]

    def grey(self, i: int) -> np.ndarray:
        """The brightness of a frame, float32 (h, w)."""
        if i not in self._greys:
            self._greys[i] = optical_flow.luma(self.frames[i])
        return self._greys[i]

    def forget(self, before: int) -> None:
        """Drop what only frames before this one need."""
        for kept in (self._greys, self._smalls, self._medians, self._views):
            for i in [i for i in kept if i < before]:
                del kept[i]
        for flows in (self._first_flows, self._flows):
            for pair in [pair for pair in flows if max(pair) < before]:
                del flows[pair]

    def _step(self, i: int, j: int) -> np.ndarray:
        if (i, j) not in self._flows:
            self._flows[i, j] = optical_flow.flow(self._view(i), self._view(j), "medium")
        return self._flows[i, j]

    def _small(self, i: int) -> np.ndarray:
        if i not in self._smalls:
            grey = self.grey(i)
            size = -(-grey.shape[1] // 2), -(-grey.shape[0] // 2)
            self._smalls[i] = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
        return self._smalls[i]

    def _median(self, i: int) -> np.ndarray:
        if i not in self._medians:
            self._medians[i] = cv2.medianBlur(optical_flow.eight_bits(self._small(i)), ROUGH_MEDIAN)
        return self._medians[i]

    def _view(self, i: int) -> np.ndarray:
        """What the second measurement sees of a frame: nothing that neither of its two neighbours shows."""
        if i not in self._views:
            small = self._small(i)
            near = self._nearest_two(i)
            if len(near) == 2:
                low, high = (bound(*near) for bound in (cv2.min, cv2.max))
                small = np.clip(small, cv2.erode(low, SLACK), cv2.dilate(high, SLACK))
            self._views[i] = cv2.medianBlur(optical_flow.eight_bits(small), FINE_MEDIAN)
        return self._views[i]

    def _nearest_two(self, i: int) -> list[np.ndarray]:
        """The frames before and after a frame, at the end of a shot the two beyond it, along the first motion."""
        count, small = len(self.frames), self._small(i)
        first = {0: (1, 2), count - 1: (-1, -2)}.get(i, (-1, 1))
        near = []
        for offset in first:
            if 0 <= i + offset < count:
                step = 1 if offset > 0 else -1
                flow = self.first_step(i, i + step)
                if abs(offset) == 2:
                    flow = flow + optical_flow.warp(self.first_step(i + step, i + offset), flow)
                picture = optical_flow.warp(self._small(i + offset), flow)
                gain, offset_of_brightness = matched(picture, small)
                near.append(gain * picture + offset_of_brightness)
        return near


def substitute(slot: int, existing: list[int]) -> int:
    """The slot whose picture stands in for `slot`: itself, the one opposite, else the nearest that exists."""
    for choice in (slot, -slot, *existing):
        if choice in existing:
            return choice
    return slot


def _noise(grey: np.ndarray, neighbours: list[np.ndarray]) -> float:
    """Standard deviation of the grain, from how the nearest two of the pictures that show the same place differ."""
    if not neighbours:
        # Grain that a median removes; the median of |x| is 0.67 s, and the median keeps a tenth of fine grain.
        return float(np.median(np.abs(grey - cv2.medianBlur(grey, 3))[::4, ::4])) / 0.6
    one, other = [*neighbours, grey][:2]
    # The median of |x - y| over grain of standard deviation s is 0.95 s.
    return float(np.median(np.abs(one - other)[::4, ::4])) / 0.95


def matched(picture: np.ndarray, target: np.ndarray) -> tuple[np.float32, np.float32]:
    """Gain and offset that give `picture` the brightness and contrast of `target`, robust to what only one shows.

    From the ratio of their spreads: a regression would lower the contrast wherever they are not aligned.
    """
    x, y = picture[::8, ::8].ravel(), target[::8, ::8].ravel()
    gain, offset = 1.0, 0.0
    for _ in range(3):
        error = np.abs(y - gain * x - offset)
        keep = error <= max(2.5 * float(np.median(error)), 1 / 255)
        spread = float(x[keep].std())
        gain = float(np.clip(y[keep].std() / spread, 0.5, 2.0)) if spread > 0.01 else 1.0
        offset = float(y[keep].mean() - gain * x[keep].mean())
    return np.float32(gain), np.float32(offset)
