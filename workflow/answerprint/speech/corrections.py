"""Corrections to a transcript, from the film's decisions or from a spreadsheet; both survive a new transcription.

A sheet is `transcript.csv`, corrected and kept as config/decisions/<film>.csv. It records what was recognised, so only
cells that a person changed count, and they apply to lines by time, whatever is recognised next time.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

from ..runtime import text
from ..runtime.errors import FilmError

COLUMNS = ("start", "end", "speaker", "text", "on_screen", "confidence", "speaker_was", "text_was")
"""People change speaker and text. A new row adds a line that was missed; a row without text removes its line."""

Line = dict[str, Any]


def apply_decisions(lines: Sequence[Mapping[str, Any]], decisions: Mapping[str, Any]) -> list[Line]:
    """Lines corrected by a film's decisions: "lines" gives one line another speaker or text, "names" renames people.

    "names" is {"Person 1": "Anna"}, "lines" [{"at": seconds, "speaker", "text", "why"}]. Raises FilmError for a
    decision about a line or a person that does not exist.
    """
    changed = [dict(line) for line in lines]
    people = {line["speaker"] for line in lines}
    for decision in decisions.get("lines") or ():
        at = float(decision["at"])
        near = [line for line in changed if line["start"] - 0.5 <= at <= line["end"] + 0.5]
        if not near:
            raise FilmError(f"A decision names the line at {at:g} s, but nobody speaks there.", _what_there_is(changed))
        line = min(near, key=lambda one: max(one["start"] - at, at - one["end"]))
        _correct(line, {key: str(decision[key]) for key in ("speaker", "text") if key in decision}, decision.get("why"))
    names: Mapping[str, Any] = decisions.get("names") or {}
    for old in names:
        if old not in people:
            raise FilmError(
                f"A decision names '{old}', who does not speak in this film.",
                f"Speakers: {', '.join(sorted(people)) or 'nobody'}.",
            )
    # All at once: two people may have each other's names.
    for line in changed:
        line["speaker"] = str(names.get(line["speaker"], line["speaker"]))
    return changed


def _correct(line: Line, values: Mapping[str, str], why: str | None) -> None:
    """Change a line in place; a person's word is certain."""
    line.update(values, confidence=1.0)
    line["reasons"] = {**line.get("reasons", {}), "decision": why or ""}


def _what_there_is(lines: Sequence[Mapping[str, Any]]) -> str:
    """A hint at the lines that a decision can name."""
    if not lines:
        return "The film has no lines."
    return f"The film has {len(lines)} lines; the first begins at {lines[0]['start']:g} s."


def as_sheet(lines: Sequence[Mapping[str, Any]], removed: Sequence[Mapping[str, Any]] = ()) -> str:
    """The text of a spreadsheet, comma-separated, one row a line; `removed` lines have an empty text."""
    sheet = io.StringIO()
    writer = csv.writer(sheet, lineterminator="\n")
    writer.writerow(COLUMNS)
    for line in sorted([*lines, *removed], key=_time):
        row = [f"{line['start']:.3f}", f"{line['end']:.3f}", line["speaker"], line["text"]]
        on_screen = "yes" if line["on_screen"] else "no"
        # A corrected line keeps what was recognised, so that this sheet can replace the one that corrected it.
        recognised = line.get("reasons", {}).get("was", [line["speaker"], line["text"]])
        writer.writerow(map(_escaped, [*row, on_screen, f"{line['confidence']:.2f}", *recognised]))
    # Excel reads a file as UTF-8 only with this byte order mark.
    return "\ufeff" + sheet.getvalue()


def read_sheet(path: Path | str) -> list[dict[str, str]]:
    """The rows of a corrected sheet, cells by column. Raises FilmError if start, end, speaker or text is missing."""
    rows = text.table(text.read_text(path), str(path), COLUMNS)
    head = [cell.strip().lower() for cell in rows[0].cells] if rows else []
    for column in ("start", "end", "speaker", "text"):
        if column not in head:
            raise FilmError(f"{path} has no column '{column}'.", f"Its first row must be {', '.join(COLUMNS)}.")
    cells = [dict(zip_longest(head, row.cells[: len(head)], fillvalue="")) for row in rows[1:]]
    return [{key: _unescaped(text.one_line(value)) for key, value in row.items() if key} for row in cells]


