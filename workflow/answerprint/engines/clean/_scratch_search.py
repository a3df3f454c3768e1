"""The scratches of each frame of a shot: found in it alone, confirmed by its neighbours, followed into them."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import reduce

import cv2
import numpy as np

from ...frames import optical_flow
from . import _scratches, _strips, _tracks
from ._scratches import Line
from ._straightened import straightened
from ._strips import Strips

STRAIGHT = 1 / 640
"""How far the ends of a scratch may lie to the side of its middle part, share of the width."""
NEAR = 2
"""So many frames before and after a frame are compared with it, and have a say in what its lines are."""
RADIUS = 3 * NEAR
"""Frames before and after a frame on which its scratches depend: those that have a say, those with which each of these
is compared, and those along whose motion their lines stand out."""
CERTAIN = -0.25
"""Log odds, by all of those frames together, from which a line is a scratch: on drawn film, with posts, falling water
and rain in most of it, 89 of 100 lines above it are scratches, and 81 of 100 scratches are above it; where a network
has a word, on held-out film with columns, people and crowds as well, 93 and 86 of 100."""
STRANGE = 1.5
"""A line that is more unlike a scratch than this in every frame is none, whatever speaks for it."""
LIKELY = -1.0
"""Log odds from which a line of another frame is searched for in this one."""
DOUBT = -4.0
"""Log odds from which a network has the last word on a line: 98 of 100 scratches are above it, and 40 of 100 others."""

Judge = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""A network that gives the log odds of scratches, (n,), from lines' straightened pictures and their measures."""


