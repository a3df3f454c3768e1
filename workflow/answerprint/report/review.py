"""The page on which a film is judged blind: pairs of pictures without labels, keys to choose, the result as text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from markupsafe import Markup

from ..runtime.files import write_text
from . import gallery
from .page import TEMPLATES, environment, script_data
from .stills import MOST_CHANGE
from .values import Report

MOST = 24
"""Frames of a review: more tire whoever looks."""
MOST_BYTES = 8_000_000


def render(report: Report) -> str:
    """The page as HTML that loads nothing."""
    folders = [folder for edition in report.editions for folder in edition.stills]
    stills, _ = gallery.gather(folders, report.steps, (), MOST_BYTES)
    of_shots = [still for still in stills if MOST_CHANGE in still.roles] or stills
    step = max(1, -(-len(of_shots) // MOST))
    return (
        environment(report.rate)
        .get_template("review.html.j2")
        .render(
            title=report.title,
            data=script_data({"film": report.source["film"], "pairs": _pairs(report, of_shots[::step])}),
            style=Markup((TEMPLATES / "report.css").read_text(encoding="utf-8")),
            script=Markup((TEMPLATES / "review.js").read_text(encoding="utf-8")),
        )
    )


def write(path: Path | str, report: Report) -> None:
    """Write the page atomically."""
    write_text(path, render(report))


def _pairs(report: Report, stills: list[gallery.Still]) -> list[dict[str, Any]]:
    """For each edition and frame: what it was made from against what it became, where the two differ."""
    ends = {"source": "source/ingest"}
    pairs = []
    for edition in report.editions:
        ends[edition.name] = next(
            (step for step in reversed(edition.steps) if any(step in still.pictures for still in stills)),
            ends.get(edition.parent, "source/ingest"),
        )
        before, after = ends.get(edition.parent, "source/ingest"), ends[edition.name]
        for still in stills:
            if before != after and {before, after} <= set(still.pictures) and after not in still.between:
                names = [edition.parent, edition.name]
                pictures = [gallery.embedded(still.pictures[key]) for key in (before, after)]
                pairs.append({"frame": still.frame, "names": names, "pictures": pictures})
    return pairs
