"""The scratches of each frame of a shot: found in it alone, confirmed by its neighbours, followed into them."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from ...frames import optical_flow
from . import _scratches, _tracks
from ._scratches import Line

STRAIGHT = 1 / 640
"""How far the ends of a scratch may lie to the side of its middle part, share of the width."""

STRANGE = 1.0
"""What is more unlike a scratch than this in its own frame is not searched for in others."""


class ScratchSearch:
    """Upright lines in the frames of a shot (n, h, w, c), and which of them are scratches.

    flow: gives the flow (h, w, 2) from one frame to another, of any size.
    """

    def __init__(self, frames: np.ndarray, flow: Callable[[int, int], np.ndarray], sensitivity: float) -> None:
        self._frames = frames
        self._flow = flow
        self._sensitivity = sensitivity
        self._rows: dict[int, np.ndarray] = {}
        self._lines: dict[int, list[Line]] = {}
        self._certain: dict[int, list[Line]] = {}
        self._views: dict[int, np.ndarray] = {}
        self._bare_flows: dict[tuple[int, int], np.ndarray] = {}
        self._nearby_flows: dict[tuple[int, bool], dict[int, np.ndarray]] = {}

    def scratches(self, i: int) -> list[Line]:
        """The scratches of one frame. They depend on the four frames before and the four after it."""
        height, width = self._frames.shape[1:3]
        if height < 64 or width < 64:
            return []
        scratches = list(self.certain(i))
        for j in (i - 1, i + 1, i - 2, i + 2):
            for line in self.certain(j) if 0 <= j < len(self._frames) else []:
                if _tracks.same(line, scratches, _tracks.reach(width)) is None:
                    here = self._find(line, i, abs(i - j))
                    if here is None or here.unlike > STRANGE / 2 / self._sensitivity:
                        continue
                    if _tracks.same(here, scratches, _tracks.reach(width)) is None:
                        scratches.append(here.part(*self._track(here, i).ends()))
        scratches += self._uncovered(i, scratches)
        return [self._whole(line, i) for line in scratches]

    def _uncovered(self, i: int, scratches: list[Line]) -> list[Line]:
        """Scratches that only show once those next to them are removed, confirmed by the frames next to this one."""
        if not scratches:
            return []
        flows = {step: flow for step, flow in self._flows_from(i, bare=True).items() if abs(step) == 1}
        if not flows:
            return []
        width = self._frames.shape[2]
        bare = {step: _scratches.without(self._strips(i + step), width, self.certain(i + step)) for step in flows}
        others = {step: _scratches.lines(rows, width) for step, rows in bare.items()}
        lines = _scratches.lines(_scratches.without(self._strips(i), width, scratches), width)

        def find(line: Line, step: int) -> Line | None:
            return _find(line, bare[step], others[step], width, _tracks.reach(width))

        new: list[Line] = []
        for line in lines:
            if line.unlike > STRANGE / self._sensitivity or _tracks.crowded(line, lines, width):
                continue
            if _tracks.same(line, scratches, _tracks.reach(width) / 2) is not None:
                continue
            track = _tracks.follow(line, find, flows, self._frames.shape[1:3])
            row = _tracks.in_a_row(line, lines, width)
            if _tracks.is_scratch(line, track, len(flows), self._sensitivity, row):
                new.append(line.part(*track.ends()))
        return new

    def _whole(self, line: Line, i: int) -> Line:
        """A scratch with its faint ends, which lie straight above and below it."""
        width = self._frames.shape[2]
        longer = _scratches.traced(self._strips(i), width, line, STRAIGHT * max(width, 384))
        return line if longer is None or len(longer.x) < len(line.x) else longer

    def certain(self, i: int) -> list[Line]:
        """Those that the two frames before and the two after confirm."""
        if i not in self._certain:
            lines, width = self.lines(i), self._frames.shape[2]
            self._certain[i] = []
            for line in lines:
                if line.unlike > STRANGE / self._sensitivity or _tracks.crowded(line, lines, width):
                    continue
                row = _tracks.in_a_row(line, lines, width)
                track = self._track(line, i)
                confirmed = _tracks.is_scratch(line, track, len(track.flows), self._sensitivity, row)
                if not confirmed and _tracks.promising(line, track):
                    # A bold line on a soft picture draws the flow along.
                    track = self._track(line, i, bare=True)
                    confirmed = _tracks.is_scratch(line, track, len(track.flows), self._sensitivity, row)
                if confirmed:
                    self._certain[i].append(line.part(*track.ends()))
        return self._certain[i]

    def _track(self, line: Line, i: int, bare: bool = False) -> _tracks.Track:
        """A line of frame i and itself in the frames near by; bare: with lines hidden from the optical flow."""
        size = self._frames.shape[1:3]
        flows = self._flows_from(i, bare)
        return _tracks.follow(line, lambda it, step: self._find(it, i + step, abs(step)), flows, size)

    def _flows_from(self, i: int, bare: bool = False) -> dict[int, np.ndarray]:
        """Flow to the two frames before and the two after a frame, as far as they exist."""
        if (i, bare) not in self._nearby_flows:
            flow, flows = self._bare_flow if bare else self._flow, {}
            for side in (-1, 1):
                for step in (side, 2 * side):
                    if 0 <= i + step < len(self._frames):
                        flows[step] = flow(i, i + side)
                        if step != side:
                            flows[step] = flows[side] + optical_flow.warp(flow(i + side, i + step), flows[side])
            self._nearby_flows[i, bare] = flows
        return self._nearby_flows[i, bare]

    def _bare_flow(self, i: int, j: int) -> np.ndarray:
        """Flow between two frames at half their size, with all upright lines bridged."""
        if (i, j) not in self._bare_flows:
            self._bare_flows[i, j] = optical_flow.flow(self._bare_view(i), self._bare_view(j), "fast")
        return self._bare_flows[i, j]

    def _bare_view(self, i: int) -> np.ndarray:
        """What this flow sees of a frame."""
        if i not in self._views:
            height, width = self._frames.shape[1:3]
            size = -(-width // 2), -(-height // 2)
            small = cv2.resize(optical_flow.luma(self._frames[i]), size, interpolation=cv2.INTER_AREA)
            aside = int(np.ceil(2.5 * max(1.0, width / 640)))
            bare = _scratches.without(small, width, self.lines(i), aside)
            self._views[i] = cv2.medianBlur(optical_flow.eight_bits(bare), 3)
        return self._views[i]

    def _find(self, line: Line, j: int, away: int) -> Line | None:
        """The line of frame j that is a given line of a frame so many frames away."""
        width = self._frames.shape[2]
        return _find(line, self._strips(j), self.lines(j), width, _tracks.reach(width) * away)

    def lines(self, i: int) -> list[Line]:
        """All that looks like a scratch in one frame."""
        if i not in self._lines:
            self._lines[i] = _scratches.lines(self._strips(i), self._frames.shape[2])
        return self._lines[i]

    def forget(self, i: int) -> None:
        """Drop what frames up to this one needed."""
        for store in (self._rows, self._lines, self._certain, self._views):
            for j in [j for j in store if j <= i]:
                del store[j]
        self._bare_flows = {key: flow for key, flow in self._bare_flows.items() if min(key) > i}
        self._nearby_flows = {key: flows for key, flows in self._nearby_flows.items() if key[0] > i}

    def _strips(self, i: int) -> np.ndarray:
        """The strips of a frame in which lines are searched for."""
        if i not in self._rows:
            self._rows[i] = _scratches.searched(optical_flow.luma(self._frames[i]))
        return self._rows[i]


def _find(line: Line, rows: np.ndarray, lines: list[Line], width: int, reach: float) -> Line | None:
    """A line of another frame among the lines of this one, or, failing that, traced in its strips."""
    other = _tracks.same(line, lines, reach)
    if other is None:
        traced = _scratches.traced(rows, width, line, reach)
        other = _tracks.same(line, [traced] if traced else [], reach)
    return other