class ScratchSearch:
    """Upright lines in the frames of a shot (n, h, w, c), and which of them are scratches."""

    def __init__(
        self,
        frames: np.ndarray,
        sensitivity: float,
        judge: Judge | None = None,
        weights: _tracks.Weights | None = None,
    ) -> None:
        self._frames = frames
        self._judge = judge
        self._weights = weights or _tracks.Weights()
        self._least = CERTAIN + 2 * math.log(sensitivity)
        self._small: dict[int, np.ndarray] = {}
        self._views: dict[int, np.ndarray] = {}
        self._strips: dict[int, Strips] = {}
        self._lines: dict[int, list[Line]] = {}
        self._odds: dict[int, list[float]] = {}
        self._motions: dict[int, dict[int, _tracks.Motion]] = {}
        self._flows: dict[tuple[int, int], np.ndarray] = {}

    def scratches(self, i: int) -> list[Line]:
        """The scratches of one frame. They depend on the RADIUS frames before and after it."""
        height, width = self._frames.shape[1:3]
        if height < 64 or width < 64:
            return []
        scratches: list[Line] = []
        for j in self._near(i):
            for line, odds in zip(self.lines(j), self.odds(j), strict=True):
                if odds < max(LIKELY, self._least):
                    continue
                here = line if j == i else self._find(line, i, abs(i - j))
                if here is None or min(line.unlike, here.unlike) > STRANGE:
                    continue
                if _tracks.same(here, scratches, _tracks.reach(width)) is not None:
                    continue
                if self._weights.of_frames(self.opinions(here, i)) > self._least:
                    scratches.append(self._whole(here, i))
        return scratches

    def _near(self, i: int) -> list[int]:
        """The frames that have a say in what a frame shows, itself first."""
        order = sorted(range(-NEAR, NEAR + 1), key=abs)
        return [i + step for step in order if 0 <= i + step < len(self._frames)]

    def opinions(self, line: Line, i: int) -> _tracks.Opinions:
        """What a line of frame i is, by that frame and by those near it."""
        reach, own, others = _tracks.reach(self._frames.shape[2]), None, []
        for j in self._near(i):
            same = _tracks.same(line, self.lines(j), reach * max(1, abs(i - j)))
            odds = None if same is None else self.odds(j)[self.lines(j).index(same)]
            if j == i:
                own = odds
            else:
                others.append(odds)
        return _tracks.Opinions(own=self._log_odds([line], i)[0] if own is None else own, others=others)

    def _whole(self, line: Line, i: int) -> Line:
        """A scratch with its faint ends, which lie straight above and below it, as far as they show."""
        longer = _scratches.traced(self.strips(i), line, STRAIGHT * max(self._frames.shape[2], 384))
        return (line if longer is None or len(longer.x) < len(line.x) else longer).visible()

    def odds(self, i: int) -> list[float]:
        """The log odds that each line of a frame is a scratch, from the frames with which it is compared."""
        if i not in self._odds:
            self._odds[i] = self._log_odds(self.lines(i), i)
        return self._odds[i]

    def _log_odds(self, lines: list[Line], i: int) -> list[float]:
        tracks = [self.track(line, i) for line in lines]
        width = self._frames.shape[2]
        measures = [_tracks.measures(*known, self.lines(i), width) for known in zip(lines, tracks, strict=True)]
        odds = [self._weights.of_line(known) for known in measures]
        doubtful = [k for k, value in enumerate(odds) if value >= DOUBT]
        if self._judge and doubtful:
            pictures = [self.pictures(lines[k], tracks[k], i) for k in doubtful]
            words = self._judge(np.stack(pictures), np.stack([measures[k] for k in doubtful]))
            for k, word in zip(doubtful, words.tolist(), strict=True):
                odds[k] = word
        return odds

    def pictures(self, line: Line, track: _tracks.Track, i: int) -> np.ndarray:
        """A line of frame i and what is beside it, straightened, in the frames with which it is compared."""
        near = {step: (self.strips(i + step), track.aside.get(step, 0.0)) for step in track.motions}
        return straightened(line, self.strips(i), near)

    def track(self, line: Line, i: int) -> _tracks.Track:
        """A line of frame i and itself in the frames near by."""
        motions = self._motions_from(i)
        return _tracks.follow(
            line, lambda it, step: self._find(it, i + step, abs(step)), motions, self._frames.shape[1:3]
        )

    def _motions_from(self, i: int) -> dict[int, _tracks.Motion]:
        """Motion to the frames near a frame, by how many frames later they are."""
        if i not in self._motions:
            motions: dict[int, _tracks.Motion] = {}
            for side in (-1, 1):
                total: np.ndarray | None = None
                for j in range(i, i + side * NEAR, side):
                    if 0 <= j + side < len(self._frames):
                        step = self._flow(j, j + side)
                        total = step if total is None else total + optical_flow.warp(step, total)
                        motions[j + side - i] = _tracks.Motion(flow=total)
            self._motions[i] = motions
        return self._motions[i]

    def _flow(self, i: int, j: int) -> np.ndarray:
        """Flow from a frame to one next to it."""
        if (i, j) not in self._flows:
            self._flows[i, j] = optical_flow.flow(self._view(i), self._view(j), "fast")
        return self._flows[i, j]

    def _view(self, i: int) -> np.ndarray:
        """What the optical flow sees of a frame: half its size, without upright lines, which would draw it along."""
        if i not in self._views:
            picture = optical_flow.luma(self._frames[i])
            height, width = picture.shape
            shown = _strips.strips(self._brightness(i))
            lines = _scratches.courses(shown, width)
            half = cv2.resize(picture, (-(-width // 2), -(-height // 2)), interpolation=cv2.INTER_AREA)
            bare = _scratches.without(half, width, lines, int(np.ceil(2.5 * max(1.0, width / 640))))
            self._views[i] = cv2.medianBlur(optical_flow.eight_bits(bare), 3)
        return self._views[i]

    def _find(self, line: Line, j: int, away: int) -> Line | None:
        """The line of frame j that is a given line of a frame so many frames away."""
        reach = _tracks.reach(self._frames.shape[2]) * away
        other = _tracks.same(line, self.lines(j), reach)
        if other is None:
            traced = _scratches.traced(self.strips(j), line, reach)
            other = _tracks.same(line, [traced] if traced else [], reach)
        return other

    def lines(self, i: int) -> list[Line]:
        """All that looks like a scratch in one frame."""
        if i not in self._lines:
            self._lines[i] = _scratches.lines(self.strips(i))
        return self._lines[i]

    def forget(self, i: int) -> None:
        """Drop what frames up to this one needed."""
        for store in (self._small, self._views, self._strips, self._lines, self._odds, self._motions):
            for j in [j for j in store if j <= i]:
                del store[j]
        self._flows = {pair: flow for pair, flow in self._flows.items() if min(pair) > i}

    def strips(self, i: int) -> Strips:
        """The strips of a frame in which lines are searched for."""
        if i not in self._strips:
            here = self._brightness(i)
            moved = {step: self._moved(i + step, motion.flow) for step, motion in self._motions_from(i).items()}
            excess = here - _middle(list(moved.values())) if moved else np.zeros_like(here)
            self._strips[i] = Strips(
                shown=_strips.strips(here),
                excess=_strips.strips(excess),
                width=self._frames.shape[2],
                moved={step: _strips.strips(picture) for step, picture in moved.items()} if self._judge else {},
            )
        return self._strips[i]

    def _brightness(self, i: int) -> np.ndarray:
        if i not in self._small:
            self._small[i] = _strips.shrunk(optical_flow.luma(self._frames[i]))
        return self._small[i]

    def _moved(self, j: int, flow: np.ndarray) -> np.ndarray:
        """The brightness of a frame moved along a flow of any size."""
        picture = self._brightness(j)
        height, width = picture.shape
        # A plane for each direction: arithmetic over pairs takes three times as long.
        both = cv2.resize(flow, (width, height), interpolation=cv2.INTER_LINEAR)
        steps = np.empty((2, height, width), np.float32)
        for direction, scale in enumerate((width / flow.shape[1], height / flow.shape[0])):
            np.multiply(both[..., direction], np.float32(scale), out=steps[direction])
        return optical_flow.warp(picture, np.moveaxis(steps, 0, -1))


def _middle(pictures: list[np.ndarray]) -> np.ndarray:
    """The mean of pictures without the highest and the lowest of more than two at each pixel."""
    total: np.ndarray = reduce(np.add, pictures)
    if len(pictures) < 3:
        return total / len(pictures)
    low, high = reduce(np.minimum, pictures), reduce(np.maximum, pictures)
    return (total - low - high) / (len(pictures) - 2)
