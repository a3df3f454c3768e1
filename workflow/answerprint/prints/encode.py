"""Encodes prints, part by part.

A piece holds one part in the print's codec, with a time base of one frame that counts from 0. Pieces are joined without
encoding again, by `concatenate`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from ..film import colour
from ..film.colour import MATRICES, PRIMARIES, RANGES, TRANSFERS, Colour
from ..runtime.files import atomic_write


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a print says about its picture."""

    rate: Fraction
    sar: Fraction
    colour: Colour


@dataclass(frozen=True, kw_only=True)
class Codec:
    """How a print is encoded."""

    name: str
    pixel_format: Callable[[int, int], str]
    """The pixel format for a number of channels and a depth."""
    options: dict[str, str]
    container: str = "mp4"
    """The container of a piece, by FFmpeg's name."""
    tag: str = ""
    ahead: int = 0
    """Frames by which decoding times run ahead, at least as many as any frame needs that depends on later ones."""


def _ffv1_format(channels: int, depth: int) -> str:
    return f"gray{depth}le" if channels == 1 else f"gbrp{depth}le"


# Settings that give the same bits on any machine: fixed slices, one thread, and x265 without frame threads, as their
# number changes its pixels. Parts are encoded in parallel instead.
CODECS = {
    "master": Codec(
        name="ffv1",
        pixel_format=_ffv1_format,
        options={"level": "3", "coder": "1", "context": "1", "g": "1", "slices": "4", "slicecrc": "1"},
        container="matroska",
    ),
    "mezzanine": Codec(
        name="prores_ks",
        pixel_format=lambda channels, depth: "yuv422p10le",
        options={"profile": "hq", "vendor": "apl0"},
        container="mov",
    ),
    "x264": Codec(
        name="libx264",
        pixel_format=lambda channels, depth: "yuv420p10le",
        # Look ahead by 20 frames instead of 40: they are held in memory, 25 MB each at 2160p.
        options={
            "preset": "medium",
            "flags": "+cgop+global_header",
            "x264-params": "open-gop=0:rc-lookahead=20:log-level=0",
        },
        ahead=8,
    ),
    "x265": Codec(
        name="libx265",
        pixel_format=lambda channels, depth: "yuv420p10le",
        options={
            "preset": "medium",
            "flags": "+global_header",
            "x265-params": "open-gop=0:rc-lookahead=20:pools=1:frame-threads=1:log-level=0",
        },
        tag="hvc1",
        ahead=8,
    ),
    "svtav1": Codec(
        name="libsvtav1",
        pixel_format=lambda channels, depth: "yuv420p10le",
        options={"preset": "8", "flags": "+global_header", "svtav1-params": "lp=1"},
    ),
    "changes": Codec(
        name="ffv1",
        pixel_format=lambda channels, depth: "gray16le",
        options={"level": "3", "coder": "1", "context": "0", "g": "1", "slices": "4", "slicecrc": "1"},
        container="matroska",
    ),
}


def piece(print_: str, frames: Iterator[np.ndarray], output: Path, look: Look, depth: int, quality: int | None) -> int:
    """Encode stored frames (channels, h, w) as one piece, an empty file if there are none; returns their number."""
    codec = CODECS[print_]
    # SVT-AV1 prints to the terminal, whatever FFmpeg's log level is.
    os.environ.setdefault("SVT_LOG", "1")
    count = 0
    with atomic_write(output) as temporary:
        with av.open(str(temporary), "w", format=codec.container) as container:
            for packet in _packets(container, codec, frames, look, depth, quality):
                # x265 gives wrong decoding times to films shorter than its look-ahead.
                packet.dts = count - codec.ahead
                container.mux(packet)
                count += 1
        temporary.touch()
    return count


def _packets(
    container: Any, codec: Codec, frames: Iterator[np.ndarray], look: Look, depth: int, quality: int | None
) -> Iterator[Any]:
    """Encoded frames in decoding order, with a time base of one frame."""
    stream: Any = None
    for count, planes in enumerate(frames):
        if stream is None:
            stream = _stream(container, codec, planes, look, depth, quality)
        frame = picture(planes, depth, stream.codec_context.pix_fmt, look.colour)
        frame.pts, frame.time_base = count, 1 / look.rate
        yield from stream.encode(frame)
    if stream is not None:
        yield from stream.encode()


def _stream(container: Any, codec: Codec, planes: np.ndarray, look: Look, depth: int, quality: int | None) -> Any:
    channels, height, width = planes.shape
    options = dict(codec.options)
    if quality is not None:
        options["crf"] = str(quality)
    stream = container.add_stream(codec.name, rate=look.rate, options=options)
    chroma = codec.pixel_format(channels, depth)
    # Codecs with subsampled chroma need even sizes: the last row or column is repeated where it must be.
    stream.width, stream.height = padded(width, height, chroma)
    stream.pix_fmt = chroma
    context = stream.codec_context
    context.time_base = 1 / look.rate
    context.sample_aspect_ratio = look.sar
    context.thread_count = 1
    tags = colour.of_print(look.colour, chroma, width, height)
    context.color_primaries = colour.number(PRIMARIES, tags.primaries)
    context.color_trc = colour.number(TRANSFERS, tags.transfer)
    context.colorspace = colour.number(MATRICES, tags.matrix)
    context.color_range = colour.number(RANGES, tags.range)
    if codec.tag:
        context.codec_tag = codec.tag
    return stream


def padded(width: int, height: int, pixel_format: str) -> tuple[int, int]:
    """The (width, height) that a pixel format stores: even where its chroma is subsampled."""
    return (
        width + (width % 2 if "42" in pixel_format else 0),
        height + (height % 2 if "420" in pixel_format else 0),
    )


def picture(planes: np.ndarray, depth: int, pixel_format: str, tags: Colour) -> Any:
    """Stored values (channels, h, w) as a frame in the print's pixel format; `tags` are the source's."""
    channels, height, width = planes.shape
    print_tags = colour.of_print(tags, pixel_format, width, height)
    if pixel_format.startswith(("gray", "gbr")):
        values = list(planes >> np.uint16(16 - depth))
        values = values if channels == 1 else [values[1], values[2], values[0]]
    else:
        wide, high = padded(width, height, pixel_format)
        if (wide, high) != (width, height):
            planes = np.pad(planes, [(0, 0), (0, high - height), (0, wide - width)], mode="edge")
        values = colour.to_yuv(planes, depth, pixel_format, print_tags.matrix or "bt709")
    frame = _filled(values, pixel_format, *padded(width, height, pixel_format))
    frame.color_range = colour.number(RANGES, print_tags.range)
    frame.colorspace = colour.number(MATRICES, print_tags.matrix)
    frame.color_primaries = colour.number(PRIMARIES, print_tags.primaries)
    frame.color_trc = colour.number(TRANSFERS, print_tags.transfer)
    return frame


def _filled(planes: list[np.ndarray], pixel_format: str, width: int, height: int) -> Any:
    frame = av.VideoFrame(width, height, pixel_format)
    for plane, values in zip(frame.planes, planes, strict=True):
        _fill(plane, values)
    return frame


def _fill(plane: Any, values: np.ndarray) -> None:
    row = np.zeros((values.shape[0], plane.line_size // values.itemsize), values.dtype)
    row[:, : values.shape[1]] = values
    plane.update(row.tobytes())


def bits_to_show(bits: int) -> int:
    """The depth of a print of a film of `bits`: FFV1 has 10, 12 and 16, so that 14 bits are kept in 16."""
    return next(depth for depth in (10, 12, 16) if depth >= bits)
