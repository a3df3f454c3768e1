"""The scratches of each frame of a shot: looked for in it alone, confirmed by its neighbours, followed into them."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from ...frames import optical_flow
from . import _scratches, _tracks
from ._scratches import Line

STRAIGHT = 1 / 640
"""How far the ends of a scratch lie aside of its middle part at most, share of the width."""

STRANGE = 1.0
"""What looks less like a scratch than this in its own frame is not looked for in others."""


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
        self._looks: dict[int, np.ndarray] = {}
        self._flows: dict[tuple[int, int], np.ndarray] = {}
        self._near: dict[tuple[int, bool], dict[int, np.ndarray]] = {}

    def scratches(self, i: int) -> list[Line]:
        """The scratches of one frame. They depend on the four frames before and the four after it."""
        height, width = self._frames.shape[1:3]
        if height < 64 or width < 64:
            return []
        found = list(self.certain(i))
        for j in (i - 1, i + 1, i - 2, i + 2):
            for line in self.certain(j) if 0 <= j < len(self._frames) else []:
                if _tracks.same(line, found, _tracks.reach(width)) is None:
                    there = self._find(line, i, abs(i - j))
                    if there is None or there.unlike > STRANGE / 2 / self._sensitivity:
                        continue
                    if _tracks.same(there, found, _tracks.reach(width)) is None:
                        found.append(there.part(*self._company(there, i).ends()))
        found += self._beside(i, found)
        return [self._whole(line, i) for line in found]

    def _beside(self, i: int, found: list[Line]) -> list[Line]:
        """Scratches that only show once those beside them are gone, from the frames next to this one."""
        ways = {step: way for step, way in self._ways(i, bare=True).items() if abs(step) == 1} if found else {}
        width = self._frames.shape[2]
        bare = {step: _scratches.without(self._strips(i + step), width, self.certain(i + step)) for step in ways}
        more = {step: _scratches.lines(rows, width) for step, rows in bare.items()}
        rows = _scratches.without(self._strips(i), width, found)
        own = _scratches.lines(rows, width) if ways else []
        new: list[Line] = []
        for line in own:
            if line.unlike > STRANGE / self._sensitivity or _tracks.crowded(line, own, width):
                continue
            if _tracks.same(line, found, _tracks.reach(width) / 2) is not None:
                continue
            met = _tracks.company(
                line,
                lambda it, step: _find(it, bare[step], more[step], width, _tracks.reach(width)),
                ways,
                self._frames.shape[1:3],
            )
            if _tracks.is_scratch(line, met, len(ways), self._sensitivity, _tracks.in_a_row(line, own, width)):
                new.append(line.part(*met.ends()))
        return new

    def _whole(self, line: Line, i: int) -> Line:
        """A scratch with its faint ends, which lie straight above and below it."""
        width = self._frames.shape[2]
        longer = _scratches.traced(self._strips(i), width, line, STRAIGHT * max(width, 384))
        return line if longer is None or len(longer.x) < len(line.x) else longer

    def certain(self, i: int) -> list[Line]:
        """Those that the two frames before and the two after it confirm."""
        if i not in self._certain:
            self._certain[i] = []
            for line in self.lines(i):
                strange = line.unlike > STRANGE / self._sensitivity
                if not strange and not _tracks.crowded(line, self.lines(i), self._frames.shape[2]):
                    row = _tracks.in_a_row(line, self.lines(i), self._frames.shape[2])
                    met = self._company(line, i)
                    sure = _tracks.is_scratch(line, met, len(met.ways), self._sensitivity, row)
                    if not sure and _tracks.promising(line, met):
                        # A bold line on a soft picture draws the flow along.
                        met = self._company(line, i, bare=True)
                        sure = _tracks.is_scratch(line, met, len(met.ways), self._sensitivity, row)
                    if sure:
                        self._certain[i].append(line.part(*met.ends()))
        return self._certain[i]

    def _company(self, line: Line, i: int, bare: bool = False) -> _tracks.Company:
        """How a line of frame i compares with itself in the frames near by; the flow sees no lines where it is bare."""
        size = self._frames.shape[1:3]
        ways = self._ways(i, bare)
        return _tracks.company(line, lambda it, step: self._find(it, i + step, abs(step)), ways, size)

    def _ways(self, i: int, bare: bool = False) -> dict[int, np.ndarray]:
        """Flow to the two frames before and the two after a frame, as far as they are there."""
        if (i, bare) not in self._near:
            flow, ways = self._bare_flow if bare else self._flow, {}
            for side in (-1, 1):
                for step in (side, 2 * side):
                    if 0 <= i + step < len(self._frames):
                        ways[step] = flow(i, i + side)
                        if step != side:
                            ways[step] = ways[side] + optical_flow.warp(flow(i + side, i + step), ways[side])
            self._near[i, bare] = ways
        return self._near[i, bare]

    def _bare_flow(self, i: int, j: int) -> np.ndarray:
        """Flow between two frames at half their size, all upright lines bridged."""
        if (i, j) not in self._flows:
            self._flows[i, j] = optical_flow.flow(self._bare_look(i), self._bare_look(j), "fast")
        return self._flows[i, j]

    def _bare_look(self, i: int) -> np.ndarray:
        """What this flow sees of a frame."""
        if i not in self._looks:
            height, width = self._frames.shape[1:3]
            size = -(-width // 2), -(-height // 2)
            small = cv2.resize(optical_flow.luma(self._frames[i]), size, interpolation=cv2.INTER_AREA)
            aside = int(np.ceil(2.5 * max(1.0, width / 640)))
            bare = _scratches.without(small, width, self.lines(i), aside)
            self._looks[i] = cv2.medianBlur(optical_flow.eight_bits(bare), 3)
        return self._looks[i]

    def _find(self, line: Line, j: int, away: int) -> Line | None:
        """A line of another frame, so many frames away, in frame j."""
        width = self._frames.shape[2]
        return _find(line, self._strips(j), self.lines(j), width, _tracks.reach(width) * away)

    def lines(self, i: int) -> list[Line]:
        """All that looks like a scratch in one frame."""
        if i not in self._lines:
            self._lines[i] = _scratches.lines(self._strips(i), self._frames.shape[2])
        return self._lines[i]

    def forget(self, i: int) -> None:
        """Drop what frames up to this one needed."""
        for store in (self._rows, self._lines, self._certain, self._looks):
            for j in [j for j in store if j <= i]:
                del store[j]
        self._flows = {key: flow for key, flow in self._flows.items() if min(key) > i}
        self._near = {key: ways for key, ways in self._near.items() if key[0] > i}

    def _strips(self, i: int) -> np.ndarray:
        if i not in self._rows:
            self._rows[i] = _scratches.searched(optical_flow.luma(self._frames[i]))
        return self._rows[i]


def _find(line: Line, rows: np.ndarray, lines: list[Line], width: int, reach: float) -> Line | None:
    """A line of another frame among the lines of this one, or, traced, in its strips."""
    other = _tracks.same(line, lines, reach)
    if other is None:
        traced = _scratches.traced(rows, width, line, reach)
        other = _tracks.same(line, [traced] if traced else [], reach)
    return other
