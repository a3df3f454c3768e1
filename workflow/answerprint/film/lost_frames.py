"""Lost frames: where frames were torn out of a shot, how many, and what becomes of the sound there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from ..runtime.errors import FilmError
from .shots import Shot

MOST = 6
"""Frames in a row that are drawn anew, at most: beyond that too little is known of what happened between."""
Sound = Literal["silence", "leave"]
"""silence: as much silence is inserted, so that the sound stays with its picture; leave: the sound is whole, and the
picture comes into step with it again."""
SOUNDS: tuple[Sound, ...] = get_args(Sound)


@dataclass(frozen=True, kw_only=True)
class LostFrames:
    """Frames lost after a frame of the film."""

    after: int
    """The film frame before the gap."""
    frames: int
    sound: Sound


def ordered(lost: Sequence[LostFrames]) -> tuple[tuple[int, int], ...]:
    """Film frames and how many were lost after them, in order."""
    return tuple(sorted((gap.after, gap.frames) for gap in lost))


def require_inside(lost: Sequence[LostFrames], shots: Sequence[Shot]) -> None:
    """Raises FilmError for frames lost outside the film, or between two shots, where nothing leads across."""
    for gap in lost:
        if not any(shot.start <= gap.after < shot.stop - 1 for shot in shots):
            raise FilmError(
                f"Frames lost after frame {gap.after} are not inside a shot.",
                "Frames are drawn only between two of the same shot: see shots.json, or leave the decision out.",
            )
    twice = [gap.after for gap in lost]
    for after in twice:
        if twice.count(after) > 1:
            raise FilmError(f"Two decisions say what was lost after frame {after}.", "Keep one of them.")
