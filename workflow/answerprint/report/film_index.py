"""The list of all films of a folder of results, as a page: state, verdicts, warnings on top, a key picture each."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from markupsafe import Markup

from ..runtime.files import read_json, write_text
from .endings import SUMMARY
from .page import TEMPLATES, environment

PAGE = "index.html"


def render(results: Path, states: Mapping[str, str]) -> str:
    """The page; films with a report come first, those that need attention before the others.

    states: by film, how far it is, for those that have no report yet.
    """
    told = {path.parents[1].name: read_json(path) for path in sorted(results.glob(f"*/{SUMMARY}"))}
    rows = [_row(film, told.get(film), states.get(film, "")) for film in sorted({*told, *states})]
    rows.sort(key=lambda row: (not row["failed"], not row["warnings"], row["title"].lower()))
    return (
        environment(Fraction(24))
        .get_template("index.html.j2")
        .render(
            rows=rows,
            style=Markup((TEMPLATES / "report.css").read_text(encoding="utf-8")),
            script=Markup((TEMPLATES / "index.js").read_text(encoding="utf-8")),
        )
    )


def write(results: Path, states: Mapping[str, str]) -> None:
    """Write the page into a folder of results."""
    write_text(results / PAGE, render(results, states))


def has_reports(results: Path) -> bool:
    """Whether a film in a folder of results has a report, so that there is something to list."""
    return any(results.glob(f"*/{SUMMARY}"))


def _row(film: str, summary: Mapping[str, Any] | None, state: str) -> dict[str, Any]:
    empty = {"title": film, "year": "", "seconds": 0.0, "verdicts": {}, "failed": {}, "warnings": [], "picture": ""}
    row = {**empty, **(summary or {}), "film": film, "link": f"{film}/report.html" if summary else ""}
    return {**row, "state": "checks failed" if row["failed"] else "restored" if summary else state}
