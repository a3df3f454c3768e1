"""FFmpeg's filters that make fields into frames: bwdif, and for pulldown fieldmatch and decimate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

import av
import numpy as np

from . import planes

CYCLE = 5
"""Frames of video that carry four film frames."""


class Graph:
    """A chain of FFmpeg filters, each (name, arguments), over frames at `rate` a second."""

    def __init__(self, rate: Fraction, steps: list[tuple[str, str]]) -> None:
        self.rate, self._steps = rate, steps
        self._matches = any(name == "fieldmatch" for name, _ in steps)
        self._format = ""
        self._graph: Any = None

    def push(self, frame: Any) -> None:
        """Pass in a frame, or None at the end."""
        if self._matches and frame is not None:
            self._format = frame.format.name
            frame = _as_yuv(frame)
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
                frame = self._graph.pull()
                yield _as_before(frame, self._format) if self._matches else frame
            except (av.BlockingIOError, av.EOFError):
                return


def _as_yuv(frame: Any) -> Any:
    """A frame in grey or RGB as YUV with the same planes, as fieldmatch takes no other; YUV as it is.

    FFmpeg by itself would convert it, and its range.
    """
    name = frame.format.name
    if not name.startswith(("gray", "gbrp")):
        return frame
    return _in_format(frame, "yuv444p" + name.removeprefix("gray").removeprefix("gbrp"))


def _as_before(frame: Any, name: str) -> Any:
    """Such a frame back in grey or RGB, of the 8 bits that fieldmatch leaves."""
    kind = next((kind for kind in ("gray", "gbrp") if name.startswith(kind)), "")
    return _in_format(frame, kind) if kind else frame


def _in_format(frame: Any, name: str) -> Any:
    """The planes of a frame in a format with planes like them; where that has more, the last stands in for them."""
    made = av.VideoFrame(frame.width, frame.height, name)
    for index, plane in enumerate(made.planes):
        source = frame.planes[min(index, len(frame.planes) - 1)]
        length = min(plane.line_size, source.line_size)
        rows = np.zeros((plane.height, plane.line_size), np.uint8)
        rows[:, :length] = np.frombuffer(source, np.uint8).reshape(source.height, -1)[:, :length]
        plane.update(rows.tobytes())
    made.pts, made.time_base = frame.pts, frame.time_base
    made.colorspace, made.color_range = frame.colorspace, frame.color_range
    return made


def each_field(rate: Fraction, order: str) -> Graph:
    """The filter that makes a picture of every field, at twice the rate of frames."""
    return Graph(rate, [("bwdif", f"mode=send_field:parity={order}:deint=all")])


def graph(rate: Fraction, order: str, pulldown: bool, *, decimate: bool = True) -> Graph:
    """The filters that turn fields into frames. Each frame depends only on its neighbours and its cycle.

    decimate: whether the frames that pulldown shows twice are taken out.
    """
    if pulldown:
        steps = [
            ("fieldmatch", f"order={order}:combmatch=full"),
            ("bwdif", f"mode=send_frame:parity={order}:deint=interlaced"),
            *([("decimate", f"cycle={CYCLE}")] if decimate else []),
        ]
    else:
        steps = [("bwdif", f"mode=send_frame:parity={order}:deint=all")]
    return Graph(rate, steps)


def through(filters: Graph, frames: Iterable[tuple[int, Any]], *, results: int = 1) -> Iterator[tuple[int, Any]]:
    """Numbered frames passed through filters; the results, so many a frame, are numbered by their time."""
    for index, decoded in frames:
        frame = planes.plain(decoded)
        frame.pts, frame.time_base = index, 1 / filters.rate
        filters.push(frame)
        yield from _numbered(filters, results)
    filters.push(None)
    yield from _numbered(filters, results)


def _numbered(filters: Graph, results: int) -> Iterator[tuple[int, Any]]:
    for frame in filters.pull():
        yield round(frame.pts * frame.time_base * filters.rate * results), frame
