"""Briefs: everything that determines the pixels of one part at one stage, as plain values.

A brief travels as the `params` of a job, so it decides what runs again: a job's brief holds the options of the
shots that it touches, for its own stage and all before it. A decision on one shot therefore changes the briefs
of the parts that hold frames of that shot, and no others.
"""

from __future__ import annotations

import ast
import dataclasses
import hashlib
import json
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

from . import engines, ingest, parts, shots
from .chain import INGEST, SOURCE, Chain
from .decisions import Decisions
from .errors import FilmError
from .files import cached_json, sha256
from .ingest import Film
from .parts import Part
from .shots import Shot

PACKAGE = Path(__file__).parent


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cut:
    """How one film is cut: its facts, parts, and shots as decided."""

    film: Film
    parts: tuple[Part, ...]
    shots: tuple[Shot, ...]


def cut_of(source_json: str, parts_json: str, detected_json: str, decided: Decisions) -> Cut:
    """The cut of a film from its three small files. Raises FileNotFoundError while they are not there yet."""
    rows = cached_json(parts_json)
    found = shots.from_json(cached_json(detected_json))
    return Cut(
        film=ingest.film_from(cached_json(source_json)),
        parts=tuple(Part(**row) for row in rows),
        shots=shots.decided(found, decided.cuts),
    )


def spans(cut: Cut, chain: Chain, stage: str, part: Part, decided: Decisions) -> list[dict[str, Any]]:
    """The shots that a part touches, with this stage's options for each (None: left out) and why."""
    rows = []
    for shot in shots.overlapping(cut.shots, part.first, part.stop):
        options, why = dataclasses.asdict(chain.stages[stage].options), ""
        for decision in decided.shots:
            if decision.at >= cut.film.facts.frames:
                raise FilmError(
                    f"A decision is about frame {decision.at}, but the film ends at {cut.film.facts.frames - 1}."
                )
            if shot.start <= decision.at < shot.stop and stage in decision.options:
                changed = decision.options[stage]
                why = decision.why
                options = None if changed is None else _over(chain, stage, options or {}, changed)
        rows.append({"start": shot.start, "stop": shot.stop, "options": options, "why": why})
    return rows


def _over(chain: Chain, stage: str, options: dict[str, Any], changed: dict[str, Any]) -> dict[str, Any]:
    merged = {**options, **changed}
    return dataclasses.asdict(engines.options(stage, chain.stages[stage].engine, merged))


def of_stage(
    cut: Cut, chain: Chain, edition: str, stage: str, index: int, decided: Decisions, device: str
) -> dict[str, Any]:
    """The brief of one part at one stage."""
    part = cut.parts[index]
    rows = spans(cut, chain, stage, part, decided)
    engine = chain.stages[stage]
    return {
        "edition": edition,
        "stage": stage,
        "part": index,
        "engine": engine.engine,
        "device": device if engine.card.gpu else "cpu",
        "depth": cut.film.depth,
        "first": part.first,
        "stop": part.stop,
        "parts": _beside(cut, index, engine.card.radius),
        "rate": str(cut.film.facts.rate),
        "film_frames": cut.film.facts.frames,
        "spans": rows,
        "digest": _hash([code(engine.name, engine.engine), _attachments(rows)]),
        "before": upstream(cut, chain, edition, stage, index, decided),
    }


def upstream(cut: Cut, chain: Chain, edition: str, stage: str | None, index: int, decided: Decisions) -> str:
    """A digest of what happened to the frames of a part's shots before a stage (None: at the end of the edition)."""
    facts: list[Any] = [ingest.options_digest(cut.film)]
    for step_edition, step in chain.lineage(edition):
        if step_edition == SOURCE:
            continue
        if (step_edition, step) == (edition, stage):
            break
        rows = spans(cut, chain, step, cut.parts[index], decided)
        facts.append([step, chain.stages[step].engine, rows, code(step, chain.stages[step].engine), _attachments(rows)])
    return _hash(facts)


