"""The source: what a film's file or frame folder is, and its frames.

Video files and single frames are both decoded by FFmpeg through PyAV. `inspect` reads headers only; `Survey`
(survey.py) decodes everything once and says how film frames follow from source frames.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from .errors import FilmError

FRAME_FILES = {".png", ".tif", ".tiff", ".dpx", ".exr", ".jpg", ".jpeg", ".bmp"}

PRIMARIES = {1: "bt709", 4: "bt470m", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "film", 9: "bt2020"}
TRANSFERS = {1: "bt709", 4: "gamma22", 5: "gamma28", 6: "smpte170m", 8: "linear", 13: "iec61966-2-1", 16: "smpte2084"}
MATRICES = {0: "gbr", 1: "bt709", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 9: "bt2020nc"}
RANGES = {1: "tv", 2: "pc"}


@dataclass(frozen=True, kw_only=True)
class Colour:
    """Colour tags by FFmpeg's names; None where the source does not say."""

    primaries: str | None = None
    transfer: str | None = None
    matrix: str | None = None
    range: str | None = None


@dataclass(frozen=True, kw_only=True)
class Sound:
    """One audio stream of the source."""

    index: int
    codec: str
    channels: int
    rate: int
    bits: int
    language: str | None
    start: Fraction
    """Seconds after the first picture."""
    duration: Fraction | None


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a header says of a source."""

    path: str
    kind: str
    width: int
    height: int
    rate: Fraction
    frames: int
    """Roughly, until the source has been surveyed."""
    sar: Fraction = Fraction(1)
    field_order: str = "progressive"
    depth: int = 8
    pixel_format: str = ""
    colour: Colour = field(default_factory=Colour)
    timecode: str | None = None
    start: Fraction = Fraction(0)
    audio: tuple[Sound, ...] = ()
    chapters: tuple[tuple[Fraction, Fraction, str], ...] = ()


def to_json(facts: Facts) -> dict[str, Any]:
    """Facts as source.json holds them: rates and times as 'n/d', chapters as named rows."""
    rows = asdict(facts) | {"chapters": [{"start": a, "end": b, "title": t} for a, b, t in facts.chapters]}
    return _plain(rows)


def _plain(value: Any) -> Any:
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


def frame_files(folder: Path) -> list[Path]:
    """The frames of a folder in order. Raises FilmError when there are none, or one of the numbers is missing."""
    files = [path for path in folder.iterdir() if path.suffix.lower() in FRAME_FILES and path.name[0] != "."]
    if not files:
        raise FilmError(
            f"The folder {folder} holds no frames.", f"Frames end in one of: {', '.join(sorted(FRAME_FILES))}."
        )
    numbered: dict[int, Path] = {}
    for path in files:
        digits = re.findall(r"\d+", path.stem)
        if not digits:
            raise FilmError(f"The frame {path} has no number in its name.", "Frames are ordered by their numbers.")
        if int(digits[-1]) in numbered:
            raise FilmError(f"Two frames of {folder} have the number {int(digits[-1])}.", "Keep one reel a folder.")
        numbered[int(digits[-1])] = path
    order = sorted(numbered)
    for before, after in zip(order, order[1:], strict=False):
        if after != before + 1:
            missing = f"frame {before + 1} is" if after == before + 2 else f"frames {before + 1} to {after - 1} are"
            raise FilmError(f"In {folder} {missing} missing.", "Put the missing frames back, or renumber the folder.")
    return [numbered[number] for number in order]


@contextmanager
def opened(path: Path) -> Iterator[tuple[Any, Any]]:
    """The container and first video stream of a file. Raises FilmError when it is not a film."""
    if not path.exists():
        raise FilmError(
            f"The film {path} does not exist.", "Check the path; relative paths count from where it is written."
        )
    if path.stat().st_size == 0:
        raise FilmError(f"The film {path} is empty.", "Copy it again.")
    try:
        container = av.open(str(path))
    except (av.FFmpegError, OSError) as error:
        raise FilmError(
            f"{path} is not a film that can be read ({getattr(error, 'strerror', None) or error}).",
            "It may be damaged, cut short or of another kind; try to play it.",
        ) from error
    with container:
        streams = [s for s in container.streams.video if not s.disposition & av.stream.Disposition.attached_pic]
        if not streams:
            raise FilmError(f"{path} holds no picture, only sound.", "Give a film, or a folder of frames.")
        streams[0].thread_type = "AUTO"
        yield container, streams[0]


def depth_of(pixel_format: str) -> int:
    """Bits a channel of an FFmpeg pixel format; floating point counts as 16."""
    bits = max(component.bits for component in av.VideoFormat(pixel_format, 16, 16).components)
    return 8 if pixel_format in ("pal8", "monob", "monow") else min(bits, 16)


def inspect(path: Path, rate: Fraction | None = None) -> Facts:
    """What the headers of a file or frame folder say. Raises FilmError when it is neither."""
    if path.is_dir():
        return _inspect_folder(path, rate)
    with opened(path) as (container, stream):
        if path.suffix.lower() in FRAME_FILES:
            raise FilmError(f"{path} is a single frame.", "Give the folder that holds the frames.")
        own = rate or stream.average_rate or stream.guessed_rate or Fraction(25)
        seconds = Fraction(container.duration or 0, av.time_base)
        context = stream.codec_context
        return Facts(
            path=str(path),
            kind="video",
            width=context.width,
            height=context.height,
            rate=Fraction(own),
            frames=stream.frames or max(1, round(seconds * own)),
            sar=Fraction(stream.sample_aspect_ratio or 1) or Fraction(1),
            depth=depth_of(context.pix_fmt or "yuv420p"),
            pixel_format=context.pix_fmt or "",
            colour=_colour(context, context.pix_fmt or ""),
            timecode=_timecode(container, stream),
            audio=tuple(_sounds(container)),
            chapters=tuple(
                (c["start"] * c["time_base"], c["end"] * c["time_base"], c["metadata"].get("title", ""))
                for c in container.chapters()
            ),
        )


def _inspect_folder(folder: Path, rate: Fraction | None) -> Facts:
    if rate is None:
        raise FilmError(
            f"The frame folder {folder} has no rate.", "Say how many frames a second it has, for example rate=18."
        )
    files = frame_files(folder)
    with opened(files[0]) as (container, stream):
        context = stream.codec_context
        timecode = _timecode(container, stream)
        pixel_format = next(container.decode(stream)).format.name
        return Facts(
            path=str(folder),
            kind="frames",
            width=context.width,
            height=context.height,
            rate=rate,
            frames=len(files),
            sar=Fraction(stream.sample_aspect_ratio or 1) or Fraction(1),
            depth=depth_of(pixel_format),
            pixel_format=pixel_format,
            colour=_colour(context, pixel_format),
            timecode=timecode,
        )


def _colour(context: Any, pixel_format: str) -> Colour:
    tagged = RANGES.get(int(context.color_range))
    limited = pixel_format.startswith(("yuv", "nv", "p0", "uyvy", "yuyv")) and not pixel_format.startswith("yuvj")
    return Colour(
        primaries=PRIMARIES.get(int(context.color_primaries)),
        transfer=TRANSFERS.get(int(context.color_trc)),
        matrix=MATRICES.get(int(context.colorspace)),
        range=tagged or ("tv" if limited else "pc"),
    )


def _timecode(container: Any, stream: Any) -> str | None:
    places = [stream.metadata, container.metadata, *(s.metadata for s in container.streams)]
    for place in places:
        for key, value in place.items():
            if key.lower() == "timecode":
                return str(value)
    return None


def _sounds(container: Any) -> Iterator[Sound]:
    for index, stream in enumerate(container.streams.audio):
        seconds = stream.duration * stream.time_base if stream.duration else None
        yield Sound(
            index=index,
            codec=stream.codec_context.name,
            channels=stream.codec_context.channels,
            rate=stream.codec_context.sample_rate,
            bits=16 if stream.codec_context.format.name.startswith(("s16", "u8")) else 24,
            language=stream.metadata.get("language"),
            start=Fraction(stream.start_time * stream.time_base) if stream.start_time else Fraction(0),
            duration=Fraction(seconds) if seconds is not None else None,
        )


def integers(frame: Any, *, grey: bool, depth: int, colour: Colour) -> np.ndarray:
    """One decoded frame as stored values (channels, h, w), full range, `depth` bits at the top of 16.

    Grey is the film's own luma plane, untouched but for its range; colour is RGB by the matrix that the source
    names, and where it names none, by BT.709 from 720 lines on and BT.601 below, as players do.
    """
    name = frame.format.name
    levels = (1 << depth) - 1
    if grey and not frame.format.is_rgb:
        luma = _first_plane(frame)
        bits = depth_of(name)
        if colour.range == "tv":
            black, span = 16 << (bits - 8), 219 << (bits - 8)
        else:
            black, span = 0, (1 << bits) - 1
        table = np.clip(np.rint((np.arange(1 << bits) - black) * (levels / span)), 0, levels)
        return (table.astype(np.uint16) << np.uint16(16 - depth))[luma][None]
    flags = "BICUBIC" if frame.format.is_rgb else _colour_flags()
    matrix = {"bt709": "ITU709", "bt2020nc": "BT2020", "smpte240m": "SMPTE240M"}.get(
        colour.matrix or ("bt709" if frame.height >= 720 else "smpte170m"), "ITU601"
    )
    wide = frame.reformat(
        format="gbrp16le",
        src_colorspace=matrix if not frame.format.is_rgb else None,
        src_color_range="MPEG" if colour.range == "tv" and not frame.format.is_rgb else None,
        interpolation=flags,
    )
    planes = wide.to_ndarray(format="gbrp16le")
    if grey:
        planes = np.rint(planes @ np.array([[0.299], [0.587], [0.114]])).astype(np.uint16)
    table = np.rint(np.arange(65536) * (levels / 65535.0)).astype(np.uint16) << np.uint16(16 - depth)
    return np.ascontiguousarray(np.moveaxis(table[planes], 2, 0))


def _colour_flags() -> int:
    from av.video.reformatter import Interpolation as I

    return int(I.BICUBIC | I.ACCURATE_RND | I.FULL_CHR_H_INT | I.BITEXACT)


def _first_plane(frame: Any) -> np.ndarray:
    name = frame.format.name
    if name in ("yuyv422", "uyvy422", "monob", "monow", "pal8", "nv12", "nv21") or "be" in name[-2:]:
        frame = frame.reformat(format="gray16le" if depth_of(name) > 8 else "yuv444p")
    plane = frame.planes[0]
    kind = np.uint16 if depth_of(frame.format.name) > 8 else np.uint8
    rows = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
    return np.ascontiguousarray(rows[:, : plane.width * np.dtype(kind).itemsize]).view(kind)
