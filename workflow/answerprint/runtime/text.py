"""Text that people hand in: read in whatever encoding their program saved it, within bounds, as lines or as cells."""

from __future__ import annotations

import csv
import os
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from .errors import FilmError

MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
)
"""Byte order marks; the four bytes of UTF-32 begin like the two of UTF-16."""
MOST_BYTES = 16 << 20
"""Bytes of a text that a person writes: a sheet of ten thousand films has about three million."""
MOST_CELL = 20_000
"""Characters of one cell: a longer one is an open quotation mark, or no table."""
SEPARATORS = "\t;,"
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]")
"""Characters that no text has, and that XML 1.0 and subtitles do not allow; tabs and line breaks are not among them."""


def read_text(path: Path | str, *, most_bytes: int = MOST_BYTES) -> str:
    """The text of a file, its lines ended by a newline: UTF-8, UTF-16 or UTF-32 by their mark, else Windows-1252.

    Raises FilmError when the file cannot be read, is larger than `most_bytes`, or is no text.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            data = file.read(most_bytes + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise FilmError(f"{path} cannot be read: {reason}.", "Check its name and who may read it.") from error
    if len(data) > most_bytes:
        raise FilmError(
            f"{path} is longer than the {most_bytes / 1e6:.0f} MB that such a file may have.", "Is it the right file?"
        )
    return decoded(data, str(path))


def decoded(data: bytes, name: str) -> str:
    """Bytes as text, as read_text says; `name` is what an error calls them."""
    encoding = next((encoding for mark, encoding in MARKS if data.startswith(mark)), "")
    try:
        text = data.decode(encoding or "utf-8")
    except UnicodeDecodeError as error:
        if encoding:
            raise FilmError(
                f"{name} begins as {encoding.upper()} text, but is not.", "Save it again as UTF-8."
            ) from error
        # What older programs write in Western Europe.
        text = data.decode("cp1252", errors="replace")
    if "\0" in text:
        raise FilmError(f"{name} is no text.", "Save it as plain text, in UTF-8.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def plain(text: str) -> str:
    """A text without control characters, which no format of a print, page or record can carry."""
    return CONTROL.sub("", text)


def one_line(text: str) -> str:
    """A text on one line, without control characters, in the composed form of Unicode (NFC)."""
    return " ".join(plain(unicodedata.normalize("NFC", text)).split())


def shortened(value: object, length: int = 200) -> str:
    """A value as a sentence can hold it: on one line, and not longer than `length`."""
    line = one_line(str(value))
    return line if len(line) <= length else f"{line[:length]}…"


def printable(text: str) -> str:
    """A text that any terminal and any file can take: bytes that are not UTF-8 appear as \\udc..."""
    return text.encode("utf-8", errors="backslashreplace").decode("utf-8")


def is_utf8(path: Path | str) -> bool:
    """Whether the name of a file can be written as text."""
    try:
        os.fspath(path).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of a table that a person wrote."""

    number: int
    """The line at which it begins, from 1."""
    cells: list[str]


def table(text: str, name: str, columns: Sequence[str]) -> list[Row]:
    """The rows of a table, its head first, without empty ones and those that begin with '#'.

    Cells are separated by tabs, semicolons or commas: by what gives the head most of `columns`. A cell in quotation
    marks may hold the separator and line breaks. Raises FilmError when quotation marks do not match, or a cell is
    longer than MOST_CELL.
    """
    lines = text.split("\n")
    named = re.fullmatch(r"sep=([\t;,])", lines[0].strip(" "))
    if named:  # A line by which Excel knows the separator.
        lines[0] = ""
        return list(_rows(lines, named[1], name))
    known = set(columns)

    def fit(separator: str) -> int:
        try:
            head = next(_rows(lines, separator, name)).cells
        except (StopIteration, FilmError):
            return 0
        return len({cell.strip().lower() for cell in head} & known)

    return list(_rows(lines, max(SEPARATORS, key=fit), name))


def _rows(lines: Sequence[str], separator: str, name: str) -> Iterator[Row]:
    begins, within = 0, False

    def wanted() -> Iterator[str]:
        """The lines, without those that say nothing between two rows."""
        nonlocal begins, within
        for number, line in enumerate(lines, start=1):
            if within or (line.strip(f" {separator}") and not line.startswith("#")):
                begins, within = (begins if within else number), True
                yield line + "\n"

    reader = csv.reader(wanted(), delimiter=separator, strict=True, skipinitialspace=separator != "\t")
    while True:
        within = False
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "limit" in str(error):
                raise _long_cell(begins, name) from error
            raise FilmError(
                f"In row {begins} of {name} a quotation mark is not closed, or stands within a cell.",
                'Double a quotation mark within a cell ("") and put the cell in quotation marks, or leave them out.',
            ) from error
        if any(len(cell) > MOST_CELL for cell in cells):
            raise _long_cell(begins, name)
        yield Row(number=begins, cells=cells)


def _long_cell(row: int, name: str) -> FilmError:
    return FilmError(
        f"In row {row} of {name} a cell has more than {MOST_CELL} characters.", "Is a quotation mark left open there?"
    )
