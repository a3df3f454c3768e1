"""What a person says of the colours of a shot, and what it takes the place of: dyes that were measured, a tint."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..film.shots import Shot
from . import named_frames
from .chain import Chain
from .decisions import ShotDecision
from .suggestions import DYES

COLORIZE, DYES_STAGE, TINT = "colorize", "dyes", "tint"
UNTINTED = "somebody coloured it"
"""Why such a shot is not tinted."""
ANY = "any"
"""The stock of a film of which none is named."""


def standing(
    automatic: Sequence[ShotDecision], said: Sequence[ShotDecision], shots: Sequence[Shot], chain: Chain
) -> tuple[ShotDecision, ...]:
    """What `stages: auto` resolved to, less the dye shares of shots for which a person names a picture or a stock.

    With those shares nothing would be left to measure by it. Raises FilmError for a decision on a frame that the film
    does not have.
    """
    if DYES_STAGE not in chain.stages:
        return tuple(automatic)
    configured = vars(chain.stages[DYES_STAGE].options)
    rows = named_frames.by_shot([one for one in said if one.options.get(DYES_STAGE)], shots)
    steered = {
        shot for shot in shots if _steered(shot, [configured, *(one.options[DYES_STAGE] for one in rows.get(shot, ()))])
    }
    return tuple(
        _without_shares(one) if one.options.get(DYES_STAGE) and named_frames.shot_of(one, shots) in steered else one
        for one in automatic
    )


def coloured(options: Mapping[str, Any] | None, shot: Shot) -> bool:
    """Whether by the options of `colorize` somebody coloured a shot. Pictures of a `scene` may fit it or not."""
    return options is not None and (bool(options.get("like")) or _names_frame(COLORIZE, options, shot))


def _steered(shot: Shot, rows: Iterable[Mapping[str, Any] | None]) -> bool:
    """Whether options of `dyes`, each row laid over those before, say by what a shot is measured."""
    values = {name: value for row in rows for name, value in (row or {}).items()}
    return values.get("stock", ANY) != ANY or _names_frame(DYES_STAGE, values, shot)


def _names_frame(stage: str, values: Mapping[str, Any], shot: Shot) -> bool:
    """Whether options say something of a frame of a shot."""
    return any(shot.start <= frame < shot.stop for _, frame in named_frames.frames_of({stage: values}))


def _without_shares(decision: ShotDecision) -> ShotDecision:
    kept = {name: value for name, value in (decision.options[DYES_STAGE] or {}).items() if name not in DYES}
    return replace(decision, options={**decision.options, DYES_STAGE: kept})
