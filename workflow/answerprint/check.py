"""Invariants of the prints: what must hold between a print, the ledger and the source, read from the files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from .encode import CODECS, Look, bits_to_show, colour_of_print, padded
from .errors import FilmError
from .partfile import digest
from .source import MATRICES, PRIMARIES, RANGES, TRANSFERS


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that was looked at."""

    name: str
    expected: str
    found: str
    passed: bool


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What the ledger, the source and the working files say that a print must be."""

    codec: str
    look: Look
    frames: int
    width: int
    height: int
    channels: int
    depth: int
    sounds: int
    subtitles: bool
    chapters: int
    timecode: str | None
    digests: tuple[str, ...] = ()
    """Of the working frames; given for prints that are lossless."""


def examine(path: Path, expected: Expected) -> list[Check]:
    """Every check of one print."""
    return list(_checks(path, expected))


def require(checks: list[Check], film: str) -> None:
    """Raises FilmError that names the first broken invariant."""
    broken = [check for check in checks if not check.passed]
    if broken:
        first = broken[0]
        raise FilmError(
            f"A print of {film} breaks an invariant: {first.name} should be {first.expected} and is {first.found}.",
            f"{len(broken)} of {len(checks)} checks failed; they stand in the log. Do not use the print.",
        )


def to_json(checks: list[Check]) -> dict[str, Any]:
    """Checks as check.json holds them."""
    return {"passed": all(check.passed for check in checks), "checks": [asdict(check) for check in checks]}


def _checks(path: Path, expected: Expected) -> Iterator[Check]:
    name = path.name

    def check(what: str, wanted: Any, found: Any, passed: bool | None = None) -> Check:
        return Check(
            name=f"{name}: {what}",
            expected=str(wanted),
            found=str(found),
            passed=wanted == found if passed is None else passed,
        )

    look = expected.look
    pixel_format = CODECS[expected.codec].pixel_format(expected.channels, bits_to_show(expected.depth))
    with av.open(str(path)) as container:
        video = container.streams.video[0]
        context = video.codec_context
        first_sound = [stream.start_time for stream in container.streams.audio]
        facts = {
            "size": (
                "x".join(map(str, padded(expected.width, expected.height, pixel_format))),
                f"{context.width}x{context.height}",
            ),
            "pixel format": (pixel_format, context.pix_fmt),
            "sound streams": (expected.sounds, len(container.streams.audio)),
            "subtitle streams": (int(expected.subtitles), len(container.streams.subtitles)),
            "chapters": (expected.chapters, len(container.chapters())),
        }
        for what, (wanted, found) in facts.items():
            yield check(what, wanted, found)
        sar = Fraction(video.sample_aspect_ratio or 1)
        yield check("sample aspect", look.sar, sar, abs(sar / look.sar - 1) < Fraction(1, 1000))
        tags = colour_of_print(look.colour, pixel_format, expected.height)
        for what, wanted_tag, number, names in (
            ("primaries", tags.primaries, context.color_primaries, PRIMARIES),
            ("transfer", tags.transfer, context.color_trc, TRANSFERS),
            ("matrix", tags.matrix, context.colorspace, MATRICES),
            ("range", tags.range, context.color_range, RANGES),
        ):
            if wanted_tag:
                yield check(f"colour {what}", wanted_tag, names.get(int(number), "unknown"))
        if expected.timecode:
            places = [container.metadata, *(stream.metadata for stream in container.streams)]
            found = next((v for place in places for k, v in place.items() if k.lower() == "timecode"), "none")
            yield check("timecode", expected.timecode, found)
        times: list[Fraction] = []
        wrong = 0
        for frame in container.decode(video):
            times.append(frame.pts * frame.time_base)
            if expected.digests and len(times) <= len(expected.digests):
                wrong += _digest(frame, expected) != expected.digests[len(times) - 1]
    yield check("frames", expected.frames, len(times))
    if expected.digests:
        yield check("frames that differ from the working files", 0, wrong)
    slip = max((abs(t - times[0] - i / look.rate) for i, t in enumerate(times)), default=Fraction(0))
    # Matroska keeps time in whole milliseconds.
    yield check(
        "a frame's time off the ledger, at most (ms)", "< 1", f"{float(slip) * 1000:.3f}", slip < Fraction(1, 1000)
    )
    length = (times[-1] - times[0] + 1 / look.rate) if times else Fraction(0)
    wanted_length = expected.frames / look.rate
    yield check(
        "duration (s)",
        f"{float(wanted_length):.3f}",
        f"{float(length):.3f}",
        abs(length - wanted_length) < 1 / look.rate / 2,
    )
    for index, begins in enumerate(first_sound):
        offset = _sound_begins(path, index) - (times[0] if times else 0) if begins is not None else Fraction(0)
        yield check(
            f"sound {index} against picture (ms)",
            f"within {float(500 / look.rate):.1f}",
            f"{float(offset) * 1000:.1f}",
            abs(offset) < 1 / look.rate / 2,
        )


def _sound_begins(path: Path, index: int) -> Fraction:
    with av.open(str(path)) as container:
        for frame in container.decode(container.streams.audio[index]):
            return Fraction(frame.pts * frame.time_base)
    return Fraction(0)


def _digest(frame: Any, expected: Expected) -> str:
    """The digest that a decoded frame would have as a working frame."""
    if expected.depth == 8:
        return digest(frame.to_ndarray(format="gray")[None])
    shift = np.uint16(16 - expected.depth)
    planes = [_plane(plane) for plane in frame.planes]
    if expected.channels == 3:
        planes = [planes[2], planes[0], planes[1]]
    return digest(np.stack(planes) << shift)


def _plane(plane: Any) -> np.ndarray:
    rows = np.frombuffer(plane, np.uint16).reshape(plane.height, plane.line_size // 2)
    return rows[:, : plane.width]
