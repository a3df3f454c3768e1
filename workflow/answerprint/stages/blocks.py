"""Cuts a part into blocks of frames that an engine works on at once, never across a cut, and the frames beside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby, pairwise
from pathlib import Path
from typing import Protocol, cast

import numpy as np

from ..engines import Clip, Measures, PixelEngine, windows
from ..film.cadence import OwnFrames, parse
from ..film.frame_rates import Retiming, out_rate
from ..frames.film_frames import FilmFrames
from ..frames.part_file import to_floats
from ..frames.window import FrameWindow
from ..plan.fingerprint import Span, StageFingerprint
from . import measures
from .account import Account
from .element_window import ElementWindow
from .masks import Masks
from .stage_job import StageJob, for_span


class Stored(Protocol):
    """Frames as stored, of which some are asked for at a time."""

    def __getitem__(self, frames: slice, /) -> np.ndarray:
        """Those of a slice, (n, channels, height, width)."""


class StoredFrames:
    """Film frames from `first` on, read from a window when they are asked for."""

    def __init__(self, window: FrameWindow, first: int) -> None:
        self._window, self._first = window, first

    def __getitem__(self, frames: slice) -> np.ndarray:
        """Those of a slice with both ends, (n, channels, height, width)."""
        return self._window.integers(self._first + frames.start, self._first + frames.stop)


@dataclass(frozen=True, kw_only=True)
class Block:
    """Consecutive output frames of one shot, before the engine has run."""

    engine: PixelEngine | None
    """None if the frames stay as they are."""
    clip: Clip | None
    original: Stored
    """The film's frames at these places."""
    first: int
    """The film's number of original[0]; of frames at other moments, that of the frame before."""
    count: int
    """How many there are."""
    protected: np.ndarray | None = None
    """Pixels that must stay as they are, bool (n, height, width)."""


def element_windows(job: StageJob) -> list[ElementWindow]:
    """The frames of each other element that a part reads."""
    places = job.fingerprint.elements
    return [
        ElementWindow(paths, job.fingerprint.bounds, place) for paths, place in zip(job.elements, places, strict=True)
    ]


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
    # What is marked, and what other elements show, is held for a whole block.
    whole = not (masks.any or others)
    for number, span in enumerate(fingerprint.spans):
        engine = for_span(loaded, fingerprint, span)
        plan = _planned(engine, job.measures, span, account)
        begin, end = max(span.start, fingerprint.first), min(span.stop, fingerprint.stop)
        for start, stop in _blocks_of(engine, span, range(begin, end), window, masks.edges, whole):
            if engine is None:
                stored = window.integers(start, stop)
                yield Block(engine=None, clip=None, original=stored, first=start, count=stop - start)
                continue
            seen = windows.sight(engine.card, start, stop, range(span.start, span.stop))
            low, high = max(window.first, seen.start), min(window.stop, seen.stop)
            core = slice(start - low, stop - low)
            frames, original = _read(window, low, high, core, in_turn=engine.card.in_turn)
            marked, protected = masks.of(number, low, high, core)
            clip = Clip(
                frames=frames,
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
                original=original,
                first=start,
                count=stop - start,
                protected=None if protected is None else protected[core],
            )


def _read(window: FrameWindow, low: int, high: int, core: slice, *, in_turn: bool) -> tuple[np.ndarray, Stored]:
    """Frames low..high as an engine takes them, and those of the core as stored; in turn: when they are asked for."""
    if in_turn:
        return cast(np.ndarray, FilmFrames(window, range(low, high))), StoredFrames(window, low + core.start)
    stored = window.integers(low, high)
    return to_floats(stored, window.format.depth), stored[core]


def _blocks_of(
    engine: PixelEngine | None, span: Span, frames: range, window: FrameWindow, edges: set[int], whole: bool
) -> Iterator[tuple[int, int]]:
    """Runs (start, stop) of the `frames` of a shot that an engine works on at once, across no edge.

    whole: as many as there are, if it works on them in turn.
    """
    if engine is None:
        return block_edges(frames.start, frames.stop, window.block_length(), edges)
    edges = {*edges, *windows.edges(engine.card, range(span.start, span.stop))}
    length = engine.card.window or window.block_length(engine.card.radius)
    return block_edges(frames.start, frames.stop, len(frames) if whole and engine.card.in_turn else length, edges)


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
                yield Block(engine=None, clip=None, original=original, first=before, count=1)
            continue
        # All moments between two frames at once: their motion is measured once.
        pair = to_floats(np.concatenate([original, window.integers(after, after + 1)]), window.format.depth)
        plan = {"times": np.array(shares), "lost": np.array([lost for _, lost in moments])}
        clip = Clip(frames=pair, core=slice(0, len(shares)), first=before, plan=plan)
        originals, span = np.repeat(original, len(shares), axis=0), fingerprint.spans[shot]
        yield Block(
            engine=for_span(loaded, fingerprint, span), clip=clip, original=originals, first=before, count=len(shares)
        )


def _own_frames(fingerprint: StageFingerprint, span: Span) -> OwnFrames:
    """The film's own frames in a shot: all that are neither repeated by a rule nor missing."""
    stretches = tuple(parse(text) for text in (span.options or {}).get("repeats", ()))
    return OwnFrames(start=span.start, stop=span.stop, stretches=stretches, absent=frozenset(fingerprint.absent))
