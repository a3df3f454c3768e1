"""A lossless print with some frames changed: all others keep their packets, so that they stay the same bit for bit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import av
import numpy as np

from ..runtime.errors import FilmError
from . import concatenate, decoded, encode
from .encode import Look, Run

Change = Callable[[int, np.ndarray], np.ndarray]
"""From the number of a frame and its values (channels, h, w) to those that it shall have."""


def write(print_: str, original: Path, output: Path, look: Look, changed: range, change: Change, comment: str) -> None:
    """Write `output`, the print `original` with the frames in `changed` as `change` gives them.

    Raises FilmError where the print was encoded in a way that this version does not write.
    """
    output.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=output.parent, prefix=f".{output.stem}.") as folder:
        new, picture = Path(folder, "new.mkv"), Path(folder, "picture.mkv")
        depth = _depth(original)
        frames = (change(number, values) for number, values in decoded_frames(original, changed))
        count = encode.piece(print_, [Run(frames=frames)], new, look, depth)
        if count != len(changed):
            raise FilmError(f"{original} ends before frame {changed.stop - 1}.", "Take another copy of the package.")
        _interleave(original, new, changed, picture, look.rate)
        concatenate.replace_picture(print_, picture, original, output, look, comment)


def _depth(path: Path) -> int:
    with av.open(f"file:{path}") as container:
        return int(container.streams.video[0].format.components[0].bits)


def decoded_frames(path: Path, wanted: range) -> Iterator[tuple[int, np.ndarray]]:
    """The number and the values (channels, h, w) of the wanted frames of a print whose frames all stand alone.

    Raises FilmError where they do not, or cannot be read.
    """
    with av.open(f"file:{path}") as container:
        stream = container.streams.video[0]
        for number, packet in enumerate(_packets(container)):
            if number in wanted:
                yield number, decoded.planes(_frame(stream, packet, path, number))


def _frame(stream: Any, packet: Any, path: Path, number: int) -> Any:
    try:
        (frame,) = stream.codec_context.decode(packet)
    except (av.FFmpegError, ValueError) as error:
        raise FilmError(
            f"Frame {number} of {path} cannot be read by itself ({error}).",
            "Take a lossless print as answerprint writes it, from an intact package.",
        ) from error
    return frame


def _packets(container: Any) -> Iterator[Any]:
    return (packet for packet in container.demux(container.streams.video[0]) if packet.size)


def _interleave(original: Path, new: Path, changed: range, output: Path, rate: Fraction) -> None:
    """Write the picture of `original` with the frames of `new` in place of those in `changed`, none encoded again."""
    with (
        av.open(f"file:{original}") as old,
        av.open(f"file:{new}") as replacing,
        av.open(f"file:{output}", "w", format="matroska") as target,
    ):
        template = old.streams.video[0]
        if replacing.streams.video[0].codec_context.extradata != template.codec_context.extradata:
            raise FilmError(
                f"{original} was encoded by another version of FFmpeg, so that no frame can be put into it.",
                "Use the version of answerprint that wrote the package: its bundle.tar.gz holds it.",
            )
        stream = target.add_stream_from_template(template, opaque=True)
        replaced = _packets(replacing)
        for number, packet in enumerate(_packets(old)):
            packet = next(replaced) if number in changed else packet
            packet.stream, packet.time_base = stream, 1 / rate
            packet.pts = packet.dts = number
            packet.duration = 1
            target.mux(packet)
