"""The report of a film: one self-contained HTML file with pictures, numbers, reasons and checks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from markupsafe import Markup

from ..plan.chain import STAGES
from ..runtime.files import write_text
from . import census, gallery, stage_views, stills, verdict, worst
from .census import Census
from .facts import facts
from .gallery import Still
from .page import TEMPLATES, environment, script_data


@dataclass(frozen=True, kw_only=True)
class Edition:
    """One edition, as the report shows it."""

    name: str
    parent: str
    kind: str
    """repair, enhance or generate."""
    kinds: Mapping[str, str]
    """The class of each stage from the source to its end, in order."""
    added: Sequence[str]
    """Those stages that it adds to its parent's."""
    left_out: Mapping[str, str] = field(default_factory=dict)
    """Stages that did not run, and why."""
    records: Sequence[Mapping[str, Any]] = ()
    """The stage records of all parts, of the stages that it adds."""
    stills: Sequence[Path] = ()
    """Folders with an index.json, as `stills.write` writes them."""
    census: Census = field(default_factory=dict)
    prints: Sequence[Mapping[str, Any]] = ()
    """One mapping for each print: `file`, `size` in bytes, and any other facts by name."""
    check: Mapping[str, Any] | None = None
    """check.json: passed, and checks with name, expected, found, passed."""

    @property
    def says(self) -> str:
        """What was done to its pixels, in words."""
        return verdict.sentence(self.census, self.kinds, self.added) if self.census else ""

    @property
    def failed(self) -> int:
        """How many checks failed."""
        return sum(not row["passed"] for row in self.check["checks"]) if self.check else 0


@dataclass(frozen=True, kw_only=True)
class Report:
    """Everything that the report shows, as plain values."""

    source: Mapping[str, Any]
    """source.json."""
    shots: Sequence[Mapping[str, Any]]
    """shots.json."""
    editions: Sequence[Edition]
    """In the order of the film."""
    analysis: Sequence[Mapping[str, Any]] = ()
    """analysis.json: one mapping for each shot with numbers by name, and `suggests`."""
    transcript: Sequence[Mapping[str, Any]] = ()
    """transcript.json; empty if nobody speaks."""
    timeline: str = ""
    """The HTML that `timeline.markup` drew of the transcript."""
    clips: Mapping[str, str] = field(default_factory=dict)
    """The sound of lines, as `sound_clips.clips` gives it."""
    decisions: Sequence[Mapping[str, Any]] = ()
    """What a person decided: `what`, `why`, and `where` if it holds for a part of the film."""
    written: Mapping[str, Any] = field(default_factory=dict)
    """The film's file of decisions as plain values, which new ones are added to."""
    warnings: Sequence[str] = ()
    """Sentences to read first."""
    engines: Sequence[Mapping[str, Any]] = ()
    """The engines of the steps that are no stages: `step`, `name`, `licence`, `paper`."""
    models: Sequence[Mapping[str, Any]] = ()
    """Published weights that were used, as the recipe lists them."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """The versions of answerprint and its packages, and the digest of the recipe."""
    most_bytes: int = gallery.MOST_BYTES
    """Of all pictures."""

    @property
    def title(self) -> str:
        """The film's title, or else its name."""
        return str(self.source.get("title") or self.source["film"])

    @property
    def rate(self) -> Fraction:
        """Frames a second."""
        return Fraction(self.source["rate"])

    @property
    def steps(self) -> list[str]:
        """edition/stage of every stage of every edition, in order; the source is source/ingest."""
        own = [f"{edition.name}/{stage}" for edition in self.editions for stage in edition.added]
        return ["source/ingest", *own]


def render(report: Report) -> str:
    """The report as HTML that loads nothing: pictures, style and script are embedded."""
    folders = [folder for edition in report.editions for folder in edition.stills]
    views = [view for edition in report.editions for view in _stages(edition, report)]
    ranked = [frames for edition in report.editions for frames in _worst(edition, report)]
    worst_frames = {one.frame for listed in ranked for one in listed["frames"]}
    shown, available = gallery.gather(folders, report.steps, worst_frames, report.most_bytes)
    return (
        environment(report.rate)
        .get_template("report.html.j2")
        .render(
            report=report,
            source=report.source,
            title=report.title,
            rate=report.rate,
            facts=facts(report.source),
            shots=_shots(report),
            shown=len(shown),
            available=available,
            stages=views,
            worst=ranked,
            pictured={still.frame for still in shown},
            audit=[_audit(edition, report) for edition in report.editions if edition.census],
            kinds=verdict.KINDS,
            colours=stills.COLOURS,
            data=script_data(_data(report, shown, views)),
            style=Markup((TEMPLATES / "report.css").read_text(encoding="utf-8")),
            script=Markup(
                "\n".join(
                    (TEMPLATES / f"{name}.js").read_text(encoding="utf-8") for name in ("viewer", "charts", "decide")
                )
            ),
        )
    )


def write(path: Path | str, report: Report) -> None:
    """Write the report atomically."""
    write_text(path, render(report))


def summary(report: Report) -> dict[str, Any]:
    """What the terminal and the list of films say of a film: verdicts, failed checks, warnings, and a key picture."""
    return {
        "film": report.source["film"],
        "title": report.title,
        "year": report.source.get("year") or "",
        "frames": report.source["frames"],
        "seconds": float(report.source["frames"] / report.rate),
        "verdicts": {edition.name: f"{edition.kind}: {edition.says}" for edition in report.editions},
        "failed": {edition.name: edition.failed for edition in report.editions if edition.failed},
        "warnings": list(report.warnings),
        "picture": _key_picture(report),
    }


