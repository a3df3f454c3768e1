"""Shots: where they begin and end, and what a person decided about their cuts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

import numpy as np

from .errors import FilmError

Transition = Literal["cut", "dissolve", "fade"]
TRANSITIONS = get_args(Transition)


@dataclass(frozen=True, kw_only=True)
class Shot:
    """Frames start..stop (exclusive) of a film; `transition` is how it begins."""

    start: int
    stop: int
    transition: Transition = "cut"


def from_json(rows: Iterable[dict[str, Any]]) -> tuple[Shot, ...]:
    """The shots written in a shots.json."""
    return tuple(Shot(**row) for row in rows)


def to_json(shots: Iterable[Shot]) -> list[dict[str, Any]]:
    """Shots as shots.json holds them."""
    return [asdict(shot) for shot in shots]


def from_starts(starts: dict[int, Transition], frames: int) -> tuple[Shot, ...]:
    """The shots of a film of `frames` frames that begin at the given frames; the first always begins at 0."""
    points = sorted({0, *(start for start in starts if 0 < start < frames)})
    return tuple(
        Shot(start=start, stop=stop, transition=starts.get(start, "cut"))
        for start, stop in zip(points, [*points[1:], frames], strict=True)
    )


@dataclass(frozen=True, kw_only=True)
class CutDecisions:
    """What a person decided about cuts: frames at which a shot begins, added, moved or struck."""

    add: tuple[tuple[int, Transition], ...] = ()
    move: tuple[tuple[int, int], ...] = ()
    strike: tuple[int, ...] = ()


def decided(found: tuple[Shot, ...], decisions: CutDecisions) -> tuple[Shot, ...]:
    """The shots found, with a person's decisions carried out. Raises FilmError when there is no such cut or frame."""
    frames = found[-1].stop
    starts: dict[int, Transition] = {shot.start: shot.transition for shot in found}
    for frame in decisions.strike:
        _expect_cut(frame, starts, "strike")
        del starts[frame]
    for old, new in decisions.move:
        _expect_cut(old, starts, "move")
        _expect_frame(new, frames)
        starts[new] = starts.pop(old)
    for frame, transition in decisions.add:
        _expect_frame(frame, frames)
        starts[frame] = transition
    return from_starts(starts, frames)


def _expect_cut(frame: int, starts: dict[int, Transition], what: str) -> None:
    if frame not in starts or frame == 0:
        cuts = ", ".join(str(start) for start in sorted(starts) if start) or "none"
        raise FilmError(f"The decisions {what} a cut at frame {frame}, but there is none.", f"Cuts found: {cuts}.")


def _expect_frame(frame: int, frames: int) -> None:
    if not 0 < frame < frames:
        raise FilmError(
            f"The decisions put a cut at frame {frame}, outside the film.", f"Frames run from 1 to {frames - 1}."
        )


def overlapping(shots: Iterable[Shot], start: int, stop: int) -> list[Shot]:
    """The shots that have frames between start and stop."""
    return [shot for shot in shots if shot.start < stop and shot.stop > start]


def from_probabilities(
    single: np.ndarray, whole: np.ndarray, proxy: np.ndarray, threshold: float
) -> dict[int, Transition]:
    """Frames at which shots begin, from a network's probabilities, one a frame.

    `single` marks one frame a transition, `whole` all frames of it. A shot begins after a marked frame (TransNet V2
    marks the last frame before a cut). A transition of three frames and more is a fade where the picture in it
    is nearly black or white and even, else a dissolve; the shot then begins at its middle.
    """
    starts: dict[int, Transition] = {}
    marked = whole > threshold
    edges = np.flatnonzero(np.diff(np.concatenate([[0], marked.astype(np.int8), [0]])))
    covered = np.zeros(len(single), bool)
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        if end - begin >= 3 and (single[begin:end] > threshold).any():
            covered[max(0, begin - 1) : end + 1] = True
            starts[int(begin + end) // 2] = _gradual(proxy[begin:end])
    peaks = np.flatnonzero(np.diff(np.concatenate([[0], (single > threshold).astype(np.int8), [0]])))
    for begin, end in zip(peaks[::2], peaks[1::2], strict=True):
        if not covered[begin:end].any():
            starts[int(begin + np.argmax(single[begin:end])) + 1] = "cut"
    return starts


def _gradual(pictures: np.ndarray) -> Transition:
    spread = pictures.reshape(len(pictures), -1).std(axis=1)
    return "fade" if spread.min() < 6 else "dissolve"


def begin_after_black(proxy: np.ndarray, black: int) -> dict[int, Transition]:
    """The frames at which a picture comes back after being faded to under `black` (0..255) for a frame or more."""
    dark = proxy.reshape(len(proxy), -1).mean(axis=1) < black
    edges = np.flatnonzero(np.diff(np.concatenate([[False], dark, [False]]).astype(np.int8)))
    middles = [int(begin + end) // 2 for begin, end in zip(edges[::2], edges[1::2], strict=True)]
    return {frame: "fade" for frame in middles if 0 < frame < len(proxy) - 1}
