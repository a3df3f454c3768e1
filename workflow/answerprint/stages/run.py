"""Runs one engine over one part: reads blocks of frames, never across a cut, and writes the frames that come out.

The pixels depend on the fingerprint and the frames alone, not on how a film is cut into parts or a part into blocks.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import numpy as np

from .. import engines
from ..engines import Clip, Measures, PixelEngine, Result, windows
from ..film.cadence import OwnFrames, parse
from ..film.frame_rates import Retiming, out_rate
from ..frames.changed import CHANGED, LENT
from ..frames.part_file import FrameFormat, Writer, to_floats, to_integers
from ..frames.window import FrameWindow
from ..plan.fingerprint import Span, StageFingerprint
from ..runtime.errors import FilmError
from ..runtime.files import digest, write_json
from ..runtime.progress import Progress
from . import confidence_maps, measures
from .element_window import ElementWindow
from .masks import Masks


@dataclass(frozen=True, kw_only=True)
class StageJob:
    """One part at one stage: what determines its pixels, and the files to read and write."""

    fingerprint: StageFingerprint
    film: str
    label: str
    frames: Sequence[Path]
    """Part files of the part and of the neighbouring parts that the stage reads, in order."""
    output: Path
    changes: Path
    record: Path
    confidence: Path | None = None
    """Where small maps go of how sure the engine is of what it added, for a stage whose engine says that."""
    measures: Path | None = None
    """The film's measures, for a stage that plans over the shot."""
    matte: Path | None = None
    regions: Path | None = None
    carried: Sequence[Path] = ()
    """Measures of the earlier stages that move the picture."""
    elements: Sequence[Sequence[Path]] = ()
    """The part files of each other element of the film, for the same parts as `frames`."""


@dataclass(frozen=True, kw_only=True)
class Block:
    """Consecutive output frames of one shot, before the engine has run."""

    engine: PixelEngine | None
    """None if the frames stay as they are."""
    clip: Clip | None
    original: np.ndarray
    """The film's frames at these places, as stored: (n, channels, height, width)."""
    first: int
    """The film's number of original[0]; of frames at other moments, that of the frame before."""
    protected: np.ndarray | None = None
    """Pixels that must stay as they are, bool (n, height, width)."""


@dataclass(kw_only=True)
class Account:
    """The numbers that go into the record, one for each frame."""

    statistics: dict[str, list[float]] = field(default_factory=dict)
    changed: list[float] = field(default_factory=list)
    """Shares of pixels that the stage changed."""
    decided: list[dict[str, Any]] = field(default_factory=list)
    """What the engine decided for single things, such as faces, in the shots that the part touches."""

    def add(self, statistics: Measures, changed: np.ndarray) -> None:
        """Append a block; statistics that it does not have are zero."""
        for name in sorted({*self.statistics, *statistics}):
            values = self.statistics.setdefault(name, [0.0] * len(self.changed))
            values += np.ravel(statistics.get(name, np.zeros(len(changed)))).tolist()
        self.changed += [float(np.count_nonzero(frame)) / frame.size for frame in changed]


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
        for block in blocks:
            frames, result = apply(block, output_format, progress)
            changed = changed_pixels(block, frames, result.lent if result else None)
            account.add(result.statistics if result else {}, changed)
            if confidence:
                confidence.write(confidence_maps.of(result, len(frames), maps))
            for index, frame in enumerate(frames):
                # An unchanged frame is copied without being packed again.
                if changed[index].any() or not output.copy(*window.locate(block.first + index)):
                    output.write(frame[None])
            changes.write(changed[:, None])
            progress.add(len(frames))
    _write_record(job, engine, account, output.digests, count * height * width * channels, progress)


def load(fingerprint: StageFingerprint) -> PixelEngine:
    """The engine of a job, loaded with the options of the first shot that the stage is not left out of."""
    options = next((span.options for span in fingerprint.spans if span.options is not None), None)
    kind = engines.find(fingerprint.stage, fingerprint.engine)
    engine: Any = kind(_options(fingerprint, options) if options is not None else None, device=fingerprint.device)
    if options is not None:
        engine.load()
    return engine