def _hero(report: Report, shown: Sequence[Still]) -> Still | None:
    """The frame that the first edition changed most."""
    return gallery.hero(shown, report.editions[0].added if report.editions else ())


def _key_picture(report: Report) -> str:
    """The frame that changed most as the first edition shows it, small."""
    folders = [folder for edition in report.editions[:1] for folder in edition.stills]
    still = _hero(report, gallery.gather(folders, report.steps)[0])
    return gallery.thumbnail(list(still.pictures.values())[-1]) if still else ""


def _data(report: Report, shown: Sequence[Still], views: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What the scripts of the page work on."""
    return {
        "film": report.source["film"],
        "rate": float(report.rate),
        "frames": report.source["frames"],
        "size": [report.source["width"], report.source["height"]],
        "stages": list(STAGES),
        "colours": stills.COLOURS,
        "everywhere": stills.EVERYWHERE,
        "hero": getattr(_hero(report, shown), "frame", None),
        "steps": [_step(edition, stage) for edition in report.editions for stage in edition.added],
        "ends": {edition.name: f"{edition.name}/{edition.added[-1]}" for edition in report.editions if edition.added},
        "shots": [
            {"start": shot["start"], "stop": shot["stop"], "transition": shot["transition"]} for shot in report.shots
        ],
        "stills": [
            {
                "frame": still.frame,
                "roles": still.roles,
                "stages": still.stages,
                "between": still.between,
                "pictures": {key: gallery.embedded(path) for key, path in still.pictures.items()},
                "mask": gallery.embedded(still.mask) if still.mask else None,
            }
            for still in shown
        ],
        "charts": [
            {"stage": view["stage"], "edition": view["edition"], **chart} for view in views for chart in view["charts"]
        ],
        "speakers": sorted({str(line.get("speaker") or "") for line in report.transcript} - {""}),
        "lines": [{"at": line["start"], "text": line["text"]} for line in report.transcript],
        "clips": dict(report.clips),
        "written": json.loads(json.dumps(report.written)),
    }


def _step(edition: Edition, stage: str) -> dict[str, Any]:
    """One stage as the page's viewer and its form of decisions know it."""
    records = [record for record in edition.records if record["stage"] == stage]
    runs = (run["options"] for record in records for run in record["options"])
    options: Mapping[str, Any] = next(filter(None, runs), {})
    engine = records[0]["engine"] if records else {}
    return {
        "key": f"{edition.name}/{stage}",
        "edition": edition.name,
        "stage": stage,
        "strength": options.get("strength"),
        # What changes the size or number of frames runs in every shot.
        "everywhere": bool(engine.get("retimes")) or options.get("scale", 1) != 1,
    }


def _stages(edition: Edition, report: Report) -> Iterator[dict[str, Any]]:
    """What each stage that an edition adds did."""
    for stage in edition.added:
        parts = sorted((r for r in edition.records if r["stage"] == stage), key=lambda record: int(record["first"]))
        if parts:
            yield stage_views.view(stage, parts, report.rate, report.source["frames"])


def _worst(edition: Edition, report: Report) -> Iterator[dict[str, Any]]:
    """The worst frames of an edition by one measure after another."""
    own = [record for record in edition.records if record["stage"] in edition.added]
    for frames in worst.rank(own, report.rate, report.source["frames"]):
        yield {"edition": edition.name, "measure": frames[0].measure, "frames": frames}


def _audit(edition: Edition, report: Report) -> dict[str, Any]:
    """How much of an edition is of which class, and what its own stages changed, in all and in one shot at most."""
    whole = census.by_stage(census.whole(edition.census))
    by_shot = {start: census.by_stage(numbers) for start, numbers in edition.census.items()}
    numbers = {int(shot["start"]): index for index, shot in enumerate(report.shots, 1)}
    rows = []
    for stage in edition.added:
        kind = edition.kinds[stage]
        start = max(by_shot, key=lambda start: by_shot[start].get(stage, 0.0))
        most = by_shot[start].get(stage, 0.0)
        rows.append({"stage": stage, "kind": kind, "share": whole.get(stage, 0.0), "most": most, "frame": start,
                     "shot": numbers.get(start, 1)})  # fmt: skip
    return {
        "edition": edition,
        "classes": census.by_kind(census.whole(edition.census), edition.kinds),
        "claim": verdict.claim(edition.census, edition.kinds),
        "rows": rows,
    }


def _shots(report: Report) -> list[dict[str, Any]]:
    """The shots with their analysis."""
    views = []
    for index, shot in enumerate(report.shots):
        analysis = report.analysis[index] if index < len(report.analysis) else {}
        views.append(
            {
                **shot,
                "number": index + 1,
                "numbers": dict(_numbers(analysis)),
                "suggests": _suggestions(analysis.get("suggests") or ()),
            }
        )
    return views


def _numbers(values: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, float]]:
    """The numbers of an analysis by name; those of a mapping within it are prefixed with its name."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _numbers(value, f"{prefix}{name} ")
        elif isinstance(value, int | float) and not isinstance(value, bool) and name not in ("shot", "start", "stop"):
            yield f"{prefix}{name}", value


def _suggestions(values: Any) -> list[tuple[str, str]]:
    """(stage, why) pairs from a list of names, a list of mappings, or a mapping of names to reasons."""
    if isinstance(values, Mapping):
        return [(str(name), str(why)) for name, why in values.items()]
    return [
        (str(v.get("stage", "")), str(v.get("why", ""))) if isinstance(v, Mapping) else (str(v), "") for v in values
    ]
