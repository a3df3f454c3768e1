"""Spreadsheets, .xlsx and .ods, as rows of text."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

from .errors import FilmError
from .text import MOST_BYTES, MOST_CELL, Row

SUFFIXES = (".xlsx", ".xlsm", ".ods")
MOST_UNPACKED = 256 << 20
"""Bytes of everything in the file once unpacked: a small one can hold gigabytes of zeros."""
READER = f"""
import datetime, json, resource, sys
resource.setrlimit(resource.RLIMIT_AS, ({2 << 30}, {2 << 30}))
resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
from python_calamine import CalamineWorkbook
def text(value):
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    # What a spreadsheet shows: 23.976, where it computed 23.976000000000003.
    return f"{{value:.12g}}" if isinstance(value, float) else str(value)
sheets = CalamineWorkbook.from_path(sys.argv[1])
rows = sheets.get_sheet_by_index(0).to_python(skip_empty_area=False)
rows = [[text(cell) for cell in row] for row in rows]
while rows and not any(rows[-1]):
    rows.pop()
json.dump(rows, sys.stdout)
"""
"""Reads in a process of its own, of bounded memory and time: one cell in the last row of the last column makes a table
of 17 thousand million."""


def rows(path: Path) -> list[Row]:
    """The rows of the first sheet, without empty ones and those that begin with '#'; whole numbers have no point.

    Raises FilmError when it cannot be read.
    """
    try:
        with zipfile.ZipFile(path) as packed:
            unpacked = sum(entry.file_size for entry in packed.infolist())
        too_large = unpacked > MOST_UNPACKED or path.stat().st_size > MOST_BYTES
    except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise _unreadable(path) from error
    if too_large:
        raise FilmError(f"The spreadsheet {path} is too large for a sheet of films.", "Save it as tab-separated text.")
    try:
        done = subprocess.run(
            [sys.executable, "-c", READER, str(path.absolute())], capture_output=True, check=False, timeout=60
        )
    except subprocess.TimeoutExpired as error:
        raise _unreadable(path) from error
    if done.returncode:
        if b"No module named" in done.stderr:
            raise FilmError(
                "Spreadsheets are read by python-calamine, which is not installed.",
                "Run `make setup` again, or save the sheet as tab-separated text.",
            )
        raise _unreadable(path)
    table = [Row(number=number, cells=cells) for number, cells in enumerate(json.loads(done.stdout), start=1)]
    for row in table:
        if any(len(cell) > MOST_CELL for cell in row.cells):
            raise FilmError(f"In row {row.number} of {path.name} a cell has more than {MOST_CELL} characters.")
    return [row for row in table if any(cell.strip() for cell in row.cells) and not row.cells[0].startswith("#")]


def _unreadable(path: Path) -> FilmError:
    return FilmError(f"The spreadsheet {path} cannot be read.", "Save it again, or as tab-separated text.")
