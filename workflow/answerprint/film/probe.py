"""Probe: the facts in the headers of a film's file or frame folder.

Video files and single frames are both opened by FFmpeg through PyAV. What a source really holds shows only when all of
it is decoded (survey.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av

from ..runtime import numbers
from ..runtime.errors import FilmError
from . import colour, streams
from .facts import Colour, Facts, Sound, Subtitles

FRAME_FILES = {".png", ".tif", ".tiff", ".dpx", ".exr", ".jpg", ".jpeg", ".bmp"}


def frame_files(folder: Path) -> list[Path]:
    """The frames of a folder in order. Raises FilmError if there are none, or if a number is missing or used twice."""
    files = [path for path in folder.iterdir() if path.suffix.lower() in FRAME_FILES and path.name[0] != "."]
    if not files:
        raise FilmError(
            f"The folder {folder} holds no frames.", f"Frames end in one of: {', '.join(sorted(FRAME_FILES))}."
        )
    numbered: dict[int, Path] = {}
    for path, number in zip(files, _numbers(files), strict=True):
        if number in numbered:
            raise FilmError(f"Two frames of {folder} have the number {number}.", "Keep one reel a folder.")
        numbered[number] = path
    order = sorted(numbered)
    for before, after in pairwise(order):
        if after != before + 1:
            missing = f"frame {before + 1} is" if after == before + 2 else f"frames {before + 1} to {after - 1} are"
            raise FilmError(f"In {folder} {missing} missing.", "Put the missing frames back, or renumber the folder.")
    return [numbered[number] for number in order]


def _numbers(files: list[Path]) -> list[int]:
    """The frame number in each name: the last number that differs between them, as 0001 in reel_0001_4K.dpx."""
    numbers = [re.findall(r"\d+", path.stem) for path in files]
    for path, digits in zip(files, numbers, strict=True):
        if not digits:
            raise FilmError(f"The frame {path} has no number in its name.", "Frames are ordered by their numbers.")
    alike = len({len(digits) for digits in numbers}) == 1
    varied = [k for k, column in enumerate(zip(*numbers, strict=True)) if len(set(column)) > 1] if alike else []
    return [int(digits[varied[-1] if varied else -1]) for digits in numbers]


@contextmanager
def opened(path: Path) -> Iterator[tuple[Any, Any]]:
    """The container and first video stream of a file. Raises FilmError when it is not a film."""
    if not path.exists():
        raise FilmError(
            f"The film {path} does not exist.", "Check the path; a relative path starts at the file that contains it."
        )
    if path.stat().st_size == 0:
        raise FilmError(f"The film {path} is empty.", "Copy it again.")
    # Opened as a plain file and a single picture: the name may contain a colon or a per cent sign.
    options = {"pattern_type": "none"} if path.suffix.lower() in FRAME_FILES else {}
    try:
        container = av.open(f"file:{path}", options=options, metadata_errors=streams.UNDECODED)
    except (av.FFmpegError, OSError) as error:
        raise FilmError(
            f"{path} is not a film that can be read ({getattr(error, 'strerror', None) or error}).",
            "It may be damaged, cut short or of another kind; try to play it.",
        ) from error
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
    # Parts are read in parallel already; and a single thread decodes damaged frames the same way every time.
    picture.codec_context.thread_count = 1
    return picture


def inspect(path: Path, rate: Fraction | None = None) -> Facts:
    """The facts in the headers of a file or frame folder. Raises FilmError if it is neither.

    `rate` overrides the rate of the header; a frame folder needs one.
    """
    if path.is_dir():
        return _inspect_folder(path, rate)
    with opened(path) as (container, stream):
        if path.suffix.lower() in FRAME_FILES:
            raise FilmError(f"{path} is a single frame.", "Give the folder that holds the frames.")
        rate = rate or rate_of(stream)
        seconds = Fraction(container.duration or 0, av.time_base)
        context = stream.codec_context
        chosen = streams.choose(container)
        return Facts(
            path=str(path),
            kind="video",
            width=context.width,
            height=context.height,
            rate=rate,
            frames=stream.frames or max(1, round(seconds * rate)),
            sar=Fraction(stream.sample_aspect_ratio or 1) or Fraction(1),
            depth=colour.depth_of(context.pix_fmt or "yuv420p"),
            pixel_format=context.pix_fmt or "",
            colour=_tags(context, context.pix_fmt or ""),
            timecode=timecode_of(container),
            audio=tuple(map(_sound, chosen.sounds)),
            subtitles=tuple(map(_subtitles, chosen.subtitles)),
            chapters=tuple(
                (c["start"] * c["time_base"], c["end"] * c["time_base"], c["metadata"].get("title", ""))
                for c in container.chapters()
            ),
            warnings=chosen.warnings,
        )


def _inspect_folder(folder: Path, rate: Fraction | None) -> Facts:
    if rate is None:
        raise FilmError(f"The frame folder {folder} has no rate.", "Give its frames a second, for example rate=18.")
    files = frame_files(folder)
    with opened(files[0]) as (container, stream):
        context = stream.codec_context
        try:
            frame = next(container.decode(stream))
        except (av.FFmpegError, OSError, StopIteration) as error:
            raise FilmError(f"The frame {files[0]} cannot be read ({error}).", "Copy it again.") from error
        pixel_format = frame.format.name
        return Facts(
            path=str(folder),
            kind="frames",
            width=frame.width,
            height=frame.height,
            rate=rate,
            frames=len(files),
            sar=Fraction(stream.sample_aspect_ratio or 1) or Fraction(1),
            depth=colour.depth_of(pixel_format),
            pixel_format=pixel_format,
            colour=_tags(context, pixel_format),
            timecode=_timecode(frame.metadata, stream.metadata, container.metadata),
        )


MOST_RATE = 1000
"""Frames a second: a header that says more says nothing."""


def rate_of(stream: Any) -> Fraction:
    """Frames a second by the header; 25 if it gives no rate that can be."""
    rates = (stream.average_rate, stream.codec_context.framerate, stream.guessed_rate)
    return next((Fraction(rate) for rate in rates if rate and Fraction(1, 3600) <= rate <= MOST_RATE), Fraction(25))


def _tags(context: Any, pixel_format: str) -> Colour:
    return colour.from_numbers(
        primaries=int(context.color_primaries),
        transfer=int(context.color_trc),
        matrix=int(context.colorspace),
        range_=int(context.color_range),
        pixel_format=pixel_format,
    )


def timecode_of(container: Any) -> str | None:
    """The timecode of the first picture, from the container or any of its streams."""
    return _timecode(container.metadata, *(stream.metadata for stream in container.streams))


def header_duration(stream: Any) -> Fraction | None:
    """Seconds that a stream lasts by its header; None if it does not say."""
    if stream.duration:
        return Fraction(stream.duration * stream.time_base)
    return numbers.seconds(stream.metadata.get("DURATION", ""))


def _timecode(*metadata: Mapping[str, str]) -> str | None:
    for tags in metadata:
        for key, value in tags.items():
            if key.lower() == "timecode":
                return str(value)
    return None


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
