"""What the terminal says of a film at the end of a run: verdicts, warnings, and where to look."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..runtime.files import read_json

SUMMARY = Path("report", "summary.json")
"""The summary of a film in its folder of results, as `report.summary` makes it."""
FEW = 10
"""The most warnings of a film on the terminal; the report has them all."""


def text(folder: Path) -> str:
    """What to say of the film with that folder of results; empty where there is no report yet."""
    if not (folder / SUMMARY).is_file():
        return ""
    return "\n".join(_lines(folder, read_json(folder / SUMMARY)))


def _lines(folder: Path, summary: dict[str, Any]) -> Iterator[str]:
    title, film = summary["title"], summary["film"]
    yield title if title == film else f"{title} ({film})"
    for edition, verdict in summary["verdicts"].items():
        failed = summary["failed"].get(edition)
        yield f"  {edition}, {verdict}." + (f" {failed} CHECK{'S' if failed > 1 else ''} FAILED." if failed else "")
    warnings = summary["warnings"]
    yield from (f"  WARNING  {warning}" for warning in warnings[:FEW])
    if len(warnings) > FEW:
        yield f"  WARNING  {len(warnings) - FEW} more in the report."
    for name, what in (
        ("report.html", "report"),
        ("restoration.pdf", "in words"),
        ("review.html", "judge it blind"),
        ("transcript.srt", "transcript"),
        ("package", "package"),
        ("", "all results"),
    ):
        path = folder / name
        if path.exists():
            yield f"  {what:15} {path.resolve()}"
