"""Briefs: everything that determines the pixels of one part at one stage, as plain values.

A brief travels as the `params` of a job, so it decides what runs again: a job's brief holds the options of the
shots that it touches, for its own stage and all before it. A decision on one shot therefore changes the briefs
of the parts that hold frames of that shot, and no others.
"""

from __future__ import annotations

import dataclasses
import errno
import os
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..engines import models
from ..film import shots
from ..film.parts import Part, sections
from ..film.shots import Shot
from ..runtime.code_digest import digest_of
from ..runtime.errors import FilmError
from ..runtime.files import digest, read_json, sha256
from . import auto_decisions, decisions, regions
from .chain import INGEST, SOURCE, Chain, Stage
from .decisions import Decisions, ShotDecision
from .regions import Region

FACTS, PARTS = "survey/facts.json", "cut_parts/parts.json"
DETECTED, SHOTS = "detect_shots/shots.json", "shots.json"
"""The small files of a film's folder that say how it is cut; the last to be made is SHOTS."""
MATTE = "matte/facts.json"
"""The small file that says what a film's matte is."""
ORIGIN = (
    *("sha256", "rate", "frames", "working_depth", "grey", "pulldown"),
    *("field_order", "colour", "rotation", "damaged"),
)
"""The facts of a source that determine its ingested pixels."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cut:
    """How one film is cut: its length, rate and working depth, parts, and shots as decided."""

    frames: int
    rate: Fraction
    depth: int
    origin: str
    """A digest of the facts that determine the ingested pixels."""
    parts: tuple[Part, ...]
    shots: tuple[Shot, ...]
    matte: str = ""
    """A digest of the facts of the film's matte; empty where it has none."""


def cut_of(folder: str, decided: Decisions, matte: bool = False) -> Cut:
    """The cut of a film from the small files in its folder of results; `matte`: whether it has a matte."""
    facts, rows, found = (read_json(f"{folder}/{name}") for name in (FACTS, PARTS, DETECTED))
    return Cut(
        frames=facts["frames"],
        rate=Fraction(facts["rate"]),
        depth=facts["working_depth"],
        origin=digest([{key: facts.get(key) for key in ORIGIN}, digest_of("film/ingest.py")]),
        parts=tuple(Part(**row) for row in rows),
        shots=shots.decided(shots.from_json(found), decided.cuts),
        matte=_matte_digest(Path(folder, MATTE)) if matte else "",
    )


def _matte_digest(path: Path) -> str:
    """A digest of what determines a film's marks. The rule that needs it waits for the file, and then looks again."""
    facts = read_json(path) if path.exists() else {}
    return digest([facts.get(key) for key in ("sha256", "defects", "threshold", "grow")] + [digest_of("film/matte.py")])


