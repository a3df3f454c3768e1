"""The sheet of films: one film a row, checked, with its paths resolved."""

from __future__ import annotations

import hashlib
import os
import re
import sys
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from ..film import said_colour
from ..film.facts import Colour
from ..runtime import numbers, spreadsheet, text
from ..runtime.errors import FilmError, terminal_message, unknown_name_error
from . import elements
from .elements import NamedElement
from .named_files import existing

COLUMNS = (
    *("film", "source", "rate", "audio", "subtitles", "matte", "elements", "cast"),
    *("language", "vocabulary", "editions", "parts", "colour", "title", "year", "notes"),
)
SHARED = ("rate", "cast", "language", "vocabulary")
"""Columns whose empty cells have what the key of that name says."""
OF_ONE_FILM = ("audio", "subtitles", "matte", "elements", "title", "year", "notes")
"""Columns whose keys say something of one film alone."""
MOST_PARTS = 999
"""Part files have three digits."""
MOST_NAME = 100
"""Bytes of the name of a film: file systems take 255, and working files add to it."""
NAME_RULE = (
    "In the name of a folder of results each run of characters that are not letters, digits, '.', '_' or '-' becomes "
    "one '_'; none of '.', '_' and '-' begins it, neither '.' nor '_' ends it, and more than 100 bytes are cut."
)


@dataclass(frozen=True, kw_only=True)
class FilmRow:
    """One film of the sheet; paths are resolved."""

    film: str
    """Its name, as a folder can have it."""
    name: str = ""
    """Its name as it was given."""
    source: Path
    rate: Fraction | None = None
    audio: Path | None = None
    subtitles: Path | None = None
    matte: Path | None = None
    elements: tuple[NamedElement, ...] = ()
    """Other prints or scans of the film, the preferred one first."""
    cast: Path | None = None
    language: str = "auto"
    """Two letters, or auto: whatever is heard."""
    vocabulary: str = ""
    """Names and rare words that are said in it."""
    editions: tuple[str, ...] = ()
    parts: int | str = "auto"
    colour: Colour = field(default_factory=Colour)
    """What a person says in place of wrong or missing tags."""
    title: str = ""
    """As somebody said it; without it the film has that of its file, or its name."""
    year: str = ""
    notes: str = ""


@dataclass(frozen=True, kw_only=True)
class FilmDefaults:
    """What the configuration says for films whose row does not."""

    editions: tuple[str, ...]
    parts: int | str
    defined_editions: tuple[str, ...]
    """The editions that a row may name."""
    colour: Colour = field(default_factory=Colour)
    cells: Mapping[str, str] = field(default_factory=dict)
    """What the columns of SHARED hold where a row has an empty cell."""


def read(path: Path, defaults: FilmDefaults) -> list[FilmRow]:
    """The films of a sheet; relative paths count from its folder. Raises FilmError that names the wrong row."""
    rows = sheet_rows(path)
    if not rows:
        return []
    columns = _columns(rows[0].cells, path.name)
    films: dict[str, tuple[FilmRow, str, int]] = {}
    for row in rows[1:]:
        where = f"row {row.number} of {path.name}"
        if any(cell.strip() for cell in row.cells[len(columns) :]):
            raise FilmError(
                f"In {where} there are more cells than columns.",
                "Put a cell that holds the separator (a tab, semicolon or comma) in quotation marks.",
            )
        cells = {name: cell.strip() for name, cell in zip(columns, row.cells, strict=False) if name and cell.strip()}
        if "film" not in cells or "source" not in cells:
            raise FilmError(f"In {where} film or source is empty.", "Every row needs both.")
        film = row_of({**defaults.cells, **cells}, path.parent, defaults, where)
        if film.film in films:
            _, name, number = films[film.film]
            raise _same_name(cells["film"], where, film.film, name, number)
        films[film.film] = (film, cells["film"], row.number)
    return [film for film, _, _ in films.values()]


