"""Checks of the prints: what must hold between a print, the ledger and the source, read from the finished files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from ..film import colour, probe
from ..film.colour import MATRICES, PRIMARIES, RANGES, TRANSFERS
from ..frames.part_file import digest
from ..runtime.errors import FilmError
from .encode import CODECS, Look, bits_to_show, padded

TICK = Fraction(1, 1000)
"""Matroska stores times in whole milliseconds."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that was checked."""

    name: str
    expected: str
    found: str
    passed: bool


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What a print must be according to the ledger, the source and the working files."""

    codec: str
    look: Look
    frames: int
    width: int
    height: int
    channels: int
    depth: int
    sounds: int
    subtitles: int
    chapters: int
    timecode: str | None
    digests: tuple[str, ...] = ()
    """Digests of the working frames, for a lossless print."""
    sound_lengths: tuple[Fraction, ...] = ()
    """Seconds of each sound; a sound without one is not checked for its length."""


def examine(path: Path, expected: Expected, on_frame: Callable[[Any], None] = lambda frame: None) -> list[Check]:
    """Every check of one print; `on_frame` gets each decoded frame. Raises FilmError when the print is unreadable."""
    try:
        return [_named(path, *row) for row in _rows(path, expected, on_frame)]
    except (av.FFmpegError, OSError) as error:
        raise FilmError(
            f"The print {path} cannot be read ({error}).",
            f"Delete {path} and run the same command: it will be made again.",
        ) from error


def require(checks: list[Check], film: str, folder: Path) -> None:
    """Raises a FilmError that names the first failed check, and the print in `folder` to make again."""
    failed = [check for check in checks if not check.passed]
    if failed:
        first = failed[0]
        raise FilmError(
            f"A print of {film} failed a check: {first.name} should be {first.expected} and is {first.found}.",
            f"{len(failed)} of {len(checks)} checks failed; see the log. Do not use the print: delete "
            f"{folder / first.name.split(':')[0]} and run the same command to make it again.",
        )


def to_json(checks: list[Check]) -> dict[str, Any]:
    """Checks as check.json holds them."""
    return {"passed": all(check.passed for check in checks), "checks": [asdict(check) for check in checks]}


Row = tuple[str, Any, Any, bool]
"""What is checked, what it should be, what it is, and whether it passes."""


def _named(path: Path, what: str, wanted: Any, actual: Any, passed: bool) -> Check:
    return Check(name=f"{path.name}: {what}", expected=str(wanted), found=str(actual), passed=passed)


def _same(what: str, wanted: Any, actual: Any) -> Row:
    return what, wanted, actual, bool(wanted == actual)


def _near(what: str, wanted: Fraction, actual: Fraction, slip: Fraction) -> Row:
    return f"{what} (s)", f"{float(wanted):.4f}", f"{float(actual):.4f}", abs(wanted - actual) <= slip


def _rows(path: Path, expected: Expected, on_frame: Callable[[Any], None]) -> Iterator[Row]:
    rate = expected.look.rate
    with probe.opened(path) as (container, video):
        yield from _streams(container, video, expected)
        yield from _tags(container, video, expected)
        length = expected.frames / rate
        header = probe.header_duration(video)
        if header is not None:
            yield _near("length in the header", length, header, TICK)
        times, wrong = _decoded(container, video, expected, on_frame)
    yield _same("frames", expected.frames, len(times))
    if expected.digests:
        yield _same("frames that differ from the working files", 0, wrong)
    if not times:
        return
    slip = max(abs(time - times[0] - index / rate) for index, time in enumerate(times))
    yield "a frame's time off the ledger, at most (ms)", "< 1", f"{float(slip) * 1000:.3f}", slip < TICK
    yield _near("duration", length, times[-1] - times[0] + 1 / rate, 1 / rate / 2)
    for index in range(expected.sounds):
        yield from _sound(path, index, times[0], expected)


def _streams(container: Any, video: Any, expected: Expected) -> Iterator[Row]:
    context = video.codec_context
    pixel_format = _pixel_format(expected)
    size = padded(expected.width, expected.height, pixel_format)
    yield _same("size", f"{size[0]}x{size[1]}", f"{context.width}x{context.height}")
    yield _same("pixel format", pixel_format, context.pix_fmt)
    yield _same("sound streams", expected.sounds, len(container.streams.audio))
    yield _same("subtitle streams", expected.subtitles, len(container.streams.subtitles))
    yield _same("chapters", expected.chapters, len(container.chapters()))
    actual, wanted = Fraction(video.average_rate or 0), expected.look.rate
    # Readers of Matroska get the rate from a frame's duration in nanoseconds, and round it.
    yield "rate", wanted, actual, abs(actual / wanted - 1) < Fraction(1, 10000)


def _tags(container: Any, video: Any, expected: Expected) -> Iterator[Row]:
    look, context = expected.look, video.codec_context
    actual = Fraction(video.sample_aspect_ratio or 1)
    # Matroska stores the picture's aspect in whole pixels of the display.
    slip = Fraction(1, context.width) if container.format.name.startswith("matroska") else TICK
    yield "sample aspect", look.sar, actual, abs(actual - look.sar) < slip
    tags = colour.of_print(look.colour, _pixel_format(expected), expected.width, expected.height)
    for what, wanted, number, names in (
        ("primaries", tags.primaries, context.color_primaries, PRIMARIES),
        ("transfer", tags.transfer, context.color_trc, TRANSFERS),
        ("matrix", tags.matrix, context.colorspace, MATRICES),
        ("range", tags.range, context.color_range, RANGES),
    ):
        if wanted:
            yield _same(f"colour {what}", wanted, names.get(int(number), "unknown"))
    if expected.timecode:
        yield _same("timecode", expected.timecode, probe.timecode_of(container) or "none")


def _pixel_format(expected: Expected) -> str:
    return CODECS[expected.codec].pixel_format(expected.channels, bits_to_show(expected.depth))


def _decoded(
    container: Any, video: Any, expected: Expected, on_frame: Callable[[Any], None]
) -> tuple[list[Fraction], int]:
    """The time of each frame, and how many frames differ from the working files."""
    times: list[Fraction] = []
    wrong = 0
    for frame in container.decode(video):
        if expected.digests and len(times) < len(expected.digests):
            wrong += _digest(frame, expected) != expected.digests[len(times)]
        times.append(Fraction(frame.pts * frame.time_base))
        on_frame(frame)
    return times, wrong


def _sound(path: Path, index: int, picture: Fraction, expected: Expected) -> Iterator[Row]:
    begins = ends = None
    rate = 48000
    frame_length = 1 / expected.look.rate
    with av.open(f"file:{path}") as container:
        if index >= len(container.streams.audio):
            return
        for frame in container.decode(container.streams.audio[index]):
            if frame.pts is None or frame.time_base is None:
                continue
            time = Fraction(frame.pts * frame.time_base)
            begins = time if begins is None else begins
            rate = frame.sample_rate
            ends = time + Fraction(frame.samples, rate)
    if begins is None or ends is None:
        begins = ends = picture
    offset = begins - picture
    yield (
        f"sound {index} against picture (ms)",
        f"within {float(500 * frame_length):.1f}",
        f"{float(offset) * 1000:.1f}",
        abs(offset) < frame_length / 2,
    )
    if index < len(expected.sound_lengths):
        # AAC comes in blocks of 1024 samples, the last of which is padded.
        slip = max(frame_length, Fraction(2 * 1024, rate))
        yield _near(f"length of sound {index}", expected.sound_lengths[index], ends - begins, slip)


def _digest(frame: Any, expected: Expected) -> str:
    """The digest that a decoded frame would have as a working frame."""
    shift = np.uint16(16 - expected.depth)
    planes = [_plane(plane) for plane in frame.planes]
    if expected.channels == 3:
        planes = [planes[2], planes[0], planes[1]]
    return digest(np.stack(planes) << shift)


def _plane(plane: Any) -> np.ndarray:
    rows = np.frombuffer(plane, np.uint16).reshape(plane.height, plane.line_size // 2)
    return rows[:, : plane.width]
