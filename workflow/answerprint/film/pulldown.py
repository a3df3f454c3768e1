"""Undoes 3:2 pulldown: four film frames of five frames of video, whose fields belong to different film frames.

FFmpeg's fieldmatch finds which fields belong together, on 8 bits, as it takes no more; the frames are woven from the
fields as they are. What stays combed goes through bwdif, and decimate finds the frame that the video shows twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import numpy as np

from . import planes
from .field_filters import Graph, each_frame, through

CYCLE = 5
"""Frames of video that carry four film frames."""


def film_frames(
    rate: Fraction, order: str, frames: Iterable[tuple[int, Any]], *, decimate: bool = True
) -> Iterator[tuple[int, Any]]:
    """The film's frames, each with the number of a frame of video that shows it; every bit and the format are kept.

    rate: frames of video a second. order: tff or bff. decimate: whether frames shown twice are taken out. Each frame
    depends only on the frames next to it and on its cycle.
    """
    video: dict[int, _Seen] = {}
    matches: dict[int, Any] = {}
    film: dict[int, Any] = {}

    def seen() -> Iterator[tuple[int, Any]]:
        for number, frame in frames:
            video[number] = _Seen.of(frame)
            yield number, video[number].small

    def matched() -> Iterator[tuple[int, Any]]:
        for number, match in through(Graph(rate, [("fieldmatch", f"order={order}:combmatch=full")]), seen()):
            film[number] = _woven(match, [video[k] for k in (number, number - 1, number + 1) if k in video])
            matches[number] = match
            video.pop(number - 1, None)
            yield number, match

    steps = [("bwdif", f"mode=send_frame:parity={order}:deint=interlaced")]
    if decimate:
        steps.append(("decimate", f"cycle={CYCLE}"))
    for _, kept in through(Graph(rate, steps), matched()):
        number = kept.dts
        if matches[number].interlaced_frame:
            near = [(k, film[k]) for k in (number - 1, number, number + 1) if k in film]
            yield number, dict(through(each_frame(rate, order), near))[number]
        else:
            yield number, film[number]
        for k in [k for k in film if k < number]:
            del film[k], matches[k]


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """A frame of video."""

    frame: Any
    """In a plain format."""
    small: Any
    """Its upper 8 bits, as YUV: of RGB green stands for luma, of grey its plane for all three."""

    @classmethod
    def of(cls, frame: Any) -> _Seen:
        frame = planes.plain(frame)
        samples = planes.of(frame)
        name = planes.plain_name(frame, samples, 8) if samples.kind == "yuv" else "yuv444p"
        if frame.format.name == name:
            return cls(frame=frame, small=frame)
        upper = [(values >> (samples.bits - 8)).astype(np.uint8) for values in samples.samples]
        stand_ins = {"grey": (0, 0, 0), "rgb": (1, 2, 0), "yuv": (0, 1, 2)}[samples.kind]
        return cls(frame=frame, small=planes.assembled(name, [upper[index] for index in stand_ins], frame))

    def shows(self, match: Any, field: slice) -> bool:
        """Whether the lines of a field are those of `match`, by their upper 8 bits."""
        both = zip(planes.of(self.small).samples, planes.of(match).samples, strict=True)
        return all(np.array_equal(mine[field], its[field]) for mine, its in both)


def _woven(match: Any, candidates: list[_Seen]) -> Any:
    """The frame whose fields `match` shows in 8 bits, each from the first candidate that has it."""
    upper, lower = (
        next(video.frame for video in candidates if video.shows(match, field))
        for field in (slice(0, None, 2), slice(1, None, 2))
    )
    if upper is lower:
        return upper
    made = av.VideoFrame(upper.width, upper.height, upper.format.name)
    for plane, top, bottom in zip(made.planes, upper.planes, lower.planes, strict=True):
        rows = np.zeros((plane.height, plane.line_size), np.uint8)
        wide = min(plane.line_size, top.line_size, bottom.line_size)
        for first, source in enumerate((top, bottom)):
            rows[first::2, :wide] = planes.lines(source)[first::2, :wide]
        plane.update(rows.tobytes())
    made.colorspace, made.color_range = upper.colorspace, upper.color_range
    return made