def element_windows(job: StageJob) -> list[ElementWindow]:
    """The frames of each other element that a part reads."""
    places = job.fingerprint.elements
    return [
        ElementWindow(paths, job.fingerprint.bounds, place) for paths, place in zip(job.elements, places, strict=True)
    ]


def _options(fingerprint: StageFingerprint, values: dict[str, Any]) -> Any:
    return engines.options.read(engines.find(fingerprint.stage, fingerprint.engine), values)


def _for_span(engine: PixelEngine, fingerprint: StageFingerprint, span: Span) -> Any:
    """The engine with the options of a shot; None where the stage is left out."""
    return engine.with_options(_options(fingerprint, span.options)) if span.options is not None else None


def block_edges(start: int, stop: int, length: int, edges: Iterable[int] = ()) -> Iterator[tuple[int, int]]:
    """Runs of at most `length` frames from start to stop, none of which crosses an edge."""
    for low, high in pairwise([start, *sorted(edge for edge in edges if start < edge < stop), stop]):
        for begin in range(low, high, length):
            yield begin, min(begin + length, high)


def film_blocks(job: StageJob, window: FrameWindow, loaded: PixelEngine, account: Account) -> Iterator[Block]:
    """The frames of a part, shot by shot, each block with the neighbouring frames that the engine needs.

    What the engine decides for a shot goes into `account`.
    """
    fingerprint = job.fingerprint
    masks = Masks(fingerprint.marks, window.format, matte=job.matte, regions=job.regions, measured=job.carried)
    others = element_windows(job)
    for number, span in enumerate(fingerprint.spans):
        engine = _for_span(loaded, fingerprint, span)
        plan = _planned(engine, job.measures, span, account)
        begin, end = max(span.start, fingerprint.first), min(span.stop, fingerprint.stop)
        for start, stop in _blocks_of(engine, span, range(begin, end), window, masks):
            if engine is None:
                yield Block(engine=None, clip=None, original=window.integers(start, stop), first=start)
                continue
            seen = windows.sight(engine.card, start, stop, range(span.start, span.stop))
            low, high = max(window.first, seen.start), min(window.stop, seen.stop)
            stored, core = window.integers(low, high), slice(start - low, stop - low)
            marked, protected = masks.of(number, low, high, core)
            clip = Clip(
                frames=to_floats(stored, window.format.depth),
                core=core,
                first=low,
                plan={name: values[low - span.start : high - span.start] for name, values in plan.items()},
                marked=marked,
                depth=fingerprint.depth,
                pixel_aspect=Fraction(fingerprint.pixel_aspect),
                elements=tuple(other.frames(low, high) for other in others),
            )
            yield Block(
                engine=engine,
                clip=clip,
                original=stored[core],
                first=start,
                protected=None if protected is None else protected[core],
            )


def _blocks_of(
    engine: PixelEngine | None, span: Span, frames: range, window: FrameWindow, masks: Masks
) -> Iterator[tuple[int, int]]:
    """Runs (start, stop) of the `frames` of a shot that an engine works on at once."""
    if engine is None:
        return block_edges(frames.start, frames.stop, window.block_length(), masks.edges)
    edges = {*masks.edges, *windows.edges(engine.card, range(span.start, span.stop))}
    length = engine.card.window or window.block_length(engine.card.radius)
    return block_edges(frames.start, frames.stop, length, edges)


def _planned(engine: PixelEngine | None, measured: Path | None, span: Span, account: Account) -> Measures:
    """What an engine plans for a shot by its measures, nothing without them; what it decides goes into `account`."""
    if engine is None or not engine.card.measured or measured is None:
        return {}
    in_shot = measures.between(measured, span.start, span.stop)
    account.decided += engine.decided(in_shot, first=span.start)
    return engine.plan(in_shot, first=span.start)


def output_times(fingerprint: StageFingerprint) -> list[Fraction]:
    """Where each output frame of a retimed part lies among the film's frames, in film frames."""
    rate = Fraction(fingerprint.rate)
    retiming = Retiming(
        frames=fingerprint.film_frames,
        before=rate,
        after=out_rate(rate, (fingerprint.spans[0].options or {})["rate"]),
        lost=fingerprint.lost,
        lead=fingerprint.lead,
    )
    return [time for _, time in retiming.positions(fingerprint.first, fingerprint.stop)]


