"""Probe: the facts in the headers of a film's file or frame folder.

Video files and single frames are both opened by FFmpeg through PyAV. What a source really holds shows only when all of
it is decoded (survey.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from ..runtime import text
from ..runtime.errors import FilmError
from . import colour, containers, dpx, limits, orientation, planes, streams, tiff
from .containers import FRAME_SUFFIXES
from .facts import Colour, Facts, Sound, Subtitles
from .frame_order import placed_files
from .orientation import Orientation

MOST_OBLONG = 20
"""How many times longer than high a pixel may be, or the other way round."""
_TIMECODE = re.compile(r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d[:;.]\d\d\d?")


@contextmanager
def opened(path: Path) -> Iterator[tuple[Any, Any]]:
    """The container and first video stream of a file. Raises FilmError when it is not a film."""
    if not path.exists():
        raise FilmError(
            f"The film {path} does not exist.", "Check the path; a relative path starts at the file that contains it."
        )
    if path.stat().st_size == 0:
        raise FilmError(f"The film {path} is empty.", "Copy it again.")
    container = containers.opened(path, kind="frame" if path.suffix.lower() in FRAME_SUFFIXES else "film")
    with container:
        yield container, _picture(container, path)


def _picture(container: Any, path: Path) -> Any:
    """The picture of a container, ready to be decoded."""
    candidates = streams.pictures(container)
    if container.format.name == "tty" or not (candidates or container.streams.audio):
        raise FilmError(f"{path} is not a film.", "Give a film, or a folder of frames.")
    if not candidates:
        raise FilmError(f"{path} holds no picture, only sound.", "Give a film, or a folder of frames.")
    picture = streams.choose(container).picture
    if picture is None:
        raise FilmError(f"The picture of {path} is in a codec that cannot be decoded.", "Convert it to FFV1.")
    containers.prepare(picture)
    return picture


def inspect(path: Path, rate: Fraction | None = None, *, gaps: bool = False) -> Facts:
    """The facts in the headers of a file or frame folder. Raises FilmError if it is neither.

    `rate` overrides the rate of the header; a frame folder needs one. `gaps`: frames of a folder may be missing.
    """
    if path.is_dir():
        return _inspect_folder(path, rate, gaps)
    with opened(path) as (container, stream):
        if path.suffix.lower() in FRAME_SUFFIXES:
            raise FilmError(f"{path} is a single frame.", "Give the folder that holds the frames.")
        rate = rate or rate_of(stream)
        context = stream.codec_context
        chosen = streams.choose(container)
        frames = streams.frames(container, stream, rate)
        limits.require_size(path, context.width, context.height)
        limits.require_frames(path, frames)
        if context.pix_fmt:
            planes.require_readable(context.pix_fmt)
        return Facts(
            path=str(path),
            kind="video",
            width=context.width,
            height=context.height,
            rate=rate,
            frames=frames,
            sar=_sar(stream.sample_aspect_ratio),
            depth=planes.depth_of(context.pix_fmt or "yuv420p"),
            pixel_format=context.pix_fmt or "",
            colour=_tags(context, context.pix_fmt or ""),
            timecode=timecode_of(container),
            tagged_title=_title(container.metadata),
            audio=tuple(map(_sound, chosen.sounds)),
            subtitles=tuple(map(_subtitles, chosen.subtitles)),
            chapters=tuple(
                (c["start"] * c["time_base"], c["end"] * c["time_base"], c["metadata"].get("title", ""))
                for c in container.chapters()
            ),
            warnings=chosen.warnings,
        )


def _inspect_folder(folder: Path, rate: Fraction | None, gaps: bool) -> Facts:
    if rate is None:
        raise FilmError(f"The frame folder {folder} has no rate.", "Give its frames a second, for example rate=18.")
    files = placed_files(folder, gaps=gaps)
    picture = read_frame(files[0][0])
    frame, lies = picture.frame, picture.orientation
    pixel_format = frame.format.name
    width, height = lies.size(frame.width, frame.height)
    return Facts(
        path=str(folder),
        kind="frames",
        width=width,
        height=height,
        rate=rate,
        frames=files[-1][1] + 1,
        sar=1 / picture.sar if lies.on_its_side else picture.sar,
        rotation=lies.rotation,
        mirrored=lies.mirrored,
        depth=planes.depth_of(pixel_format),
        pixel_format=pixel_format,
        colour=_of_scan(files[0][0], _tags(frame, pixel_format)),
        timecode=picture.timecode,
    )


def _of_scan(file: Path, tags: Colour) -> Colour:
    """The tags of a frame file; a DPX file without others may say that it is a scan in printing density."""
    is_log = file.suffix.lower() == ".dpx" and tags.transfer is None and dpx.is_log(file)
    return replace(tags, transfer="cineon") if is_log else tags


@dataclass(frozen=True, kw_only=True)
class FramePicture:
    """The picture of a frame file."""

    frame: Any
    """As decoded."""
    orientation: Orientation
    sar: Fraction
    timecode: str | None


def read_frame(path: Path) -> FramePicture:
    """One frame file, decoded. Raises FilmError if it is damaged, too large, or of a kind that is not read."""
    try:
        with opened(path) as (container, stream):
            limits.require_size(path, stream.codec_context.width, stream.codec_context.height)
            if container.format.name == "tiff_pipe":
                tiff.require_readable(path)
            frame = next(container.decode(stream))
            planes.require_readable(frame.format.name)
            return FramePicture(
                frame=frame,
                orientation=orientation.of(frame, path),
                sar=_sar(stream.sample_aspect_ratio),
                timecode=_timecode(_metadata(frame), stream.metadata, container.metadata),
            )
    except (av.FFmpegError, OSError, StopIteration) as error:
        containers.require_small(path)
        raise FilmError(
            f"The frame {path} cannot be read ({getattr(error, 'strerror', None) or error}).",
            "Copy it again; if it is whole, convert it to TIFF or PNG of 16 bits a sample.",
        ) from error


def _metadata(frame: Any) -> Mapping[str, str]:
    """The metadata of a decoded frame; empty if it is not text, like the unused fields of many DPX headers."""
    try:
        return dict(frame.metadata)
    except UnicodeDecodeError:
        return {}


def _sar(ratio: Any) -> Fraction:
    """The shape of a pixel; square where headers say nothing, or nothing that can be."""
    shape = Fraction(ratio or 1)
    return shape if Fraction(1, MOST_OBLONG) <= shape <= MOST_OBLONG else Fraction(1)


LEAST_RATE, MOST_RATE = Fraction(1, 3600), 1000
"""Frames a second: a header that says less, or more, says nothing."""


def is_rate(rate: Fraction) -> bool:
    """Whether a film can have so many frames a second."""
    return LEAST_RATE <= rate <= MOST_RATE


def rate_of(stream: Any) -> Fraction:
    """Frames a second by the header; 25 if it gives no rate that can be."""
    rates = (stream.average_rate, stream.codec_context.framerate, stream.guessed_rate)
    return next((Fraction(rate) for rate in rates if rate and is_rate(Fraction(rate))), Fraction(25))


def _tags(source: Any, pixel_format: str) -> Colour:
    """The colour tags of a decoder or a decoded frame."""
    return colour.from_numbers(
        primaries=int(source.color_primaries),
        transfer=int(source.color_trc),
        matrix=int(source.colorspace),
        range_=int(source.color_range),
        pixel_format=pixel_format,
    )


def timecode_of(container: Any) -> str | None:
    """The timecode of the first picture, from the container or any of its streams."""
    return _timecode(container.metadata, *(stream.metadata for stream in container.streams))


def _timecode(*metadata: Mapping[str, str]) -> str | None:
    for tags in metadata:
        for key, value in tags.items():
            if key.lower() == "timecode" and _TIMECODE.fullmatch(str(value).strip()):
                return str(value).strip()
    return None


def _title(metadata: Mapping[str, str]) -> str:
    """The title among the tags of a container, on one line."""
    return next((text.one_line(str(value)) for key, value in metadata.items() if key.lower() == "title"), "")


def _sound(stream: Any) -> Sound:
    seconds = stream.duration * stream.time_base if stream.duration else None
    return Sound(
        index=_place(stream),
        codec=stream.codec_context.name,
        channels=stream.codec_context.channels,
        rate=stream.codec_context.sample_rate,
        bits=16 if stream.codec_context.format.name.startswith(("s16", "u8")) else 24,
        language=stream.metadata.get("language"),
        start=Fraction(stream.start_time * stream.time_base) if stream.start_time else Fraction(0),
        duration=Fraction(seconds) if seconds is not None else None,
    )


def _subtitles(stream: Any) -> Subtitles:
    return Subtitles(
        index=_place(stream),
        codec=stream.codec_context.name,
        language=stream.metadata.get("language"),
        title=stream.metadata.get("title", ""),
    )


def _place(stream: Any) -> int:
    """The number of a stream among those of its kind."""
    return sum(other.type == stream.type and other.index < stream.index for other in stream.container.streams)
