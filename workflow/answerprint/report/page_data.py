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