class Briefs:
    """The briefs of one film."""

    def __init__(self, cut: Cut, chain: Chain, decided: Decisions, device: str = "cpu") -> None:
        self._cut, self._chain, self._device = cut, chain, device
        self._decided: dict[Shot, list[ShotDecision]] = {}
        for decision in decided.shots:
            decisions.check_frame(decision, cut.frames)
            shot = next(shot for shot in cut.shots if shot.start <= decision.at < shot.stop)
            self._decided.setdefault(shot, []).append(decision)
        self._regions: dict[Shot, list[Region]] = {}
        for region in decided.regions:
            shot = regions.shot_of(region, cut.shots)
            self._regions.setdefault(shot, []).append(region)
            if region.what == "remove" and any(
                one.options.get("clean", {}) is None for one in self._decided.get(shot, ())
            ):
                raise FilmError(
                    f"The region to remove at frame {region.keys[0][0]} lies in a shot that leaves out clean.",
                    "Clean repairs it: take one of the two decisions back.",
                )
        self._options: dict[tuple[str, Shot], tuple[dict[str, Any] | None, str]] = {}
        self._upstream: dict[tuple[str, str, int], str] = {}

    def ingest(self, index: int) -> dict[str, Any]:
        """The brief of ingesting one part."""
        part = self._cut.parts[index]
        return {"stage": INGEST, "part": index, "first": part.first, "stop": part.stop, "origin": self._cut.origin}

    def stage(self, edition: str, name: str, index: int) -> dict[str, Any]:
        """The brief of one part at one stage."""
        part, stage = self._cut.parts[index], self._chain.stages[name]
        rows = self._spans(stage, part)
        return {
            "edition": edition,
            "stage": name,
            "part": index,
            "engine": stage.engine,
            "device": self._device if stage.card.gpu else "cpu",
            "depth": self._cut.depth,
            "first": part.first,
            "stop": part.stop,
            "parts": self._beside(range(index, index + 1), stage.radius),
            "rate": str(self._cut.rate),
            "film_frames": self._cut.frames,
            "spans": rows,
            "marks": self._marks(edition, name, index),
            "digest": digest([code(name, stage.engine), _attachments(rows)]),
            "before": self._before(edition, name, index),
        }

    def measure(self, edition: str, name: str, section: int) -> dict[str, Any]:
        """The brief of measuring one section for a stage; cuts and the options of a shot do not matter to it."""
        stage = self._chain.stages[name]
        own = sections(len(self._cut.parts))[section]
        return {
            "edition": edition,
            "stage": name,
            "engine": stage.engine,
            "device": "cpu",
            "first": self._cut.parts[own.start].first,
            "stop": self._cut.parts[own.stop - 1].stop,
            "parts": self._beside(own, stage.card.measure_radius),
            "options": dataclasses.asdict(stage.options),
            "digest": code(name, stage.engine),
            "before": [self._before(edition, name, index) for index in own],
        }

    def regions(self) -> dict[str, dict[str, Any]]:
        """The brief of following all regions of the film: what has to be followed, by a name that stands for it."""
        return dict(self._task(shot, region) for shot, decided in self._regions.items() for region in decided)

    def _task(self, shot: Shot, region: Region) -> tuple[str, dict[str, Any]]:
        task = regions.task(region, shot)
        return digest([task, self._cut.origin, digest_of("stages/track_regions.py")]), task

    def _marks(self, edition: str, name: str, index: int) -> dict[str, Any] | None:
        """What mattes and regions say of the shots that a part touches, and the stages that carry it to this one."""
        part = self._cut.parts[index]
        touched = shots.overlapping(self._cut.shots, part.first, part.stop)
        found: dict[str, list[str]] = {"remove": [], "protect": []}
        for shot in touched:
            for region in self._regions.get(shot, ()):
                if name in region.stages:
                    found[region.what].append(self._task(shot, region)[0])
        matte = self._cut.matte if name in regions.MENDING else ""
        if not (matte or any(found.values())):
            return None
        return {
            "matte": matte,
            **found,
            "carried": [self._carrier(*step, part) for step in regions.carriers(self._chain, edition, name)],
        }

    def _carrier(self, edition: str, name: str, part: Part) -> dict[str, Any]:
        stage = self._chain.stages[name]
        spans = self._spans(stage, part)
        return {"edition": edition, "stage": name, "engine": stage.engine, "scale": stage.scale, "spans": spans}

    def _spans(self, stage: Stage, part: Part) -> list[dict[str, Any]]:
        """The shots that a part touches, with a stage's options for each (None: left out) and why."""
        rows = []
        for shot in shots.overlapping(self._cut.shots, part.first, part.stop):
            options, why = self._of_shot(stage, shot)
            rows.append({"start": shot.start, "stop": shot.stop, "options": options, "why": why})
        return rows

    def _of_shot(self, stage: Stage, shot: Shot) -> tuple[dict[str, Any] | None, str]:
        if (stage.name, shot) not in self._options:
            options: dict[str, Any] | None = dataclasses.asdict(stage.options)
            why = ""
            for decision in self._decided.get(shot, ()):
                if stage.name in decision.options:
                    changed, why = decision.options[stage.name], decision.why
                    options = None if changed is None else dataclasses.asdict(stage.changed(changed, options))
            self._options[stage.name, shot] = options, why
        return self._options[stage.name, shot]

    def _before(self, edition: str, name: str, index: int) -> str:
        """A digest of what happened to the frames of a part's shots before a stage."""
        key = (edition, name, index)
        if key not in self._upstream:
            before = self._chain.before(edition, name)
            if before[0] == SOURCE:
                self._upstream[key] = self._cut.origin
            else:
                stage = self._chain.stages[before[1]]
                rows = self._spans(stage, self._cut.parts[index])
                done = [stage.name, stage.engine, rows, code(stage.name, stage.engine), _attachments(rows)]
                self._upstream[key] = digest([self._before(*before, index), done, self._marks(*before, index)])
        return self._upstream[key]

    def _beside(self, own: range, radius: int) -> list[list[int]]:
        """Bounds of parts, and of those beside them when a stage looks at neighbouring frames."""
        near = (
            self._cut.parts[max(0, own.start - 1) : own.stop + 1] if radius else self._cut.parts[own.start : own.stop]
        )
        return [[part.first, part.stop] for part in near]


