"""A lossless print with some frames changed: all others keep their packets, so that they stay the same bit for bit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import av
import numpy as np

from ..runtime.errors import FilmError
from ..runtime.files import remove_stale_folders
from . import concatenate, decoded, encode
from .encode import Look, Run

Change = Callable[[int, np.ndarray], np.ndarray]
"""From the number of a frame and its values (channels, h, w) to those that it shall have."""


@dataclass(frozen=True, kw_only=True)
class Reprint:
    """A print to be written anew with some of its frames changed."""

    print_: str
    """Its codec: master or changes."""
    original: Path
    look: Look
    changed: range
    """The numbers of the frames that change."""
    comment: str
    """The tag that says what was done."""


def write(job: Reprint, output: Path, change: Change) -> None:
    """Write the print to `output`, with its frames as `change` gives them.

    Raises FilmError where the print was encoded in a way that this version does not write.
    """
    original, changed = job.original, job.changed
    output.parent.mkdir(parents=True, exist_ok=True)
    remove_stale_folders(output)
    with TemporaryDirectory(dir=output.parent, prefix=f".{output.name}.") as folder:
        new, picture = Path(folder, "new.mkv"), Path(folder, "picture.mkv")
        frames = (change(number, values) for number, values in decoded_frames(original, changed))
        runs = [Run(frames=frames)]
        if encode.piece(job.print_, runs, new, job.look, _depth(original)) != len(changed):
            raise FilmError(f"{original} ends before frame {changed.stop - 1}.", "Take another copy of the package.")
        _interleave(job, new, picture)
        concatenate.replace_picture(job.print_, picture, original, output, job.look, job.comment)


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


def _interleave(job: Reprint, new: Path, output: Path) -> None:
    """Write the picture of a print with the frames of `new` in place of those that change, none encoded again."""
    with (
        av.open(f"file:{job.original}") as old,
        av.open(f"file:{new}") as replacing,
        av.open(f"file:{output}", "w", format="matroska") as target,
    ):
        template = old.streams.video[0]
        if replacing.streams.video[0].codec_context.extradata != template.codec_context.extradata:
            raise FilmError(
                f"{job.original} was encoded by another version of FFmpeg, so that no frame can be put into it.",
                "Use the version of answerprint that wrote the package: its bundle.tar.gz holds it.",
            )
        stream = target.add_stream_from_template(template, opaque=True)
        replaced = _packets(replacing)
        for number, packet in enumerate(_packets(old)):
            packet = next(replaced) if number in job.changed else packet
            packet.stream, packet.time_base = stream, 1 / job.look.rate
            packet.pts = packet.dts = number
            packet.duration = 1
            target.mux(packet)
