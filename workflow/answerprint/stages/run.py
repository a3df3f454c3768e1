"""Runs one engine over one part: reads blocks of frames, never across a cut, and writes the frames that come out.

The pixels depend on the fingerprint and the frames alone, not on how a film is cut into parts or a part into blocks.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction

import numpy as np

from .. import engines
from ..engines import PixelEngine, Result
from ..frames.changed import CHANGED, LENT
from ..frames.part_file import FrameFormat, Writer, to_integers
from ..frames.window import FrameWindow
from ..runtime.errors import FilmError
from ..runtime.files import digest, write_json
from ..runtime.progress import Progress
from . import confidence_maps
from .account import Account
from .blocks import Block, film_blocks, in_between_blocks, output_times
from .stage_job import StageJob, load


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Consecutive output frames after the engine has run."""

    original: np.ndarray
    """The film's frames at these places, as stored: (n, channels, height, width)."""
    frames: np.ndarray
    """The values to store, (n, channels, height, width)."""
    first: int
    """The film's number of original[0]; of frames at other moments, that of the frame before."""
    result: Result | None
    """What the engine says of them; None if they stay as they are."""
    in_between: bool
    """Whether they show other moments than the film's frames."""


def run(job: StageJob) -> None:
    """Write the frames of a part after a stage, a map of the pixels that changed, and a record."""
    fingerprint = job.fingerprint
    window = FrameWindow(job.frames, fingerprint.bounds)
    engine, account = load(fingerprint), Account()
    if engine.card.retimes:
        times = output_times(fingerprint)
        blocks, count = in_between_blocks(fingerprint, window, engine, times), len(times)
    else:
        blocks, count = film_blocks(job, window, engine, account), fingerprint.stop - fingerprint.first
    channels, height, width, _ = window.format
    size = engine.enlargement.size(height, width, Fraction(fingerprint.pixel_aspect))
    output_format = FrameFormat(fingerprint.output_channels or channels, *size, fingerprint.depth)
    progress, maps = Progress(job.label, count), confidence_maps.stored_as(output_format)
    with (
        Writer(job.output, frames=count, format=output_format) as output,
        Writer(job.changes, frames=count, format=output_format._replace(channels=1, depth=8)) as changes,
        Writer(job.confidence, frames=count, format=maps) if job.confidence else nullcontext() as confidence,
    ):
        for piece in (piece for block in blocks for piece in apply(block, output_format, progress)):
            changed = changed_pixels(piece)
            account.add(piece.result.statistics if piece.result else {}, changed)
            if confidence:
                confidence.write(confidence_maps.of(piece.result, len(piece.frames), maps))
            for index, frame in enumerate(piece.frames):
                # An unchanged frame is copied without being packed again.
                if changed[index].any() or not output.copy(*window.locate(piece.first + index)):
                    output.write(frame[None])
            changes.write(changed[:, None])
            progress.add(len(piece.frames))
    _write_record(job, engine, account, output.digests, count * height * width * channels, progress)


def apply(block: Block, output: FrameFormat, progress: Progress) -> Iterator[Piece]:
    """The frames of a block, some at a time."""
    if block.engine is None or block.clip is None:
        original = block.original[: block.count]
        frames = np.repeat(original, output.channels // original.shape[1], axis=1)
        yield Piece(original=original, frames=frames, first=block.first, result=None, in_between=False)
        return
    engine, clip = block.engine, block.clip
    height, width = clip.frames.shape[1:3]
    padding = [(0, 0), (0, -height % engine.card.multiple), (0, -width % engine.card.multiple), (0, 0)]
    if any(after for _, after in padding):
        marked = None if clip.marked is None else np.pad(clip.marked, padding[:3])
        clip = dataclasses.replace(clip, frames=np.pad(clip.frames, padding, mode="edge"), marked=marked)
    results, start = engine.in_turn(clip), 0
    while True:
        with progress.working():
            result = next(results, None)
        if result is None:
            return
        stop = start + len(result.frames)
        original, values = block.original[start:stop], _values(engine, result, output, block.first + start)
        if block.protected is not None:
            np.copyto(values, original, where=block.protected[start:stop, None])
        yield Piece(
            original=original,
            frames=values,
            first=block.first + start,
            result=result,
            in_between=engine.card.retimes,
        )
        start = stop


def _values(engine: PixelEngine, result: Result, output: FrameFormat, first: int) -> np.ndarray:
    """The values to store for what an engine made of the frames from `first` on."""
    frames = result.frames[:, : output.height, : output.width]
    if frames.shape[3] < output.channels:
        frames = np.repeat(frames, output.channels, axis=3)
    if not np.isfinite(frames).all():
        wrong = int(np.argmin(np.isfinite(frames).all(axis=(1, 2, 3))))
        raise FilmError(
            f"The engine {engine.card.name} of {engine.card.stage} gave values that are not finite numbers, in frame "
            f"{first + wrong}.",
            "Its weights may be damaged, or not fit what it runs on: try others, or device: cpu."
            if engines.options.weights(engine.options)
            else "Set its options nearer to their defaults, or leave the stage out of that shot.",
        )
    return to_integers(frames, output.depth)


def changed_pixels(piece: Piece) -> np.ndarray:
    """uint8 (n, h, w): 1 where any channel differs from the film's frame, and all over a new or resized frame.

    3 where that is another element's.
    """
    original, frames = piece.original, piece.frames
    if piece.in_between or original.shape[2:] != frames.shape[2:]:
        return np.ones((len(frames), *frames.shape[2:]), np.uint8)
    changed = (original != frames).any(axis=1).astype(np.uint8)
    lent = piece.result.lent if piece.result else None
    return changed if lent is None else changed * np.where(lent, np.uint8(CHANGED | LENT), np.uint8(CHANGED))


def _write_record(
    job: StageJob, engine: PixelEngine, account: Account, digests: list[str], values: int, progress: Progress
) -> None:
    fingerprint, seconds = job.fingerprint, progress.seconds
    times = {"times": list(map(str, output_times(fingerprint)))} if engine.card.retimes else {}
    write_json(
        job.record,
        {
            "film": job.film,
            "edition": fingerprint.edition,
            "stage": fingerprint.stage,
            "part": fingerprint.part,
            "first": fingerprint.first,
            "frames": len(digests),
            **times,
            "engine": dataclasses.asdict(engine.card),
            "device": fingerprint.device,
            "options": [dataclasses.asdict(span) for span in fingerprint.spans],
            "fingerprint": digest(fingerprint.to_json()),
            "statistics": {name: [round(v, 6) for v in column] for name, column in account.statistics.items()},
            **({"decided": account.decided} if account.decided else {}),
            "changed": [round(share, 6) for share in account.changed],
            "seconds": round(seconds, 3),
            "work": round(progress.work, 3),
            "megavalues": round(values / 1e6, 3),
            "fps": round(len(digests) / max(seconds, 1e-6), 2),
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            "digests": digests,
        },
    )
