"""FFmpeg's filters over frames, and those that make fields into frames: bwdif."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

import av

from . import planes


class Graph:
    """A chain of FFmpeg filters, each (name, arguments), over plain frames at `rate` a second; grey stays grey."""

    def __init__(self, rate: Fraction, steps: list[tuple[str, str]]) -> None:
        self.rate, self._steps = rate, steps
        self._graph: Any = None
        self._format = ""

    def push(self, frame: Any) -> None:
        """Pass in a frame, or None at the end."""
        if self._graph is None and frame is not None:
            self._format = frame.format.name
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
                frame = self._graph.pull()
            except (av.BlockingIOError, av.EOFError):
                return
            if planes.kind_of(self._format) == "grey" != planes.kind_of(frame.format.name):
                # bwdif takes grey of 9 to 14 bits for RGB with three equal planes.
                frame = planes.assembled(self._format, planes.of(frame).samples[:1], frame)
            yield frame


def each_field(rate: Fraction, order: str) -> Graph:
    """The filter that makes a picture of every field, at twice the rate of frames."""
    return Graph(rate, [("bwdif", f"mode=send_field:parity={order}:deint=all")])


def each_frame(rate: Fraction, order: str) -> Graph:
    """The filter that makes a picture of the first field of every frame. It depends on the frames next to it."""
    return Graph(rate, [("bwdif", f"mode=send_frame:parity={order}:deint=all")])


def through(filters: Graph, frames: Iterable[tuple[int, Any]], *, results: int = 1) -> Iterator[tuple[int, Any]]:
    """Numbered frames passed through filters; the results, so many a frame, are numbered by their time.

    `dts` of a result is the number of the frame that it was made of, which filters that take frames out change.
    """
    for index, decoded in frames:
        frame = planes.plain(decoded)
        frame.pts, frame.dts, frame.time_base = index, index, 1 / filters.rate
        filters.push(frame)
        yield from _numbered(filters, results)
    filters.push(None)
    yield from _numbered(filters, results)


def _numbered(filters: Graph, results: int) -> Iterator[tuple[int, Any]]:
    for frame in filters.pull():
        yield round(frame.pts * frame.time_base * filters.rate * results), frame
