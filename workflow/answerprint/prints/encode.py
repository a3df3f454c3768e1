"""Encodes prints, part by part.

A piece holds one part in the print's codec, with a time base of one frame that counts from 0. Pieces are joined without
encoding again, by `concatenate`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from ..film import colour
from ..film.colour import MATRICES, PRIMARIES, RANGES, TRANSFERS, Colour
from ..runtime.files import atomic_write
from ..runtime.scheduling import give_up_real_time
from . import slices
from .codecs import CODECS, LOSSLESS, Codec, Settings, fitted, options, padded


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a print says about its picture."""

    rate: Fraction
    sar: Fraction
    colour: Colour


@dataclass(frozen=True, kw_only=True)
class Run:
    """Consecutive frames that one encoder sees and nothing else: a closed group of pictures, or several."""

    frames: Iterable[np.ndarray]
    """Stored values (channels, h, w) of each frame."""
    settings: Settings = LOSSLESS


def piece(print_: str, runs: Iterable[Run], output: Path, look: Look, depth: int) -> int:
    """Encode runs of frames as one piece, an empty file if there are none; returns the number of frames."""
    codec = CODECS[print_]
    # SVT-AV1 prints to the terminal, whatever FFmpeg's log level is.
    os.environ.setdefault("SVT_LOG", "1")
    count = 0
    with atomic_write(output) as temporary:
        with av.open(str(temporary), "w", format=codec.container) as container:
            for packet in _Encoders(container, codec, look, depth).packets(runs):
                # x265 gives wrong decoding times to films shorter than its look-ahead.
                packet.dts = count - codec.ahead
                container.mux(packet)
                count += 1
        temporary.touch()
    return count


class _Encoders:
    """The encoders of a piece, one after another; they share its stream, and so must share their headers."""

    def __init__(self, container: Any, codec: Codec, look: Look, depth: int) -> None:
        self._container, self._codec, self._look, self._depth = container, codec, look, depth
        self._stream: Any = None
        self._count = 0

    def packets(self, runs: Iterable[Run]) -> Iterator[Any]:
        """Encoded frames in decoding order, with a time base of one frame."""
        for run in runs:
            encoder: Any = None
            for planes in run.frames:
                planes = reduced(self._codec, planes)
                first = encoder is None
                encoder = encoder or self._opened(planes, run.settings)
                frame = picture(planes, self._depth, encoder.pix_fmt, self._look.colour)
                frame.pts, frame.time_base = self._count, 1 / self._look.rate
                self._count += 1
                packets = encoder.encode(frame)
                if first:
                    give_up_real_time()
                yield from self._of_stream(packets)
            if encoder is not None:
                yield from self._of_stream(encoder.encode())

    def _of_stream(self, packets: Iterable[Any]) -> Iterator[Any]:
        for packet in packets:
            packet.stream = self._stream
            packet.time_base = 1 / self._look.rate
            yield packet

    def _opened(self, planes: np.ndarray, settings: Settings) -> Any:
        """An encoder for frames like this one; the first is that of the stream."""
        channels, height, width = planes.shape
        pixel_format = self._codec.pixel_format(channels, self._depth)
        what = f"A print in {pixel_format}"
        chosen = options(self._codec, settings) | slices.option(self._codec, width, height, pixel_format, what)
        if self._stream is None:
            self._stream = self._container.add_stream(self._codec.name, rate=self._look.rate, options=chosen)
            self._configure(self._stream.codec_context, planes)
            return self._stream.codec_context
        encoder: Any = av.CodecContext.create(self._codec.name, "w")
        encoder.options = chosen
        encoder.framerate = self._look.rate
        self._configure(encoder, planes)
        encoder.open()
        if bytes(encoder.extradata or b"") != bytes(self._stream.codec_context.extradata or b""):
            raise ValueError(f"{self._codec.name} gave two runs of frames different headers")
        return encoder

    def _configure(self, context: Any, planes: np.ndarray) -> None:
        channels, height, width = planes.shape
        look, chroma = self._look, self._codec.pixel_format(channels, self._depth)
        # Codecs with subsampled chroma need even sizes: the last row or column is repeated where it must be.
        context.width, context.height = padded(width, height, chroma)
        context.pix_fmt = chroma
        context.time_base = 1 / look.rate
        context.sample_aspect_ratio = look.sar
        context.thread_count = 1
        tags = colour.of_print(look.colour, chroma, width, height)
        context.color_primaries = colour.number(PRIMARIES, tags.primaries)
        context.color_trc = colour.number(TRANSFERS, tags.transfer)
        context.colorspace = colour.number(MATRICES, tags.matrix)
        context.color_range = colour.number(RANGES, tags.range)
        if self._codec.tag:
            context.codec_tag = self._codec.tag


def reduced(codec: Codec, planes: np.ndarray) -> np.ndarray:
    """Stored values (channels, h, w) at the size at which a print shows them."""
    height, width = planes.shape[1:]
    size = fitted(codec, width, height)
    if size == (width, height):
        return planes
    return np.stack([cv2.resize(plane, size, interpolation=cv2.INTER_AREA) for plane in planes])


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