def shared(values: Mapping[str, Any], folder: Path) -> dict[str, str]:
    """What a configuration says for the empty cells of a sheet; paths count from `folder`."""
    cells = {key: str(values[key]) for key in SHARED if values.get(key)}
    if "cast" in cells:
        cells["cast"] = str(existing(cells["cast"], folder, "cast", "configuration"))
    return cells


def require_shared(values: Mapping[str, Any]) -> None:
    """Raises FilmError where the configuration says beside a sheet what only one film can have."""
    for key in OF_ONE_FILM:
        if values.get(key):
            raise FilmError(
                f"The configuration has {key}, which belongs to one film, beside a sheet of films.",
                f"Write it into the sheet, as a column {key}, or name the film alone by film=PATH.",
            )


def film_names(path: Path) -> list[str]:
    """The names of the films of a sheet, as folders can have them. Raises FilmError where it names none."""
    rows = [row.cells for row in sheet_rows(path)]
    columns = _columns(rows[0], path.name) if rows else []
    if rows and "film" not in columns:
        raise FilmError(f"{path.name} has no column 'film'.", "Its first row names the columns.")
    return [file_name(dict(zip(columns, cells, strict=False)).get("film", "")) for cells in rows[1:]]


def sheet_rows(path: Path) -> list[text.Row]:
    """The rows of a sheet, its head first. Raises FilmError when it cannot be read."""
    if not path.is_file():
        raise FilmError(f"The sheet of films {path} does not exist.", "Give --config film=PATH or films=SHEET.")
    if path.suffix.lower() in spreadsheet.SUFFIXES:
        return spreadsheet.rows(path)
    return text.table(text.read_text(path), path.name, COLUMNS)


def _same_name(name: str, where: str, film: str, other: str, number: int) -> FilmError:
    if name == other:
        return FilmError(f"The film '{text.one_line(name)}' stands twice ({where}).", "Give each row its own name.")
    return FilmError(
        f"The films '{text.one_line(other)}' (row {number}) and '{text.one_line(name)}' ({where}) would both be called "
        f"{film}.",
        f"Give one another name. {NAME_RULE}",
    )


def _columns(head: list[str], sheet: str) -> list[str]:
    """The names of the columns, in order; a column without a name, which must be empty, has ''."""
    names = [text.one_line(cell).lower() for cell in head]
    while names and not names[-1]:
        names.pop()
    for name in names:
        if name not in COLUMNS:
            separators = "cells are separated by tabs, semicolons or commas"
            raise unknown_name_error(f"column of {sheet} ({separators})", name, COLUMNS)
        if names.count(name) > 1:
            raise FilmError(f"{sheet} has the column '{name}' twice.", "Keep one of them.")
    return names


def single(values: dict[str, Any], folder: Path, defaults: FilmDefaults) -> FilmRow:
    """The film that --config film= names, with the other columns given there; paths count from `folder`."""
    source = str(values["film"])
    cells = {key: values[key] for key in COLUMNS if key in values and key not in ("source", "editions", "parts")}
    name = film_name(existing(source, folder, "film", "--config"))
    return row_of({**cells, "film": name, "source": source}, folder, defaults, "--config")


def row_of(cells: dict[str, Any], folder: Path, defaults: FilmDefaults, where: str) -> FilmRow:
    """One film from its cells. Raises FilmError for an invalid path, name, edition, rate or number."""
    name = str(cells["film"])
    if re.search(r"[/\\\0]", name):
        raise FilmError(
            f"The film '{text.one_line(name)}' cannot be a folder name ({where}).", "The path of a film is its source."
        )
    editions = tuple(dict.fromkeys(names(cells.get("editions", "")))) or defaults.editions
    for edition in editions:
        if edition not in defaults.defined_editions:
            raise unknown_name_error("edition", edition, defaults.defined_editions)
    files = {
        column: existing(cells[column], folder, column, where)
        for column in ("audio", "subtitles", "matte", "cast")
        if cells.get(column)
    }
    source = existing(cells["source"], folder, "film", where)
    others = tuple(
        NamedElement(path=existing(path, folder, "element", where), offset=offset)
        for path, offset in elements.written(str(cells.get("elements", "")))
    )
    elements.require_others(others, source, where)
    safe = file_name(name)
    return FilmRow(
        film=safe,
        name=text.one_line(name),
        source=source,
        rate=rate(cells["rate"]) if cells.get("rate") else None,
        language=text.one_line(str(cells.get("language") or "auto")),
        elements=others,
        vocabulary=text.one_line(str(cells.get("vocabulary", ""))),
        editions=editions,
        parts=parts(cells.get("parts", defaults.parts), where),
        colour=said_colour.over(defaults.colour, said_colour.parse(cells.get("colour"), where)),
        title=text.one_line(str(cells.get("title", ""))),
        year=text.one_line(str(cells.get("year", ""))),
        notes=text.plain(str(cells.get("notes", ""))).strip(),
        **files,
    )


