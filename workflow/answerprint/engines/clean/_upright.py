"""The scratches of each frame of a shot: looked for in it alone, confirmed by its neighbours, and followed into them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ... import motion
from . import _scratches, _tracks
from ._scratches import Line


class Upright:
    """Upright lines of the frames of a shot (n, h, w, c), and which of them are scratches.

    flow: gives the flow (h, w, 2) from a frame to another one, of any size.
    """

    def __init__(self, frames: np.ndarray, flow: Callable[[int, int], np.ndarray], sensitivity: float) -> None:
        self._frames = frames
        self._flow = flow
        self._sensitivity = sensitivity
        self._rows: dict[int, np.ndarray] = {}
        self._lines: dict[int, list[Line]] = {}
        self._certain: dict[int, list[Line]] = {}

    def scratches(self, i: int) -> list[Line]:
        """The scratches of one frame. They depend on the three frames before and the three after it."""
        height, width = self._frames.shape[1:3]
        if height < 64 or width < 64:
            return []
        found = list(self.certain(i))
        for j in (i - 1, i + 1):
            for line in self.certain(j) if 0 <= j < len(self._frames) else []:
                if _tracks.same(line, found, _tracks.reach(width)) is None:
                    there = self._find(line, i, 1)
                    if there is not None and _tracks.same(there, found, _tracks.reach(width)) is None:
                        found.append(there)
        return found

    def certain(self, i: int) -> list[Line]:
        """Those that the two frames before and the two after it confirm."""
        if i not in self._certain:
            own, ways = self.lines(i), {}
            for side in (-1, 1) if own else ():
                for step in (side, 2 * side):
                    if 0 <= i + step < len(self._frames):
                        ways[step] = self._flow(i, i + side)
                        if step != side:
                            ways[step] = ways[side] + motion.warp(self._flow(i + side, i + step), ways[side])
            size = self._frames.shape[1:3]
            self._certain[i] = _tracks.confirmed(
                own, lambda line, step: self._find(line, i + step, abs(step)), ways, size, self._sensitivity
            )
        return self._certain[i]

    def _find(self, line: Line, j: int, away: int) -> Line | None:
        """A line of another frame, so many frames away, in frame j."""
        width = self._frames.shape[2]
        reach = _tracks.reach(width) * away
        other = _tracks.same(line, self.lines(j), reach)
        if other is None:
            traced = _scratches.traced(self._strips(j), width, line, reach)
            other = _tracks.same(line, [traced] if traced else [], reach)
        return other

    def lines(self, i: int) -> list[Line]:
        """All that looks like a scratch in one frame."""
        if i not in self._lines:
            self._lines[i] = _scratches.lines(self._strips(i), self._frames.shape[2])
        return self._lines[i]

    def forget(self, i: int) -> None:
        """Drop what frames up to this one needed."""
        for store in (self._rows, self._lines, self._certain):
            for j in [j for j in store if j <= i]:
                del store[j]

    def _strips(self, i: int) -> np.ndarray:
        if i not in self._rows:
            self._rows[i] = _scratches.searched(motion.luma(self._frames[i]))
        return self._rows[i]
