"""Agents: the programs, engines and people that had a part in a restoration, from its recipe and decisions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import Any

from ..plan.config import STEPS
from .premis import Agent

PERFORMS, DECIDES = "executing program", "authorizer"
"""The roles of a program or an engine, and of a person, in an event."""


@dataclass(frozen=True, kw_only=True)
class Agents:
    """Everything and everybody that restored a film."""

    answerprint: Agent
    ffmpeg: Agent
    snakemake: Agent
    bagit: Agent
    mediainfo: Agent
    engines: Mapping[str, Agent]
    """By stage/engine or step/engine; what looks for faces and voices by its purpose."""
    people: tuple[Agent, ...]

    def all(self) -> list[Agent]:
        """All of them: programs, engines, people."""
        programs = [self.answerprint, self.ffmpeg, self.snakemake, self.bagit, self.mediainfo]
        return [*programs, *self.engines.values(), *self.people]


def of(recipe: Mapping[str, Any], people: Sequence[str]) -> Agents:
    """The agents of a restoration: its recipe names the engines and programs; people signed decisions."""
    environment = recipe.get("environment") or {}
    version = str(recipe["answerprint"])
    ran_on = tuple(f"{name}: {environment[name]}" for name in ("python", "system", "processor") if name in environment)
    return Agents(
        answerprint=Agent(name="answerprint", version=version, notes=ran_on),
        ffmpeg=Agent(name="FFmpeg libavcodec", version=str(environment.get("ffmpeg (libavcodec)", ""))),
        snakemake=Agent(name="Snakemake", version=str(environment.get("snakemake", ""))),
        bagit=Agent(name="bagit-python", version=metadata.version("bagit")),
        mediainfo=Agent(name="MediaInfo, by pymediainfo", version=metadata.version("pymediainfo")),
        engines=dict(_engines(recipe, version)),
        people=tuple(Agent(name=name, kind="person") for name in people),
    )


def engine_of(step: str, recipe: Mapping[str, Any]) -> str:
    """The name of the engine of a step that is no stage, step/engine; empty for none."""
    used = (recipe.get("configuration") or {}).get(step) or {}
    return f"{step}/{used['engine']}" if used.get("engine") else ""


def _engines(recipe: Mapping[str, Any], version: str) -> Iterator[tuple[str, Agent]]:
    used: dict[str, tuple[str, ...]] = {}
    for stage, row in (recipe.get("engines") or {}).items():
        facts = {"class": row.get("class"), "digest of its code": row.get("code"), "licence": row.get("licence")}
        weights = tuple(f"weights {name}: SHA-256 {digest}" for name, digest in (row.get("weights") or {}).items())
        used[f"{stage}/{row['engine']}"] = (*(f"{key}: {value}" for key, value in facts.items() if value), *weights)
    for step in STEPS:
        if engine_of(step, recipe):
            used.setdefault(engine_of(step, recipe), ())
    for row in recipe.get("models") or ():
        notes = used.setdefault(row["use"], ())
        if not any(f"weights {row['name']}:" in note for note in notes):
            used[row["use"]] = (*notes, _weights(row))
    for name, notes in used.items():
        yield name, Agent(name=name, version=version, notes=notes)


def _weights(row: Mapping[str, Any]) -> str:
    """Weights in words: their digest, or the package whose version says which they are."""
    known = f"SHA-256 {row['sha256']}" if row.get("sha256") else row.get("source", "of the user's own")
    return f"weights {row['name']}: {known}" + (f"; licence: {row['licence']}" if row.get("licence") else "")