class Desk:
    """The briefs of all films of a run; worked out anew when a film is cut or decided otherwise."""

    def __init__(self, chain: Chain, device: str = "cpu") -> None:
        self._chain, self._device = chain, device
        self._briefs: dict[str, tuple[Any, Briefs]] = {}

    def of(self, folder: str, decisions_file: Path | None, matte: bool = False, resolved: bool = False) -> Briefs:
        """The briefs of the film with that folder of results, and with a matte or without.

        `resolved`: with the decisions that `stages: auto` resolved to, before a person's. Raises FileNotFoundError
        while its cut, or what is resolved, is not known.
        """
        key = f"{folder} {resolved}"
        state = [matte, *_state(folder, decisions_file, resolved)]
        if key not in self._briefs or self._briefs[key][0] != state:
            decided = decisions.read(decisions_file)
            try:
                cut = cut_of(folder, decided, matte)
                if resolved:
                    decided = decisions.after(decisions.read(Path(folder, auto_decisions.FILE)), decided)
                self._briefs[key] = state, Briefs(cut, self._chain, decided, self._device)
            except FilmError as error:
                raise FilmError(f"{decisions_file}: {error.message}", error.hint) from error
        return self._briefs[key][1]


def _state(folder: str, decisions_file: Path | None, resolved: bool) -> list[tuple[int, int]]:
    """When the files that briefs are made of changed, and how long they are."""
    files = [f"{folder}/{name}" for name in (FACTS, PARTS, DETECTED)]
    files += [str(path) for path in (decisions_file, f"{folder}/{MATTE}") if path and os.path.exists(path)]
    if resolved:
        files.append(f"{folder}/{auto_decisions.FILE}")
        if not os.path.exists(files[-1]):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), files[-1])
    try:
        found = [os.stat(file) for file in files]
    except FileNotFoundError as error:
        # Snakemake takes it for a file that will be made when it is an input of the job, as the last of them is.
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), f"{folder}/{SHOTS}") from error
    return [(status.st_mtime_ns, status.st_size) for status in found]


@lru_cache
def code(stage: str, engine: str) -> str:
    """The digest of an engine's code: its file and every module of this package that it imports, at any depth."""
    return digest_of(f"engines/{stage}/{engine}.py", "stages/run.py")


def _attachments(rows: list[dict[str, Any]]) -> list[list[str]]:
    """Names and checksums of the files that options name: weights, reference pictures."""
    names = set()
    for row in rows:
        for key, value in (row["options"] or {}).items():
            if key == "weights" and value:
                names.add(str(models.place(value)))
            for item in value if isinstance(value, (list, tuple)) else [value]:
                if isinstance(item, str) and item:
                    names |= {item, item.partition("=")[2].strip() or item}
    named = [(name, _file_digest(Path(name).expanduser())) for name in sorted(names) if len(name) < 1024]
    # Of a file only its name and content count: the folder may be another on another machine.
    return [[Path(name).name, found] for name, found in named if found]


def require(briefs: Briefs, records: list[dict[str, Any]]) -> None:
    """Raises FilmError when frames were made for another brief than the one that holds now."""
    for record in records:
        now = briefs.stage(record["edition"], record["stage"], record["part"])
        if record["brief"] != digest(now):
            raise FilmError(
                f"Part {record['part'] + 1} at stage {record['stage']} of {record['edition']} was made for other "
                "options or decisions than those that hold now.",
                "Run the same command again.",
            )


def _file_digest(path: Path) -> str:
    if not path.is_file():
        return ""
    status = path.stat()
    return _sha256(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=4096)
def _sha256(path: Path, changed: int, size: int) -> str:
    return sha256(path)
