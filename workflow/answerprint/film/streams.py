"""Streams: which picture, sounds and subtitles of a file make up the film, and what is left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
from av.stream import Disposition

from ..runtime import numbers
from . import containers

TEXT_SUBTITLES = {"srt", "subrip", "mov_text", "ass", "ssa", "webvtt", "text", "microdvd", "subviewer", "sami", "stl"}
"""FFmpeg's names of subtitles that are text. Others are pictures, which need a person's eyes."""
NO_PICTURE = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image
"""Cover art, thumbnails and still images, which containers keep as streams of pictures."""
SMALL = 64_000_000
"""Bytes of a file whose packets are counted in no time."""
FRAME_BYTES = 2000
"""Bytes of a frame, at least, in films without wrong clocks."""


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """The streams of a file that make up the film."""

    picture: Any
    """None if no picture can be decoded."""
    sounds: tuple[Any, ...]
    subtitles: tuple[Any, ...]
    """Those that are text."""
    warnings: tuple[str, ...]
    """A sentence on each stream that is left out."""


def choose(container: Any) -> Chosen:
    """The picture of a container, the sounds and text subtitles of its programme, and what is left out.

    Of several pictures the one flagged as default is taken, then the largest, then the first; cover art never is.
    """
    picture = _picture(container)
    left_out = [*_transparency_apart(picture), *_other_pictures(container, picture)]
    sounds, subtitles = [], []
    for index, stream in enumerate(container.streams.audio):
        reason = unusable_sound(stream) or _elsewhere(container, picture, stream)
        if reason:
            left_out.append(f"Sound {index + 1} of the file is left out: {reason}.")
        else:
            sounds.append(stream)
    for index, stream in enumerate(container.streams.subtitles):
        reason = _unusable_subtitles(stream) or _elsewhere(container, picture, stream)
        if reason:
            left_out.append(f"Subtitles {index + 1} of the file are left out: {reason}.")
        else:
            subtitles.append(stream)
    return Chosen(picture=picture, sounds=tuple(sounds), subtitles=tuple(subtitles), warnings=tuple(left_out))


def pictures(container: Any) -> list[Any]:
    """The streams of moving pictures, without cover art."""
    streams = container.streams.video
    return [stream for stream in streams if not stream.disposition & NO_PICTURE] or [
        stream for stream in streams if not stream.disposition & Disposition.attached_pic
    ]


def header_duration(stream: Any) -> Fraction | None:
    """Seconds that a stream lasts by its header; None if it does not say."""
    if stream.duration:
        return Fraction(stream.duration * stream.time_base)
    return numbers.seconds(stream.metadata.get("DURATION", ""))


def frames(container: Any, picture: Any, rate: Fraction) -> int:
    """About how many frames a film has.

    Where the header does not say, time stamps do; but if these ask for more frames than the file can hold, its clock
    jumps, and the packets of a small file are counted.
    """
    seconds = Fraction(container.duration or 0, av.time_base)
    estimate = max(1, int(picture.frames or round(seconds * rate)))
    size = container.size
    if picture.frames or not 0 < size < SMALL or estimate * FRAME_BYTES < size:
        return estimate
    with containers.open_file(container.name.removeprefix("file:")) as again:
        stream = again.streams[picture.index]
        return max(1, sum(packet.size > 0 for packet in again.demux(stream)))


def _picture(container: Any) -> Any:
    streams = [stream for stream in pictures(container) if stream.codec_context is not None]
    moving = [stream for stream in streams if not _is_one_frame(stream)] or streams
    return max(moving, key=_rank, default=None)


def _is_one_frame(stream: Any) -> bool:
    """Whether a stream is a single picture by its header, as cover art is that nothing marks."""
    lasts, rate = header_duration(stream), stream.average_rate
    return stream.frames == 1 or (lasts is not None and bool(rate) and 0 < lasts <= 1 / Fraction(rate))


def _rank(stream: Any) -> tuple[bool, int, int]:
    context = stream.codec_context
    return bool(stream.disposition & Disposition.default), context.width * context.height, -stream.index


def _transparency_apart(picture: Any) -> Iterator[str]:
    """What to say of VP8 and VP9 in Matroska, whose transparency lies beside the picture and is not decoded."""
    if picture is not None and picture.metadata.get("alpha_mode", picture.metadata.get("ALPHA_MODE")) == "1":
        yield "The picture has a channel of transparency; it is left out."


def _other_pictures(container: Any, picture: Any) -> Iterator[str]:
    for index, stream in enumerate(container.streams.video):
        if stream is picture or (picture is not None and stream.index == picture.index):
            continue
        if stream.codec_context is None:
            yield f"Picture {index + 1} of the file is left out: its codec cannot be decoded."
        elif stream.disposition & NO_PICTURE:
            yield f"Picture {index + 1} of the file is left out: it is cover art or a still image."
        else:
            size = f"{stream.codec_context.width}x{stream.codec_context.height}"
            yield f"Picture {index + 1} of the file ({size}) is left out: a film has one picture."


def unusable_sound(stream: Any) -> str:
    """Why a stream of sound cannot be used; empty if it can."""
    context = stream.codec_context
    if context is None:
        return "its codec cannot be decoded"
    if not context.sample_rate or not context.channels or context.format is None:
        return "it has no sample rate or no channels"
    return ""


def _unusable_subtitles(stream: Any) -> str:
    context = stream.codec_context
    if context is None:
        return "their codec cannot be decoded"
    return "" if context.name in TEXT_SUBTITLES else "they are pictures, not text"


def _elsewhere(container: Any, picture: Any, stream: Any) -> str:
    """Why a stream does not belong to the picture: a broadcast carries several programmes."""
    if picture is None or _programme(container, stream) == _programme(container, picture):
        return ""
    return "another programme than the picture's"


def _programme(container: Any, stream: Any) -> tuple[int, ...]:
    """What tells the programme of a stream: FFmpeg's best picture and sound in it; alike without programmes."""
    best = (container.streams.best(kind, related=stream) for kind in ("video", "audio"))
    return tuple(-1 if one is None else one.index for one in best)
