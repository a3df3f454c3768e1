"""The ledger of models: what published weights a film was restored with, their licences, and where they came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .. import engines
from ..engines import models
from ..plan import decisions
from ..plan.chain import Chain
from ..plan.decisions import Decisions
from ..plan.film_sheet import FilmRow

STEPS = ("speech", "speaking", "identity")
"""Steps whose engines may read weights, besides the stages."""
NO_DECISIONS = Decisions()


def rows(
    film: FilmRow, chain: Chain, settings: Mapping[str, Any], decided: Decisions = NO_DECISIONS
) -> list[dict[str, Any]]:
    """A row for each model that the engines of a film read, in the order of the film; in single shots, too.

    A row has name, use ("upscale/spandrel"), licence, paper, sha256 and source; weights that the registry does not know
    have their name and use alone.
    """
    used = [*_by_stages(film, chain, decided), *_by_steps(film, settings)]
    return [_row(name, use) for name, use in dict(used).items()]


def _by_stages(film: FilmRow, chain: Chain, decided: Decisions) -> Iterator[tuple[str, str]]:
    """Names of weights, and the engine that reads each."""
    ran = {stage for edition in film.editions or chain.editions for _, stage in chain.lineage(edition)}
    for name, stage in chain.stages.items():
        if name in ran and getattr(stage.options, "weights", None):
            for weights in (stage.options.weights, *decisions.weights(decided, name)):
                yield weights, f"{name}/{stage.engine}"


def _by_steps(film: FilmRow, settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The same for the steps that change no pixels."""
    for step in STEPS:
        # A film that brings its subtitles is not listened to.
        if step == "speech" and film.subtitles:
            continue
        values = dict(settings.get(step) or {})
        engine = values.pop("engine", "")
        weights = getattr(engines.options(step, engine, values), "weights", None) if engine else None
        if weights:
            yield weights, f"{step}/{engine}"


def _row(name: str, use: str) -> dict[str, Any]:
    if name not in models.registry():
        return {"name": name, "use": use}
    entry = models.find(name)
    return {
        "name": name,
        "use": use,
        "licence": entry.licence,
        "paper": entry.paper,
        "sha256": entry.sha256,
        "source": models.origin(entry) or "put there by hand",
    }
