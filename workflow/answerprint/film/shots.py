"""Shots: where they begin and end, and how a person's decisions change them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from ..runtime.errors import FilmError

Transition = Literal["cut", "dissolve", "fade"]
TRANSITIONS = get_args(Transition)
SURE = 0.9
"""A shot that begins with less confidence than this is listed in the report, for a person to decide."""


@dataclass(frozen=True, kw_only=True)
class Shot:
    """Frames start..stop (exclusive) of a film; `transition` is how it begins."""

    start: int
    stop: int
    transition: Transition = "cut"
    confidence: float = 1.0
    """How certain it is that a shot begins here, 0..1; 1 for the first shot and for what a person decided."""


def from_json(rows: Iterable[dict[str, Any]]) -> tuple[Shot, ...]:
    """The shots written in a shots.json."""
    return tuple(Shot(**row) for row in rows)


def to_json(shots: Iterable[Shot]) -> list[dict[str, Any]]:
    """Shots as shots.json holds them."""
    return [asdict(shot) for shot in shots]


def from_starts(
    starts: Mapping[int, Transition], frames: int, confidence: Mapping[int, float] | None = None
) -> tuple[Shot, ...]:
    """The shots of a film of `frames` frames that begin at the given frames; the first always begins at 0.

    `confidence`, 0..1, is given by frame as well; a start without one is certain.
    """
    confidence = confidence or {}
    points = sorted({0, *(start for start in starts if 0 < start < frames)})
    return tuple(
        Shot(start=start, stop=stop, transition=starts.get(start, "cut"), confidence=confidence.get(start, 1.0))
        for start, stop in zip(points, [*points[1:], frames], strict=True)
    )


@dataclass(frozen=True, kw_only=True)
class CutDecisions:
    """A person's decisions about cuts, by the frame at which a shot begins: cuts to add, move (old, new) or strike."""

    add: tuple[tuple[int, Transition], ...] = ()
    move: tuple[tuple[int, int], ...] = ()
    strike: tuple[int, ...] = ()


def decided(detected: tuple[Shot, ...], decisions: CutDecisions) -> tuple[Shot, ...]:
    """The detected shots after a person's decisions. Raises FilmError when there is no such cut or frame.

    A cut that was added or moved is certain, even where it was detected with little confidence.
    """
    frames = detected[-1].stop
    starts: dict[int, Transition] = {shot.start: shot.transition for shot in detected}
    confidence = {shot.start: shot.confidence for shot in detected}
    for frame in decisions.strike:
        _expect_cut(frame, starts, "strike")
        del starts[frame]
    moved: dict[int, Transition] = {}
    for old, new in decisions.move:
        _expect_cut(old, starts, "move")
        _expect_frame(new, frames)
        moved[new] = starts.pop(old)
        confidence[new] = 1.0
    targets = [new for _, new in decisions.move]
    for frame in targets:
        if frame in starts or targets.count(frame) > 1:
            raise FilmError(
                f"The decisions move two cuts to frame {frame}.", "Strike one of them, or move it somewhere else."
            )
    starts |= moved
    for frame, transition in decisions.add:
        _expect_frame(frame, frames)
        starts[frame] = transition
        confidence[frame] = 1.0
    return from_starts(starts, frames, confidence)


def _expect_cut(frame: int, starts: dict[int, Transition], action: str) -> None:
    if frame not in starts or frame == 0:
        cuts = ", ".join(str(start) for start in sorted(starts) if start) or "none"
        raise FilmError(f"The decisions {action} a cut at frame {frame}, but there is none.", f"Detected cuts: {cuts}.")


def _expect_frame(frame: int, frames: int) -> None:
    if not 0 < frame < frames:
        raise FilmError(
            f"The decisions put a cut at frame {frame}, outside the film.", f"Frames run from 1 to {frames - 1}."
        )


def overlapping(shots: Iterable[Shot], start: int, stop: int) -> list[Shot]:
    """The shots that share frames with start..stop (exclusive)."""
    return [shot for shot in shots if shot.start < stop and shot.stop > start]
