"""What people correct in a transcript: in the film's decisions, or in a spreadsheet; both outlast any re-run.

A sheet is `transcript.csv`, corrected and kept as config/decisions/<film>.csv. It remembers what the machine said, so
only cells that a person changed count, and they find their lines by time, whatever the machine says next time.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..runtime.errors import FilmError

COLUMNS = ("start", "end", "speaker", "text", "on_screen", "confidence", "speaker_was", "text_was")
"""People change speaker and text; a new row is a line that was missed, a row without text one that nobody said."""

Line = dict[str, Any]


def decided(lines: Sequence[Mapping[str, Any]], decisions: Mapping[str, Any]) -> list[Line]:
    """Lines as a film's decisions correct them: "lines" gives one line another speaker or text, "names" renames people.

    "names" is {"Person 1": "Anna"}, "lines" [{"at": seconds, "speaker", "text", "why"}]. Raises FilmError for a
    decision about a line or a person that is not there.
    """
    changed = [dict(line) for line in lines]
    people = {line["speaker"] for line in lines}
    for decision in decisions.get("lines") or ():
        at = float(decision["at"])
        near = [line for line in changed if line["start"] - 0.5 <= at <= line["end"] + 0.5]
        if not near:
            raise FilmError(f"A decision names the line at {at:g} s, but nobody speaks there.", _spoken(changed))
        line = min(near, key=lambda one: max(one["start"] - at, at - one["end"]))
        _correct(line, {key: str(decision[key]) for key in ("speaker", "text") if key in decision}, decision.get("why"))
    for old, new in (decisions.get("names") or {}).items():
        if old not in people:
            raise FilmError(
                f"A decision names '{old}', who does not speak in this film.", f"Speakers: {sorted(people)}."
            )
        for line in changed:
            if line["speaker"] == old:
                line["speaker"] = str(new)
    return changed


def _correct(line: Line, values: Mapping[str, str], why: str | None) -> None:
    line.update(values, confidence=1.0)
    line["reasons"] = {**line.get("reasons", {}), "decision": why or ""}


def _spoken(lines: Sequence[Mapping[str, Any]]) -> str:
    if not lines:
        return "It has no lines."
    return f"The film has {len(lines)} lines; the first begins at {lines[0]['start']:g} s."


def sheet(lines: Sequence[Mapping[str, Any]]) -> str:
    """The lines as comma-separated values, one row a line, for a spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for line in lines:
        row = [f"{line['start']:.3f}", f"{line['end']:.3f}", line["speaker"], line["text"]]
        shown = "yes" if line["on_screen"] else "no"
        # A line that a sheet corrected keeps what stood there before: this sheet can take the place of that one.
        was = line.get("reasons", {}).get("was", [line["speaker"], line["text"]])
        writer.writerow([*row, shown, f"{line['confidence']:.2f}", *was])
    # Excel takes a file for UTF-8 only with this mark.
    return "\ufeff" + text.getvalue()


def read_sheet(path: Path | str) -> list[dict[str, str]]:
    """The rows of a corrected sheet, cells by column. Raises FilmError for one without start, end, speaker and text."""
    text = Path(path).read_bytes().decode("utf-8-sig", errors="replace")
    head = text.split("\n", 1)[0]
    # Spreadsheets write the separator of their country.
    separator = max(",;\t", key=head.count)
    rows = list(csv.DictReader(io.StringIO(text), delimiter=separator))
    for column in ("start", "end", "speaker", "text"):
        if column not in (rows[0] if rows else dict.fromkeys(head.strip().split(separator))):
            raise FilmError(f"{path} has no column '{column}'.", f"Its first row must be {', '.join(COLUMNS)}.")
    return [{key: (value or "").strip() for key, value in row.items() if key} for row in rows]


def corrected(lines: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, str]]) -> list[Line]:
    """Lines as the changed cells of a sheet correct them; each row finds the lines whose middle lies within it.

    Raises FilmError for a time that is no number.
    """
    changed = [dict(line) for line in lines]
    for number, row in enumerate(rows, 2):
        values = {key: row[key] for key in ("speaker", "text") if row[key] != row.get(f"{key}_was", "")}
        if not values:
            continue
        start, end = (_seconds(row[key], number) for key in ("start", "end"))
        within = [line for line in changed if start - 0.05 <= (line["start"] + line["end"]) / 2 <= end + 0.05]
        if "text" not in values:
            for line in within:
                _marked(line, values)
            continue
        changed = [line for line in changed if line not in within]
        if values["text"]:
            old = max(within, key=lambda line: line["end"] - line["start"], default=None)
            line = {**(old or _written(row)), "start": start, "end": end}
            _marked(line, {"speaker": old["speaker"] if old else row["speaker"], **values})
            changed.append(line)
    return sorted(changed, key=lambda line: (line["start"], line["end"]))


def _marked(line: Line, values: Mapping[str, str]) -> None:
    """Correct a line, and remember who spoke and what was said before."""
    was = [line.get("speaker", "") if line.get("text") else "", line.get("text", "")]
    _correct(line, values, "corrected in the sheet")
    line["reasons"] = {**line["reasons"], "was": was}


def _written(row: Mapping[str, str]) -> Line:
    """A line that the machine missed."""
    shown = row.get("on_screen", "yes").lower() not in ("no", "0", "false")
    return {"speaker": row["speaker"], "on_screen": shown, "words": [], "reasons": {}}


def _seconds(text: str, row: int) -> float:
    """Seconds written as 12.34, 12,34 or 0:12.34."""
    try:
        total = 0.0
        for part in text.replace(",", ".").split(":"):
            total = 60 * total + float(part)
        return round(total, 3)
    except ValueError as error:
        raise FilmError(f"Row {row} of the sheet has the time '{text}'.", "Write seconds, such as 12.34.") from error
