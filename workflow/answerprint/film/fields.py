"""Fields: the field order of a source, and how its fields are made into frames.

Interlaced video shows one field after the other (deinterlaced by bwdif, and by `deinterlace` along motion); pulldown
spreads four film frames over five frames of video, two of which show a repeated field (undone by `pulldown`).
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Literal

import av
import cv2
import numpy as np

from . import colour, planes, probe, scans
from .facts import Colour
from .field_filters import Graph
from .pulldown import CYCLE
from .scans import Scan

Fields = Literal["auto", "progressive", "tff", "bff", "pulldown"]
Order = Literal["progressive", "tff", "bff"]

REPEATED = 1.5
"""A field is a repeat when the other one changes so many times more; 3 misses repeats in lossy video."""
WARM = 2
"""Cycles of pulldown decoded before the first wanted frame: fieldmatch and bwdif look one frame to either side,
decimate at the last frame of the previous cycle."""


class Judge:
    """Finds the field order of a film and whether it has pulldown, by FFmpeg's idet over all frames that move.

    A film is interlaced if at least a fifth of the decided frames are (half, if every header says progressive), nine
    tenths of these agree on the order, and moving areas are combed: idet alone also reports progressive pictures that
    move up or down by a line a frame. It has pulldown if it runs at about 30 frames a second and its fields repeat in
    the 3:2 rhythm. Frames that stand still, such as bars in front of a film, count neither way.
    """

    def __init__(self, stream: Any) -> None:
        context = stream.codec_context
        self.rate = probe.rate_of(stream)
        self._flagged = int(context.field_order) not in (0, 1)
        # Fields come in pairs of lines; and what has a palette was drawn by a computer, often with dots in lines.
        self._no_fields = (context.height or 1) % 2 == 1 or context.pix_fmt in ("pal8", "monow", "monob")
        self._idet = Graph(self.rate, [("idet", f"rep_thres={REPEATED}")])
        self._motion = _Motion()
        self._combs = _Combs()
        self._moving: list[bool] = []
        self._marked: list[bool] = []
        self._changes: list[float] = []
        self._votes: list[str] = []
        self._repeats: list[str] = []

    def add(self, frame: Any) -> None:
        """Look at the next frame."""
        self._flagged = self._flagged or bool(frame.interlaced_frame)
        self._marked.append(bool(frame.interlaced_frame))
        self._changes.append(self._motion.add(frame))
        self._moving.append(self._changes[-1] >= _Motion.LEAST)
        if self._no_fields:
            return
        self._combs.add(frame, self._moving[-1])
        copy = _copied(frame)
        copy.pts, copy.time_base = len(self._moving) - 1, 1 / self.rate
        self._idet.push(copy)
        self._note()

    def _note(self) -> None:
        for frame in self._idet.pull():
            self._votes.append(frame.metadata["lavfi.idet.multiple.current_frame"])
            self._repeats.append(frame.metadata["lavfi.idet.repeated.current_frame"])

    def verdict(self) -> tuple[Order, bool]:
        """The field order, and whether the film has pulldown."""
        self._idet.push(None)
        self._note()
        if self._no_fields:
            return "progressive", False
        moving = self._seen_moving()
        tff, bff, progressive = self._count(moving)
        order: Order = "tff" if tff >= bff else "bff"
        if self._near_30() and rhythm(self._repeats, sum(moving)):
            return order, True
        if not (_mostly_fields(tff, bff, progressive, self._flagged) and self._combs.combed()):
            order = "progressive"
        return order, False

    def stretches(self, pulldown: bool) -> tuple[Scan, ...]:
        """How each stretch was scanned, once there is a verdict; none if the film is the same throughout.

        pulldown: whether the verdict says so of the whole.
        """
        if self._no_fields or not self._votes:
            return ()
        moving = self._seen_moving()
        votes = scans.Votes(
            orders=self._votes,
            repeats=self._repeats,
            moving=moving,
            marked=[self._flagged and mark for mark in self._marked],
            changes=self._changes,
        )
        return scans.stretches(votes, self._combs.combed, pulldown=self._near_30(), sure=pulldown)

    def _near_30(self) -> bool:
        return abs(self.rate - 30) < Fraction(1, 10)

    def _seen_moving(self) -> list[bool]:
        """Whether each frame differs from one beside it."""
        return [a or b for a, b in zip(self._moving, [*self._moving[1:], False], strict=False)]

    def _count(self, moving: list[bool], first: int = 0, stop: int | None = None) -> tuple[int, int, int]:
        """How many moving frames are tff, bff and progressive."""
        votes = [vote for vote, moves in zip(self._votes[first:stop], moving[first:stop], strict=False) if moves]
        return votes.count("tff"), votes.count("bff"), votes.count("progressive")


def _mostly_fields(tff: int, bff: int, progressive: int, flagged: bool) -> bool:
    """Whether enough of the decided frames are interlaced, and agree on the order."""
    decided, combed = tff + bff + progressive, tff + bff
    least = Fraction(1, 5) if flagged else Fraction(1, 2)
    return decided >= 3 and combed >= least * decided and max(tff, bff) >= Fraction(9, 10) * combed


class _Motion:
    """Whether a frame differs from the one before, by the averages of blocks of 8x8: noise is no motion."""

    STEP = 4
    """Change of a block's average, of 255, that counts as motion."""
    LEAST = 0.002
    """Share of the blocks that must change."""

    def __init__(self) -> None:
        self._before: np.ndarray | None = None

    def add(self, frame: Any) -> float:
        """The share of the blocks that changed."""
        blocks = _blocks(frame)
        before, self._before = self._before, blocks
        if before is None or blocks.shape != before.shape:
            return 0.0
        return float(np.count_nonzero(cv2.absdiff(blocks, before) >= self.STEP) / blocks.size)