def in_between_blocks(
    fingerprint: StageFingerprint, window: FrameWindow, loaded: PixelEngine, times: Sequence[Fraction]
) -> Iterator[Block]:
    """Blocks of output frames of a retimed part: a frame of the film to hold, or two and moments between them."""
    own_frames = [_own_frames(fingerprint, span) for span in fingerprint.spans]
    last, torn = fingerprint.film_frames - 1, {after for after, _ in fingerprint.lost}

    def place(time: Fraction) -> tuple[int, int, int, Fraction, bool]:
        index = min(int(time), last)
        shot = next(n for n, span in enumerate(fingerprint.spans) if span.start <= index < span.stop)
        return shot, *own_frames[shot].around(time), index in (fingerprint.absent if time == index else torn)

    for (shot, before, after, between), group in groupby(map(place, times), lambda one: (*one[:3], one[3] > 0)):
        moments = [(float(share), float(lost)) for *_, share, lost in group]
        shares = [share for share, _ in moments]
        original = window.integers(before, before + 1)
        if not between:
            for _ in shares:
                yield Block(engine=None, clip=None, original=original, first=before)
            continue
        # All moments between two frames at once: their motion is measured once.
        pair = to_floats(np.concatenate([original, window.integers(after, after + 1)]), window.format.depth)
        plan = {"times": np.array(shares), "lost": np.array([lost for _, lost in moments])}
        clip = Clip(frames=pair, core=slice(0, len(shares)), first=before, plan=plan)
        originals, span = np.repeat(original, len(shares), axis=0), fingerprint.spans[shot]
        yield Block(engine=_for_span(loaded, fingerprint, span), clip=clip, original=originals, first=before)


def _own_frames(fingerprint: StageFingerprint, span: Span) -> OwnFrames:
    """The film's own frames in a shot: all that are neither repeated by a rule nor missing."""
    stretches = tuple(parse(text) for text in (span.options or {}).get("repeats", ()))
    return OwnFrames(start=span.start, stop=span.stop, stretches=stretches, absent=frozenset(fingerprint.absent))


def apply(block: Block, output: FrameFormat, progress: Progress) -> tuple[np.ndarray, Result | None]:
    """The values to store for a block, and what the engine says; None where frames stay as they are."""
    if block.engine is None or block.clip is None:
        return np.repeat(block.original, output.channels // block.original.shape[1], axis=1), None
    engine, clip = block.engine, block.clip
    height, width = clip.frames.shape[1:3]
    padding = [(0, 0), (0, -height % engine.card.multiple), (0, -width % engine.card.multiple), (0, 0)]
    if any(after for _, after in padding):
        marked = None if clip.marked is None else np.pad(clip.marked, padding[:3])
        clip = dataclasses.replace(clip, frames=np.pad(clip.frames, padding, mode="edge"), marked=marked)
    with progress.working():
        result = engine.run(clip)
    frames = result.frames[:, : output.height, : output.width]
    if frames.shape[3] < output.channels:
        frames = np.repeat(frames, output.channels, axis=3)
    if not np.isfinite(frames).all():
        wrong = int(np.argmin(np.isfinite(frames).all(axis=(1, 2, 3))))
        raise FilmError(
            f"The engine {engine.card.name} of {engine.card.stage} gave values that are not finite numbers, in frame "
            f"{block.first + wrong}.",
            "Its weights may be damaged, or not fit what it runs on: try others, or device: cpu."
            if engines.options.weights(engine.options)
            else "Set its options nearer to their defaults, or leave the stage out of that shot.",
        )
    values = to_integers(frames, output.depth)
    if block.protected is not None:
        np.copyto(values, block.original, where=block.protected[:, None])
    return values, result


def changed_pixels(block: Block, frames: np.ndarray, lent: np.ndarray | None = None) -> np.ndarray:
    """uint8 (n, h, w): 1 where any channel differs from the film's frame, and all over a new or resized frame.

    3 where that is another element's.
    """
    in_between = block.engine is not None and block.engine.card.retimes
    if in_between or block.original.shape[2:] != frames.shape[2:]:
        return np.ones((len(frames), *frames.shape[2:]), np.uint8)
    changed = (block.original != frames).any(axis=1).astype(np.uint8)
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