def of_measure(cut: Cut, chain: Chain, edition: str, stage: str, index: int, decided: Decisions) -> dict[str, Any]:
    """The brief of measuring one part for a stage; cuts and the stage's own per-shot options do not matter to it."""
    brief = of_stage(cut, chain, edition, stage, index, decided, "cpu")
    brief["spans"] = [{"options": dataclasses.asdict(chain.stages[stage].options)}]
    brief["parts"] = _beside(cut, index, chain.stages[stage].card.measure_radius)
    brief["digest"] = code(stage, chain.stages[stage].engine)
    return brief


def _beside(cut: Cut, index: int, radius: int) -> list[list[int]]:
    """Bounds of a part, and of those beside it when a stage looks at neighbouring frames."""
    return [[p.first, p.stop] for k, p in enumerate(cut.parts) if abs(k - index) <= (1 if radius else 0)]


def ingest_brief(cut: Cut, index: int) -> dict[str, Any]:
    """The brief of ingesting one part."""
    part = cut.parts[index]
    return {"stage": INGEST, "part": index, "first": part.first, "stop": part.stop, **ingest.options_digest(cut.film)}


@lru_cache
def code(stage: str, engine: str) -> str:
    """The digest of an engine's code: its file and every module of this package that it imports, at any depth."""
    seen: dict[Path, bytes] = {}
    _gather(PACKAGE / "engines" / stage / f"{engine}.py", seen)
    _gather(PACKAGE / "stage.py", seen)
    return _hash(
        [[str(path.relative_to(PACKAGE)), hashlib.sha256(text).hexdigest()] for path, text in sorted(seen.items())]
    )


def _gather(path: Path, seen: dict[Path, bytes]) -> None:
    if path in seen or not path.exists():
        return
    seen[path] = path.read_bytes()
    for node in ast.walk(ast.parse(seen[path])):
        if isinstance(node, ast.ImportFrom) and (node.level or (node.module or "").startswith("answerprint")):
            folder = path.parent
            for _ in range(node.level - 1):
                folder = folder.parent
            steps = (node.module or "").split(".") if node.module else []
            if not node.level:
                folder, steps = PACKAGE, steps[1:]
            base = folder.joinpath(*steps)
            for candidate in (base.with_suffix(".py"), *(base / f"{name.name}.py" for name in node.names)):
                if candidate.is_file():
                    _gather(candidate, seen)


def _attachments(rows: list[dict[str, Any]]) -> list[list[str]]:
    """Names and checksums of the files that options name: weights, reference pictures."""
    names = set()
    for row in rows:
        for value in (row["options"] or {}).values():
            for item in value if isinstance(value, (list, tuple)) else [value]:
                if isinstance(item, str) and item:
                    names |= {item, item.partition("=")[2] or item}
    return [[name, _file_digest(name)] for name in sorted(names) if _file_digest(name)]


def _file_digest(name: str) -> str:
    path = Path(name)
    if len(name) < 1024 and path.is_file():
        status = path.stat()
        return _sha256(path, status.st_mtime_ns, status.st_size)
    return ""


@lru_cache
def _sha256(path: Path, changed: int, size: int) -> str:
    return sha256(path)


def _hash(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:32]


def output_frames(frames: int, rate: Fraction, wanted: Fraction) -> int:
    """How many frames a film of `frames` has at another rate, so that it lasts as long."""
    return max(1, round(frames * wanted / rate))


def positions(first: int, stop: int, frames: int, rate: Fraction, wanted: Fraction) -> list[tuple[int, Fraction]]:
    """(output frame, place among the input frames) of the output frames that begin within first..stop."""
    ratio = rate / wanted
    last = output_frames(frames, rate, wanted)
    begin = -(-first // ratio)
    end = last if stop >= frames else min(last, int(-(-stop // ratio)))
    return [(k, k * ratio) for k in range(int(begin), end)]


def part_name(index: int) -> str:
    """How a part is called in file names."""
    return parts.name(index)
