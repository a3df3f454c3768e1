"""Frames that decisions on shots name: of the film, and of the shot that they are about."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..film.shots import Shot
from ..runtime.errors import FilmError
from .decisions import ShotDecision

OPTIONS = ("references", "strokes", "hints", "enhance", "leave", "protect")
"""Options of engines that say what is true of some frames, and change no frame of another shot."""
_FIRST = re.compile(r"\s*(\d+)\s*[=:]")


def shot_of(decision: ShotDecision, shots: Sequence[Shot]) -> Shot:
    """The shot that a decision is about. Raises FilmError for a frame outside the film, or outside that shot."""
    frames = shots[-1].stop
    if not 0 <= decision.at < frames:
        raise FilmError(
            f"A decision names the shot at frame {decision.at}, outside the film.",
            f"Frames run from 0 to {frames - 1}.",
        )
    shot = next(shot for shot in shots if shot.start <= decision.at < shot.stop)
    for name, frame in frames_of(decision.options):
        if not shot.start <= frame < shot.stop:
            raise FilmError(
                f"The decision on the shot at frame {decision.at} has {name} for frame {frame}, which lies in another "
                "shot or outside the film.",
                f"That shot has the frames {shot.start} to {shot.stop - 1}; give another shot a row of its own.",
            )
    return shot


def by_shot(decided: Sequence[ShotDecision], shots: Sequence[Shot]) -> dict[Shot, list[ShotDecision]]:
    """The decisions on each shot, in their order."""
    found: dict[Shot, list[ShotDecision]] = {}
    for decision in decided:
        found.setdefault(shot_of(decision, shots), []).append(decision)
    return found


def frames_of(options: Mapping[str, Mapping[str, Any] | None]) -> Iterator[tuple[str, int]]:
    """The options of stages that name frames, as stage.option, each with the frames that its entries begin with.

    An entry is "120=path", "120:0.4,0.5", {frame: 120, ...}, or a key of {120: path}.
    """
    for stage, values in options.items():
        for option in OPTIONS:
            entries: Any = (values or {}).get(option, ())
            for entry in [f"{frame}=" for frame in entries] if isinstance(entries, Mapping) else entries:
                text = f"{entry.get('frame')}:" if isinstance(entry, Mapping) else str(entry)
                match = _FIRST.match(text)
                if match:
                    yield f"{stage}.{option}", int(match[1])