def _copied(frame: Any) -> Any:
    """A frame of its own memory.

    Were the filter to hold the decoder's, other buffers would be reused, and what a decoder leaves as it was in the
    rest of a damaged frame would be other values than when the film is read again.
    """
    plain = planes.plain(frame)
    if plain is not frame:
        return plain
    copy = av.VideoFrame(frame.width, frame.height, frame.format.name)
    for source, target in zip(frame.planes, copy.planes, strict=True):
        rows = planes.lines(source)
        if rows.shape == (target.height, target.line_size):
            target.update(rows.tobytes())
            continue
        filled = np.zeros((target.height, target.line_size), np.uint8)
        used = min(rows.shape[1], target.line_size)
        filled[:, :used] = rows[:, :used]
        target.update(filled.tobytes())
    return copy


def _blocks(frame: Any) -> np.ndarray:
    """The averages of blocks of luma or green, uint8."""
    picture = planes.of(frame)
    plane = picture.samples[1 if picture.kind == "rgb" else 0]
    if plane.dtype.kind == "f":
        values = np.clip(plane * 255, 0, 255).astype(np.uint8)
    else:
        values = plane if picture.bits == 8 else np.right_shift(plane, picture.bits - 8).astype(np.uint8)
    size = max(1, plane.shape[1] // 8), max(1, plane.shape[0] // 8)
    return np.asarray(cv2.resize(np.ascontiguousarray(values), size, interpolation=cv2.INTER_AREA))


class _Combs:
    """Whether adjacent lines of moving areas differ more than lines two apart, which only two fields can cause."""

    EVERY = 8
    """One of so many frames is compared with the one before."""
    ENOUGH, RARELY = 120, 64
    """After so many comparisons only one of so many frames is: a long film has said what it is."""
    STEP = 8 / 255
    """Change of brightness, 0..1, that counts as motion or as a comb."""

    def __init__(self) -> None:
        self._before: np.ndarray | None = None
        self._count = 0
        self._totals: dict[int, np.ndarray] = {}
        """Combed pixels one line and two lines apart, by frame."""

    def add(self, frame: Any, moves: bool) -> None:
        index = self._count
        self._count += 1
        place = index % (self.EVERY if len(self._totals) < self.ENOUGH else self.RARELY)
        if place > 1 or (place == 1 and not moves):
            return
        luma = colour.stored(frame, grey=True, depth=10, colour=Colour(range="pc"))[0].astype(np.float32) / 65535
        if place == 1 and self._before is not None and self._before.shape == luma.shape:
            moved = np.abs(luma - self._before) > self.STEP
            self._totals[index] = np.array([self._count_combed(luma, moved, apart) for apart in (1, 2)])
        self._before = luma

    def _count_combed(self, luma: np.ndarray, moved: np.ndarray, apart: int) -> int:
        line = luma[apart:-apart]
        above, below = luma[: -2 * apart] - line, luma[2 * apart :] - line
        return int(np.count_nonzero((above * below > self.STEP**2) & moved[apart:-apart]))

    def combed(self, first: int = 0, stop: int | None = None) -> bool:
        """Whether frames first..stop are."""
        within = [pair for i, pair in self._totals.items() if first <= i and (stop is None or i < stop)]
        one, two = np.sum(within, axis=0) if within else (0, 0)
        return bool(one > two)


def rhythm(repeats: list[str], moving: int) -> bool:
    """Whether repeated fields ('top', 'bottom' or 'neither' for each frame) follow the rhythm of 3:2 pulldown.

    `moving` is how many of the frames move.

    In pulldown each kind of repeat recurs five frames later. Still pictures show no repeats and cuts break the rhythm,
    so only visible repeats are judged: 0.76 to 1.0 of them recur in lossily coded pulldown, up to 0.2 in interlaced
    video.
    """
    places = [index for index, kind in enumerate(repeats) if kind != "neither"]
    recurs = [repeats[index] == repeats[index + CYCLE] for index in places if index + CYCLE < len(repeats)]
    rarer = min(repeats.count("top"), repeats.count("bottom"))
    return sum(recurs) >= 3 and sum(recurs) >= 0.6 * len(recurs) and rarer >= 0.2 * len(places) >= 0.006 * moving
