"""Reviews: what a person thinks of a shot, or of one stage in it, once it is restored; a review changes no pixel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..runtime.errors import FilmError, unknown_name_error
from ..runtime.text import shortened
from . import written
from .chain import STAGES

KEYS = ("at", "verdict", "stage", "why", "by")
VERDICTS = ("accepted", "rejected")


def row(path: Path, item: Any) -> dict[str, Any]:
    """A review as a row for the report: what, and at which frame. Raises FilmError for whatever is not a review."""
    at = item.get("at") if isinstance(item, dict) else None
    if not isinstance(item, dict) or not written.is_frame(at):
        raise FilmError(
            f"In {path} a review does not say at which frame: {shortened(item)}.",
            "Write it as {at: 120, verdict: accepted, by: ..., why: ...}.",
        )
    for key in item:
        if key not in KEYS:
            raise unknown_name_error(f"key of a review in {path}", str(key), KEYS)
    if item.get("verdict") not in VERDICTS:
        raise unknown_name_error(f"verdict in {path}", str(item.get("verdict")), VERDICTS)
    if item.get("stage") not in (None, *STAGES):
        raise unknown_name_error(f"stage in {path}", str(item["stage"]), STAGES)
    return {"what": f"{item.get('stage', 'shot')} {item['verdict']}", "at": at}
