"""Decisions: what a person decided for one film, from config/decisions/<film>.yaml.

cuts:
  add:    [{frame: 120, transition: cut, why: two takes joined}]
  move:   [{from: 200, to: 202, why: dissolve begins later}]
  strike: [{frame: 88, why: a flash, no cut}]
shots:
  - at: 130                      # the shot that holds frame 130
    clean: {strength: 0.4}       # any stage's options; false leaves the stage out of this shot
    why: snow is no dirt
speakers:
  names: {Person 1: Anna}
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from .chain import STAGES
from .errors import FilmError, choices
from .files import read_yaml
from .shots import CutDecisions

ALWAYS = ("upscale", "interpolate")
"""Stages that change the size or number of frames: a film has them in every shot or in none."""


@dataclass(frozen=True, kw_only=True)
class ShotDecision:
    """Options of stages for the shot that holds frame `at`; None leaves a stage out."""

    at: int
    options: dict[str, dict[str, Any] | None]
    why: str


@dataclass(frozen=True, kw_only=True)
class Decisions:
    """All decisions on one film."""

    cuts: CutDecisions = field(default_factory=CutDecisions)
    shots: tuple[ShotDecision, ...] = ()
    speakers: dict[str, Any] = field(default_factory=dict)
    rows: tuple[dict[str, Any], ...] = ()
    """Every decision with its why, as plain rows for the report."""


def read(path: Path | None) -> Decisions:
    """The decisions in a file; none when it does not exist. Raises FilmError for what cannot be understood."""
    if path is None or not path.exists():
        return Decisions()
    status = path.stat()
    return _read(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=1024)
def _read(path: Path, changed: int, size: int) -> Decisions:
    values = read_yaml(path) or {}
    if not isinstance(values, dict):
        raise FilmError(f"{path} is no table of decisions.", "It holds cuts:, shots: and speakers:.")
    for key in values:
        if key not in ("cuts", "shots", "speakers"):
            raise choices(f"key in {path}", str(key), ("cuts", "shots", "speakers"))
    rows: list[dict[str, Any]] = []
    cuts = _cuts(path, values.get("cuts") or {}, rows)
    shots = tuple(_shot(path, row, rows) for row in values.get("shots") or ())
    return Decisions(cuts=cuts, shots=shots, speakers=values.get("speakers") or {}, rows=tuple(rows))


def _cuts(path: Path, values: dict[str, Any], rows: list[dict[str, Any]]) -> CutDecisions:
    wanted = {"add": ("frame",), "move": ("from", "to"), "strike": ("frame",)}
    for what, items in values.items():
        if what not in wanted:
            raise choices(f"key under cuts in {path}", str(what), tuple(wanted))
        for item in items or ():
            for key in wanted[what]:
                if not isinstance(item, dict) or not isinstance(item.get(key), int):
                    raise FilmError(
                        f"In {path} a cut to {what} has no frame number '{key}'.",
                        f"Write it as {{{', '.join(f'{k}: 120' for k in wanted[what])}, why: ...}}.",
                    )
            if item.get("transition", "cut") not in ("cut", "dissolve", "fade"):
                raise choices(f"transition in {path}", str(item["transition"]), ("cut", "dissolve", "fade"))
            rows.append({"what": f"{what} cut", **item, "why": _why(path, item)})
    return CutDecisions(
        add=tuple((item["frame"], item.get("transition", "cut")) for item in values.get("add") or ()),
        move=tuple((item["from"], item["to"]) for item in values.get("move") or ()),
        strike=tuple(item["frame"] for item in values.get("strike") or ()),
    )


def _shot(path: Path, row: Any, rows: list[dict[str, Any]]) -> ShotDecision:
    if not isinstance(row, dict) or not isinstance(row.get("at"), int):
        raise FilmError(f"In {path} a shot does not say `at:` which frame it is.", "Give any frame of the shot.")
    options: dict[str, dict[str, Any] | None] = {}
    for stage, values in row.items():
        if stage in ("at", "why"):
            continue
        if stage not in STAGES:
            raise choices(f"stage in {path}", str(stage), STAGES)
        if values is False and stage in ALWAYS:
            raise FilmError(f"In {path} {stage} is left out of one shot.", "It changes the size or number of frames.")
        if values is not False and not isinstance(values, dict):
            raise FilmError(f"In {path} {stage} at frame {row['at']} is {values!r}.", "Give options, or false.")
        options[stage] = None if values is False else values
    why = _why(path, row)
    rows.append({"what": "shot options", "at": row["at"], **{k: v or False for k, v in options.items()}, "why": why})
    return ShotDecision(at=row["at"], options=options, why=why)


def _why(path: Path, row: dict[str, Any]) -> str:
    if not str(row.get("why") or "").strip():
        raise FilmError(f"A decision in {path} has no why: {row}.", "Say in a few words why it was taken.")
    return str(row["why"])
