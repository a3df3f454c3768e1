"""The ledger of models: what published weights a film was restored with, their licences, and where they came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .. import engines
from ..engines import models
from ..plan.chain import Chain
from ..plan.film_sheet import FilmRow

STEPS = ("speech", "speaking", "identity")
"""Steps whose engines may read weights, besides the stages."""


def rows(film: FilmRow, chain: Chain, settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each model that the engines of a film read, in the order of the film.

    A row has name, use ("upscale/spandrel"), licence, paper, sha256 and source; weights that the registry does not know
    have their name and use alone.
    """
    return [_row(name, use) for name, use in dict(_used(film, chain, settings)).items()]


def _used(film: FilmRow, chain: Chain, settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Names of weights, and the engine that reads each."""
    ran = {stage for edition in film.editions or chain.editions for _, stage in chain.lineage(edition)}
    for name, stage in chain.stages.items():
        if name in ran and getattr(stage.options, "weights", None):
            yield stage.options.weights, f"{name}/{stage.engine}"
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
