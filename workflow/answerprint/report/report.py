"""The report of a film: one self-contained HTML file with pictures, numbers, reasons and checks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup

from ..runtime.files import write_text
from . import census, consistency, gallery, page_data, stage_views, stills, verdict, worst
from .facts import colour, facts
from .page import TEMPLATES, environment, script_data
from .values import Edition, Report


def render(report: Report) -> str:
    """The report as HTML that loads nothing: pictures, style and script are embedded."""
    folders = [folder for edition in report.editions for folder in edition.stills]
    views = [view for edition in report.editions for view in _stages(edition, report)]
    ranked = [frames for edition in report.editions for frames in _worst(edition, report)]
    worst_frames = {one.frame for listed in ranked for one in listed["frames"]}
    shown, available = gallery.gather(folders, report.pictured, worst_frames, report.most_bytes)
    return (
        environment(report.rate)
        .get_template("report.html.j2")
        .render(
            report=report,
            source=report.source,
            title=report.title,
            rate=report.rate,
            facts=facts(report.source),
            colour=colour(report.source),
            shots=_shots(report),
            shown=len(shown),
            available=available,
            stages=views,
            worst=ranked,
            pictured={still.frame for still in shown},
            audit=[_audit(edition, report) for edition in report.editions if edition.census],
            kinds=verdict.KINDS,
            colours=stills.COLOURS,
            data=script_data(page_data.data(report, shown, views)),
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


def _stages(edition: Edition, report: Report) -> Iterator[dict[str, Any]]:
    """What each stage that an edition adds did."""
    for stage in edition.added:
        own = (record for record in edition.own_records if record["stage"] == stage)
        parts = sorted(own, key=lambda record: int(record["first"]))
        if parts:
            yield stage_views.view(stage, parts, report.source["frames"])


def _worst(edition: Edition, report: Report) -> Iterator[dict[str, Any]]:
    """The worst frames of an edition by one measure after another."""
    for frames in worst.rank(edition.own_records, report.rate, report.source["frames"]):
        yield {"edition": edition.name, "measure": frames[0].measure, "frames": frames}


def _audit(edition: Edition, report: Report) -> dict[str, Any]:
    """How much of an edition is of which class, and what its own stages changed, in all and in one shot at most."""
    whole = census.by_stage(census.whole(edition.census))
    by_shot = {start: census.by_stage(numbers) for start, numbers in edition.census.items()}
    numbers = {int(shot["start"]): index for index, shot in enumerate(report.shots, 1)}
    rows = []
    for stage in edition.added:
        start = max(by_shot, key=lambda start: by_shot[start].get(stage, 0.0))
        most = by_shot[start].get(stage, 0.0)
        place = {"most": most, "frame": start, "shot": numbers.get(start, 1)}
        rows.append({"stage": stage, "kind": edition.kinds[stage], "share": whole.get(stage, 0.0), **place})
    return {
        "edition": edition,
        "classes": edition.classes,
        "claim": verdict.claim(edition.classes),
        "rows": rows,
        "enlarged": list(consistency.enlarged(edition, report.shots, report.source["frames"])),
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
                "notes": list(analysis.get("notes") or ()),
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
