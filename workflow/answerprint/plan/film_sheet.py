"""The sheet of films: one film a row, checked, with its paths resolved."""

from __future__ import annotations

import csv
import os
import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from ..runtime.errors import FilmError, unknown_name_error

COLUMNS = (
    *("film", "source", "rate", "audio", "subtitles", "matte", "cast"),
    *("language", "editions", "parts", "title", "year", "notes"),
)
MOST_PARTS = 999
"""Part files have three digits."""


@dataclass(frozen=True, kw_only=True)
class FilmRow:
    """One film of the sheet; paths are resolved."""

    film: str
    source: Path
    rate: Fraction | None = None
    audio: Path | None = None
    subtitles: Path | None = None
    matte: Path | None = None
    cast: Path | None = None
    language: str = "auto"
    """Two letters, or auto: whatever is heard."""
    editions: tuple[str, ...] = ()
    parts: int | str = "auto"
    title: str = ""
    year: str = ""
    notes: str = ""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What holds for every film that does not say otherwise, and the editions that there are."""

    editions: tuple[str, ...]
    parts: int | str
    known: tuple[str, ...]


def read(path: Path, asked: Asked) -> list[FilmRow]:
    """The films of a sheet; relative paths count from its folder. Raises FilmError that names the wrong row."""
    if not path.is_file():
        raise FilmError(f"The sheet of films {path} does not exist.", "Give --config film=PATH or films=SHEET.")
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = [(number, line) for number, line in enumerate(file, start=1) if line.strip() and line[0] != "#"]
    reader = csv.DictReader((line for _, line in lines), delimiter="\t")
    for column in reader.fieldnames or []:
        if column not in COLUMNS:
            raise unknown_name_error(f"column of {path.name} (cells are separated by tabs)", column, COLUMNS)
    rows: list[FilmRow] = []
    for (number, _), cells in zip(lines[1:], reader, strict=True):
        where = f"row {number} of {path.name}"
        if None in cells:
            raise FilmError(f"In {where} there are more cells than columns.", "Separate cells by one tab.")
        given = {key: value.strip() for key, value in cells.items() if value and value.strip()}
        if "film" not in given or "source" not in given:
            raise FilmError(f"In {where} film or source is empty.", "Every row needs both.")
        if any(row.film == given["film"] for row in rows):
            raise FilmError(f"The film '{given['film']}' stands twice ({where}).", "Give each row its own name.")
        rows.append(row_of(given, path.parent, asked, where))
    return rows


def single(values: dict[str, Any], folder: Path, asked: Asked) -> FilmRow:
    """The film that --config film= names, with the other columns given there; paths count from `folder`."""
    source = str(values["film"])
    cells = {key: values[key] for key in COLUMNS if key in values and key not in ("source", "editions", "parts")}
    return row_of({**cells, "film": film_name(resolved(source, folder)), "source": source}, folder, asked, "--config")


def row_of(cells: dict[str, Any], folder: Path, asked: Asked, where: str) -> FilmRow:
    """One film from its cells. Raises FilmError for a path, name, edition, rate or number that cannot be."""
    name = str(cells["film"])
    if file_name(name) != name:
        raise FilmError(f"The film '{name}' cannot be a folder name ({where}).", "Use letters, digits, . _ -")
    editions = tuple(dict.fromkeys(names(cells.get("editions", "")))) or asked.editions
    for edition in editions:
        if edition not in asked.known:
            raise unknown_name_error("edition", edition, asked.known)
    files = {
        column: _existing(cells[column], folder, column, where)
        for column in ("audio", "subtitles", "matte", "cast")
        if cells.get(column)
    }
    return FilmRow(
        film=name,
        source=_existing(cells["source"], folder, "film", where),
        rate=rate(cells["rate"]) if cells.get("rate") else None,
        language=str(cells.get("language") or "auto"),
        editions=editions,
        parts=parts(cells.get("parts", asked.parts), where),
        title=str(cells.get("title", "")),
        year=str(cells.get("year", "")),
        notes=str(cells.get("notes", "")),
        **files,
    )


def parts(value: Any, where: str) -> int | str:
    """Into how many parts a film is cut: a number, or 'auto'."""
    if str(value) == "auto":
        return "auto"
    if not re.fullmatch(r"[1-9]\d*", str(value)) or int(value) > MOST_PARTS:
        raise FilmError(f"parts is '{value}' ({where}).", f"Give a number from 1 to {MOST_PARTS}, or auto.")
    return int(value)


def names(value: str | list[str]) -> list[str]:
    """Names separated by commas or spaces."""
    return [name for name in re.split(r"[,\s]+", value) if name] if isinstance(value, str) else list(map(str, value))


def rate(text: Any) -> Fraction:
    """A rate written as 18, 23.976, 24000/1001 or 29/1. Raises FilmError when it is none."""
    try:
        value = Fraction(str(text))
    except (ValueError, ZeroDivisionError) as error:
        raise FilmError(f"The rate '{text}' is no number.", "Write it as 18, 24000/1001 or 25/1.") from error
    for nominal in (24, 30, 48, 60, 120):
        # 23.976 and 29.97 are how people write n*1000/1001.
        if value.denominator != 1 and abs(value - Fraction(nominal * 1000, 1001)) < Fraction(1, 1000):
            return Fraction(nominal * 1000, 1001)
    if not 0 < value <= 1000:
        raise FilmError(f"The rate '{text}' is out of range.", "Give frames a second, above 0 and at most 1000.")
    return value


def film_name(path: Path) -> str:
    """The name of a film: the file's stem, with what a file name could not carry replaced by '_'."""
    whole = path.resolve()
    return file_name(whole.name if whole.is_dir() else whole.stem)


def file_name(text: str) -> str:
    """A text as a file name can carry it."""
    return re.sub(r"[^\w.-]+", "_", text).strip("._") or "film"


def resolved(text: str, folder: Path) -> Path:
    """A path that counts from `folder` when it is relative."""
    return Path(folder, Path(text).expanduser())


def _existing(text: str, folder: Path, what: str, where: str) -> Path:
    path = resolved(text, folder)
    if path.exists():
        return path
    # --directory changes the folder before anything is read; PWD is where the command was given.
    near = Path(os.environ.get("PWD", "."), text).resolve()
    hint = f"Did you mean {near}?" if near.exists() else "Check the spelling."
    raise FilmError(
        f"The {what} {text} does not exist ({where}).", f"Relative paths count from {folder.resolve()}. {hint}"
    )