def parts(value: Any, where: str) -> int | str:
    """The number of parts that a film is to be cut into, or 'auto'. Raises FilmError for anything else."""
    if str(value) == "auto":
        return "auto"
    if not re.fullmatch(r"[1-9]\d*", str(value)) or int(value) > MOST_PARTS:
        raise FilmError(f"parts is '{value}' ({where}).", f"Give a number from 1 to {MOST_PARTS}, or auto.")
    return int(value)


def names(value: str | list[str]) -> list[str]:
    """Names separated by commas or spaces."""
    return [name for name in re.split(r"[,\s]+", value) if name] if isinstance(value, str) else list(map(str, value))


def rate(written: Any) -> Fraction:
    """A rate written as 18, 23.976, 23.98, 24000/1001 or 29/1. Raises FilmError for anything else."""
    try:
        value = numbers.parse(written)
    except ValueError as error:
        raise FilmError(
            f"The rate '{text.shortened(written)}' is not a number.", "Write it as 18, 24000/1001 or 25/1."
        ) from error
    for nominal in (24, 30, 48, 60, 120):
        # 23.976, 23.98 and 29.97 are how people write n*1000/1001: rounded to two digits at least. A fraction is exact.
        usual = Fraction(nominal * 1000, 1001)
        if "/" not in str(written) and value.denominator != 1 and abs(value - usual) <= Fraction(1, 200):
            return usual
    if "/" not in str(written):
        # 16.666666667 is 50/3: containers hold rates as two numbers of 32 bits.
        value = value.limit_denominator(1001)
    if not 0 < value <= 1000 or value.numerator >= 2**31:
        raise FilmError(
            f"The rate '{text.shortened(written)}' is out of range.",
            "Give frames a second, above 0 and at most 1000, and a fraction with short numbers.",
        )
    return value


def film_name(path: Path) -> str:
    """The name of a film: that of its folder, or of its file without the suffix, as `file_name` writes it.

    A link has its own name: what it leads to may be named after a checksum, as git-annex and DVC do.
    """
    # Not Path.resolve, which follows links.
    whole = Path(os.path.abspath(path))
    return file_name(whole.name if whole.is_dir() else whole.stem)


def file_name(name: str) -> str:
    """A name as a folder of results can have it; NAME_RULE says how. Equal names may come of different ones."""
    kept = (character if _is_safe(character) else "/" for character in unicodedata.normalize("NFC", name))
    safe = re.sub("/+", "_", "".join(kept)).lstrip("._-").rstrip("._") or "film"
    if len(safe.encode()) <= MOST_NAME:
        return safe
    mark = hashlib.sha256(safe.encode()).hexdigest()[:8]
    return f"{safe.encode()[: MOST_NAME - 9].decode(errors='ignore').rstrip('._')}-{mark}"


def _is_safe(character: str) -> bool:
    # Marks are the vowels of Indian scripts.
    return character.isalnum() or character in "._-" or unicodedata.category(character)[0] == "M"


if __name__ == "__main__":
    # The films of a sheet by name, for `make films`.
    try:
        print("\n".join(film_names(Path(sys.argv[1]))))
    except FilmError as error:
        sys.exit(terminal_message(error))
