"""Fields: the field order of a source, and how its fields are made into frames.

Interlaced video shows one field after the other (deinterlaced by bwdif); pulldown spreads four film frames over
five frames of video, two of which show a repeated field (undone by fieldmatch and decimate).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import av
import numpy as np

from . import colour, decode, planes, probe
from .facts import Colour

Fields = Literal["auto", "progressive", "tff", "bff", "pulldown"]
Order = Literal["progressive", "tff", "bff"]

SAMPLE = 900
"""Frames of a source that are examined: half a minute."""
CYCLE = 5
"""Frames of video that carry four film frames."""
REPEATED = 1.5
"""A field is a repeat when the other one changes so many times more; 3 misses repeats in lossy video."""
WARM = 2
"""Cycles of pulldown decoded before the first wanted frame: fieldmatch and bwdif look one frame to either side,
decimate at the last frame of the previous cycle."""


def find(path: Path) -> tuple[Order, bool]:
    """The field order of a file and whether it has pulldown, by FFmpeg's idet over its first frames.

    A file is interlaced if at least a fifth of the decided frames are (half, if every header says progressive), nine
    tenths of these agree on the order, and moving areas are combed: idet alone also reports progressive pictures that
    move up or down by a line a frame. It has pulldown if it runs at about 30 frames a second and its fields repeat in
    the 3:2 rhythm.
    """
    votes = {"tff": 0, "bff": 0, "progressive": 0, "undetermined": 0}
    repeats: list[str] = []
    with probe.opened(path) as (container, stream):
        context = stream.codec_context
        rate = probe.rate_of(stream)
        flags = [int(context.field_order) not in (0, 1)]
        combs = _Combs()
        frames = _observed(islice(decode.frames(container, stream), SAMPLE), flags, combs)
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
    if decided < 3 or combed < least * decided or votes[order] < Fraction(9, 10) * combed or not combs.combed():
        return "progressive", False
    return order, False


def _observed(frames: Iterator[Any], flags: list[bool], combs: _Combs) -> Iterator[Any]:
    for frame in frames:
        flags.append(frame.interlaced_frame)
        combs.add(frame)
        yield frame


class _Combs:
    """Whether adjacent lines of moving areas differ more than lines two apart, which only two fields can cause."""

    EVERY = 8
    """One of so many frames is compared with the one before."""
    STEP = 8 / 255
    """Change of brightness, 0..1, that counts as motion or as a comb."""

    def __init__(self) -> None:
        self._before: np.ndarray | None = None
        self._count = 0
        self._totals = np.zeros(2)

    def add(self, frame: Any) -> None:
        place = self._count % self.EVERY
        self._count += 1
        if place > 1:
            return
        luma = colour.stored(frame, grey=True, depth=10, colour=Colour(range="pc"))[0].astype(np.float32) / 65535
        if place == 1 and self._before is not None and self._before.shape == luma.shape:
            moved = np.abs(luma - self._before) > self.STEP
            self._totals += [self._count_combed(luma, moved, apart) for apart in (1, 2)]
        self._before = luma

    def _count_combed(self, luma: np.ndarray, moved: np.ndarray, apart: int) -> int:
        line = luma[apart:-apart]
        above, below = luma[: -2 * apart] - line, luma[2 * apart :] - line
        return int(np.count_nonzero((above * below > self.STEP**2) & moved[apart:-apart]))

    def combed(self) -> bool:
        return bool(self._totals[0] > self._totals[1])


def rhythm(repeats: list[str]) -> bool:
    """Whether repeated fields ('top', 'bottom' or 'neither' for each frame) follow the rhythm of 3:2 pulldown.

    In pulldown each kind of repeat recurs five frames later. Still pictures show no repeats and cuts break the rhythm,
    so only visible repeats are judged: 0.76 to 1.0 of them recur in lossily coded pulldown, up to 0.2 in interlaced
    video.
    """
    places = [index for index, kind in enumerate(repeats) if kind != "neither"]
    recurs = [repeats[index] == repeats[index + CYCLE] for index in places if index + CYCLE < len(repeats)]
    rarer = min(repeats.count("top"), repeats.count("bottom"))
    return sum(recurs) >= 3 and sum(recurs) >= 0.6 * len(recurs) and rarer >= 0.2 * len(places) >= 0.006 * len(repeats)


class Graph:
    """A chain of FFmpeg filters, each (name, arguments), over frames at `rate` a second."""

    def __init__(self, rate: Fraction, steps: list[tuple[str, str]]) -> None:
        self.rate, self._steps = rate, steps
        self._graph: Any = None

    def push(self, frame: Any) -> None:
        """Pass in a frame, or None at the end."""
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
        """The frames that are ready."""
        while self._graph is not None:
            try:
                yield self._graph.pull()
            except (av.BlockingIOError, av.EOFError):
                return


def graph(rate: Fraction, order: str, pulldown: bool) -> Graph:
    """The filters that turn fields into frames. Each frame depends only on its neighbours and its cycle."""
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
    """Numbered frames passed through filters; the results are numbered by their time."""
    for index, decoded in frames:
        frame = planes.plain(decoded)
        frame.pts, frame.time_base = index, 1 / filters.rate
        filters.push(frame)
        yield from _numbered(filters)
    filters.push(None)
    yield from _numbered(filters)


def _numbered(filters: Graph) -> Iterator[tuple[int, Any]]:
    for frame in filters.pull():
        yield round(frame.pts * frame.time_base * filters.rate), frame
