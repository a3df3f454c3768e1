"""Fields: how the two fields of a source's frames lie, and how they are made into frames.

Interlaced video shows one field after the other (deinterlaced by bwdif); pulldown spreads four film frames over
five frames of video, of which two show a repeated field (taken back by fieldmatch and decimate).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import av
import numpy as np

from . import colour, decode, probe
from .facts import Colour

Fields = Literal["auto", "progressive", "tff", "bff", "pulldown"]
Order = Literal["progressive", "tff", "bff"]

LOOK = 900
"""Frames of a source that are looked at: half a minute."""
CYCLE = 5
"""Frames of video that hold four film frames."""
REPEATED = 1.5
"""How many times more one field must change than the other for that one to be a repeat; 3 misses lossy ones."""
WARM = 2
"""Cycles to begin before the first wanted frame of pulldown: fieldmatch and bwdif look one frame to either side,
decimate at the last frame of the cycle before."""


def find(path: Path) -> tuple[Order, bool]:
    """Field order of a file and whether it has pulldown, by FFmpeg's idet over its first frames.

    Interlaced when at least a fifth of the decided frames are (half, where every header says progressive), nine
    tenths of those agree on the order, and what moves is combed: idet alone also finds progressive pictures that move
    up or down by a line a frame. Pulldown when, at about 30 frames a second, fields repeat in its rhythm.
    """
    votes = {"tff": 0, "bff": 0, "progressive": 0, "undetermined": 0}
    repeats: list[str] = []
    with probe.opened(path) as (container, stream):
        context = stream.codec_context
        rate = probe.rate_of(stream)
        flags = [int(context.field_order) not in (0, 1)]
        combs = _Combs()
        frames = _noted(islice(decode.frames(container, stream), LOOK), flags, combs)
        if (context.height or 1) % 2:
            return "progressive", False
        for _, frame in through(Graph(rate, [("idet", f"rep_thres={REPEATED}")]), enumerate(frames)):
            votes[frame.metadata["lavfi.idet.multiple.current_frame"]] += 1
            repeats.append(frame.metadata["lavfi.idet.repeated.current_frame"])
    order: Order = "tff" if votes["tff"] >= votes["bff"] else "bff"
    if abs(rate - 30) < Fraction(1, 10) and rhythm(repeats):
        return order, True
    decided = votes["tff"] + votes["bff"] + votes["progressive"]
    combed = votes["tff"] + votes["bff"]
    least = Fraction(1, 5) if any(flags) else Fraction(1, 2)
    if decided < 3 or combed < least * decided or votes[order] < Fraction(9, 10) * combed or not combs.seen():
        return "progressive", False
    return order, False


def _noted(frames: Iterator[Any], flags: list[bool], combs: _Combs) -> Iterator[Any]:
    for frame in frames:
        flags.append(frame.interlaced_frame)
        combs.add(frame)
        yield frame


class _Combs:
    """Whether neighbouring lines of what moves differ more than every other line does, as only two fields do."""

    EVERY = 8
    """Of so many frames, one is compared with the one before."""
    STEP = 8 / 255

    def __init__(self) -> None:
        self._before: np.ndarray | None = None
        self._count = 0
        self._found = np.zeros(2)

    def add(self, frame: Any) -> None:
        place = self._count % self.EVERY
        self._count += 1
        if place > 1:
            return
        luma = colour.stored(frame, grey=True, depth=10, colour=Colour(range="pc"))[0].astype(np.float32) / 65535
        if place == 1 and self._before is not None and self._before.shape == luma.shape:
            moved = np.abs(luma - self._before) > self.STEP
            self._found += [self._combed(luma, moved, apart) for apart in (1, 2)]
        self._before = luma

    def _combed(self, luma: np.ndarray, moved: np.ndarray, apart: int) -> int:
        line = luma[apart:-apart]
        above, below = luma[: -2 * apart] - line, luma[2 * apart :] - line
        return int(np.count_nonzero((above * below > self.STEP**2) & moved[apart:-apart]))

    def seen(self) -> bool:
        return bool(self._found[0] > self._found[1])


def rhythm(repeats: list[str]) -> bool:
    """Whether repeated fields ('top', 'bottom', 'neither' a frame) come as 3:2 pulldown brings them.

    There each kind comes again five frames later. Still pictures show no repeats and cuts break the rhythm, so that
    only the shown ones are judged: of lossily coded pulldown 0.76 to 1.0 of them do, of interlaced video up to 0.2.
    """
    places = [index for index, kind in enumerate(repeats) if kind != "neither"]
    again = [repeats[index] == repeats[index + CYCLE] for index in places if index + CYCLE < len(repeats)]
    rarer = min(repeats.count("top"), repeats.count("bottom"))
    return sum(again) >= 3 and sum(again) >= 0.6 * len(again) and rarer >= 0.2 * len(places) >= 0.006 * len(repeats)


class Graph:
    """A chain of FFmpeg filters, (name, arguments) each, over frames that are taken as `rate` a second."""

    def __init__(self, rate: Fraction, steps: list[tuple[str, str]]) -> None:
        self.rate, self._steps = rate, steps
        self._graph: Any = None

    def push(self, frame: Any) -> None:
        """Give a frame, or None at the end."""
        if self._graph is None and frame is not None:
            self._build(frame)
        if self._graph is not None:
            self._graph.push(frame)

    def _build(self, frame: Any) -> None:
        self._graph = av.filter.Graph()
        last = self._graph.add(
            "buffer",
            f"video_size={frame.width}x{frame.height}:pix_fmt={frame.format.name}"
            f":time_base={self.rate.denominator}/{self.rate.numerator}"
            f":frame_rate={self.rate.numerator}/{self.rate.denominator}",
        )
        for name, arguments in [*self._steps, ("buffersink", "")]:
            node = self._graph.add(name, arguments)
            last.link_to(node)
            last = node
        self._graph.configure()

    def pull(self) -> Iterator[Any]:
        """The frames that have come out."""
        while self._graph is not None:
            try:
                yield self._graph.pull()
            except (av.BlockingIOError, av.EOFError):
                return


def graph(rate: Fraction, order: str, pulldown: bool) -> Graph:
    """The filters that turn fields into frames. Every frame depends on its neighbours and its cycle only."""
    if pulldown:
        steps = [
            ("fieldmatch", f"order={order}:combmatch=full"),
            ("bwdif", f"mode=send_frame:parity={order}:deint=interlaced"),
            ("decimate", f"cycle={CYCLE}"),
        ]
    else:
        steps = [("bwdif", f"mode=send_frame:parity={order}:deint=all")]
    return Graph(rate, steps)


def through(filters: Graph, frames: Iterable[tuple[int, Any]]) -> Iterator[tuple[int, Any]]:
    """Numbered frames through filters, numbered by when they are shown."""
    for index, frame in frames:
        frame.pts, frame.time_base = index, 1 / filters.rate
        filters.push(frame)
        yield from _numbered(filters)
    filters.push(None)
    yield from _numbered(filters)


def _numbered(filters: Graph) -> Iterator[tuple[int, Any]]:
    for frame in filters.pull():
        yield round(frame.pts * frame.time_base * filters.rate), frame
