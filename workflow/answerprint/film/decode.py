"""Decoding: the frames of a file in display order, and a record of what goes wrong on the way."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import av
import numpy as np

from . import decoder_log, planes


@dataclass(kw_only=True)
class Trace:
    """What is observed while a file is decoded."""

    troubles: list[str] = field(default_factory=list)
    """Signs of damage, in words."""
    keys: set[int] = field(default_factory=set)
    """Time stamps of the key frames."""
    read: int = 0
    """Packets of the picture that are to be shown."""
    hidden: int = 0
    """And those that lie outside of the file's edit list, which decoders drop."""
    ends: dict[int, Fraction] = field(default_factory=dict)
    """When each stream ends, by its index: seconds by the file's clock."""


@contextmanager
def listening(trace: Trace) -> Iterator[None]:
    """Record in `trace` what decoders report only through FFmpeg's log: wrong checksums in FFV1."""
    with decoder_log.errors() as messages:
        yield
    trace.troubles += [f"a checksum is wrong ({text.strip()})" for _, _, text in messages if "CRC mismatch" in text]


def frames(container: Any, stream: Any, trace: Trace | None = None) -> Iterator[Any]:
    """Decoded frames of the stream; what cannot be decoded is left out and recorded in `trace`."""
    trace = trace or Trace()
    # All streams: what is left out of the film still tells how far the file reaches.
    packets = container.demux()
    while True:
        try:
            packet = next(packets, None)
        except (av.FFmpegError, OSError) as error:
            trace.troubles.append(f"reading stops ({getattr(error, 'strerror', None) or error})")
            return
        if packet is None:
            return
        if packet.pts is not None:
            _record_end(packet, stream, trace)
        # Not packet.stream_index, which is 0 for the packets that make a decoder give its last frames.
        if packet.stream.index != stream.index:
            continue
        if packet.is_keyframe and packet.pts is not None:
            trace.keys.add(packet.pts)
        if packet.is_corrupt and _ends_file(container, packet):
            # What its rest would show is left from other frames in memory.
            trace.troubles.append("the last frame is cut short")
            continue
        if packet.size:
            trace.hidden += packet.is_discard
            trace.read += not packet.is_discard
        yield from _decoded(packet, trace)


def _ends_file(container: Any, packet: Any) -> bool:
    """Whether a packet reaches to the end of the file, as far as that is known."""
    return bool(packet.pos is not None and container.size and packet.pos + packet.size >= container.size)


def _record_end(packet: Any, stream: Any, trace: Trace) -> None:
    duration = Fraction((packet.duration or 0) * packet.time_base)
    index = packet.stream.index
    if index == stream.index and not duration and stream.average_rate:
        duration = 1 / Fraction(stream.average_rate)
    end = Fraction(packet.pts * packet.time_base) + duration
    trace.ends[index] = max(end, trace.ends.get(index, end))


def _decoded(packet: Any, trace: Trace) -> Iterator[Any]:
    try:
        for frame in packet.decode():
            if frame.is_corrupt:
                trace.troubles.append(f"a frame at {float(frame.time or 0):.2f} s is damaged")
            yield frame
    except (av.FFmpegError, OSError):
        place = "the end" if packet.pts is None else f"{float(packet.pts * packet.time_base):.2f} s"
        trace.troubles.append(f"a packet at {place} is damaged")


def checksum(frame: Any) -> int:
    """CRC-32 over every fourth line of a decoded frame: enough to notice a macroblock that differs."""
    crc = 0
    for rows in _rows(frame):
        crc = zlib.crc32(np.ascontiguousarray(rows[::4]).data, crc)
    return crc


def _rows(frame: Any) -> Iterator[np.ndarray]:
    """The lines of each plane without the padding after them, which is arbitrary."""
    if not planes.is_plain(frame):
        yield from planes.of(frame).samples
        return
    for index, plane in enumerate(frame.planes):
        yield planes.lines(plane)[:, : _used_bytes(frame.format, index, plane.width)]


def _used_bytes(layout: Any, index: int, width: int) -> int:
    depths = [part.bits for part in layout.components if part.plane == index]
    if len({part.plane for part in layout.components}) == 1:
        return int(width * layout.padded_bits_per_pixel // 8)
    return int(width * len(depths) * -(-max(depths, default=0) // 8))
