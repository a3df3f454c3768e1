"""What the scripts of the report's page work on, and the summary that the terminal and the list of films show."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..plan.chain import STAGES
from . import gallery, stills
from .gallery import Still
from .values import Edition, Report


def data(report: Report, shown: Sequence[Still], views: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
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
        "steps": list({step: _step(edition, step) for edition in report.editions for step in edition.steps}.values()),
        "ends": {edition.name: _end(edition) for edition in report.editions if edition.steps},
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
                "differences": {key: gallery.embedded(path) for key, path in still.differences.items()},
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


def _step(edition: Edition, step: str) -> dict[str, Any]:
    """One edition/stage as the page's viewer and its form of decisions know it."""
    owner, _, stage = step.partition("/")
    records = [record for record in edition.own_records if record["stage"] == stage]
    runs = (run["options"] for record in records for run in record["options"])
    options: Mapping[str, Any] = next(filter(None, runs), {})
    return {
        "key": step,
        "edition": owner,
        "stage": stage,
        "strength": options.get("strength"),
        # What changes the size or number of frames runs in every shot.
        "everywhere": _retimes(records) or options.get("scale", 1) != 1,
    }


def _end(edition: Edition) -> str:
    """The step after which a film frame is as the edition shows it: the last that draws no frames in between."""
    retimed = {record["stage"] for record in edition.own_records if _retimes([record])}
    still = [step for step in edition.steps if step.partition("/")[2] not in retimed]
    return (still or list(edition.steps))[-1]


def _retimes(records: Sequence[Mapping[str, Any]]) -> bool:
    return any(record["engine"].get("retimes") for record in records)