def _escaped(value: str) -> str:
    """A cell that no spreadsheet takes for a formula: one apostrophe more where it could."""
    return f"'{value}" if re.match(r"'*[=+@\t\r-]", value) else value


def _unescaped(value: str) -> str:
    return value[1:] if re.match(r"'+[=+@\t\r-]", value) else value


def apply_sheet(lines: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, str]]) -> list[Line]:
    """Lines corrected by the changed cells of a sheet; a row applies to the lines whose middle lies within its time.

    Raises FilmError for a time that is not a number.
    """
    changed = [dict(line) for line in lines]
    # Removals come first, so that none takes away what another row puts in the place of its line.
    for number, row in sorted(enumerate(rows, 2), key=lambda numbered: not _removes(numbered[1])):
        values = {key: row[key] for key in ("speaker", "text") if row[key] != row.get(f"{key}_was", "")}
        if not values:
            continue
        start, end = (_seconds(row[key], number) for key in ("start", "end"))
        within = [line for line in changed if start - 0.05 <= (line["start"] + line["end"]) / 2 <= end + 0.05]
        if "text" not in values:
            for line in within:
                _correct_from_sheet(line, values)
            continue
        changed = [line for line in changed if line not in within]
        if values["text"]:
            old = max(within, key=lambda line: line["end"] - line["start"], default=None)
            line = {**(old or _new_line(row)), "start": start, "end": end}
            _correct_from_sheet(line, {"speaker": old["speaker"] if old else row["speaker"], **values})
            changed.append(line)
    return sorted(changed, key=_time)


def removed(rows: Sequence[Mapping[str, str]]) -> list[Line]:
    """The lines that a sheet removes, without their text: its successor must remove them again.

    Raises FilmError for a time that is not a number.
    """
    lines = []
    for number, row in enumerate(rows, 2):
        if _removes(row):
            start, end = (_seconds(row[key], number) for key in ("start", "end"))
            was = {"was": [row.get("speaker_was", ""), row["text_was"]]}
            lines.append({**_new_line(row), "start": start, "end": end, "text": "", "confidence": 1.0, "reasons": was})
    return lines


def _removes(row: Mapping[str, str]) -> bool:
    """Whether a row removes its line: it had a text."""
    return not row["text"] and bool(row.get("text_was"))


def _time(line: Mapping[str, Any]) -> tuple[float, float]:
    return line["start"], line["end"]


def _correct_from_sheet(line: Line, values: Mapping[str, str]) -> None:
    """Correct a line in place, keeping the speaker and text that were recognised."""
    recognised = [line.get("speaker", "") if line.get("text") else "", line.get("text", "")]
    _correct(line, values, "corrected in the sheet")
    line["reasons"] = {**line["reasons"], "was": recognised}


def _new_line(row: Mapping[str, str]) -> Line:
    """A line that the recogniser missed."""
    on_screen = row.get("on_screen", "yes").lower() not in ("no", "0", "false")
    return {"speaker": row["speaker"], "on_screen": on_screen, "words": [], "reasons": {}}


def _seconds(written: str, row: int) -> float:
    """The seconds of a cell such as 12.34, 12,34 or 0:12.34."""
    if not re.fullmatch(r"(\d{1,3}:){0,2}\d{1,6}([.,]\d{0,9})?", written, re.ASCII):
        raise FilmError(
            f"Row {row} of the sheet has the time '{text.shortened(written)}', which is not a number.",
            "Write seconds, such as 12.34.",
        )
    total = 0.0
    for part in written.replace(",", ".").split(":"):
        total = 60 * total + float(part)
    return round(total, 3)
