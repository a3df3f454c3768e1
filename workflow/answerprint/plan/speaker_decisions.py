"""Decisions about speakers: what they are called, and who says a line of the transcript, or what it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..runtime.errors import FilmError, unknown_name_error
from ..runtime.text import one_line, shortened
from . import written

KEYS = ("names", "lines")
LINE = ("at", "speaker", "text", "why", "by")
"""The keys of a decision on one line of the transcript."""


def read(path: Path, value: Any) -> dict[str, Any]:
    """Decisions about speakers as `speech.corrections` takes them, names in NFC as those of portraits.

    Raises FilmError for whatever is none.
    """
    values = written.table(path, value, "speakers", KEYS)
    names = written.table(path, values.get("names"), "speakers: names")
    for old, new in names.items():
        if not isinstance(new, (str, int, float)) or not str(new).strip():
            raise FilmError(
                f"In {path} {old} is given the name {shortened(repr(new))}.", "Write it as `Person 1: Anna Holm`."
            )
    if names:
        values["names"] = {one_line(str(old)): one_line(str(new)) for old, new in names.items()}
    lines = list(written.items(path, values.get("lines"), "speakers: lines"))
    for line in lines:
        example = "Write it as {at: 12.4, speaker: Ben, why: ...}, at in seconds."
        at = _seconds(line.get("at")) if isinstance(line, dict) else None
        if at is None:
            raise FilmError(f"In {path} a line does not say at which second: {shortened(line)}.", example)
        line["at"] = at
        line |= {key: one_line(str(line[key])) for key in ("speaker", "text") if key in line}
        for key in line:
            if key not in LINE:
                raise unknown_name_error(f"key of a line in {path}", str(key), LINE)
        if not {"speaker", "text"} & set(line):
            raise FilmError(f"In {path} the line at {at:g} s is given neither a speaker nor a text.", example)
    return values


def rows(values: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Decisions about speakers as rows for the report."""
    for old, new in (values.get("names") or {}).items():
        yield {"what": f"{old} is {new}", "why": ""}
    for line in values.get("lines") or ():
        changes = {key: str(line[key]) for key in ("speaker", "text") if key in line}
        yield {
            "what": f"the line at {line['at']:g} s",
            **changes,
            **written.by(line),
            "why": str(line.get("why") or ""),
        }


def _seconds(value: Any) -> float | None:
    """Seconds written as a number, or as minutes and seconds (12:30); None for anything else."""
    if isinstance(value, str) and re.fullmatch(r"(\d{1,3}:){1,2}\d{1,2}(\.\d{1,6})?", value, re.ASCII):
        total = 0.0
        for part in value.split(":"):
            total = 60 * total + float(part)
        return total
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return value if is_number and 0 <= value < 1e6 else None
