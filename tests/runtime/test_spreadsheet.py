"""A spreadsheet is read as rows of text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from answerprint.runtime import spreadsheet
from answerprint.runtime.errors import FilmError
from spreadsheets import write_ods, write_xlsx

ROWS = [
    ["film", "source", "rate", "year"],
    ["K\u00f6nig", "a b.mov", 18, 1921],
    ["007", "b.mov", 23.976000000000003, "c. 1921"],
]


@pytest.mark.parametrize(("suffix", "write"), [(".xlsx", write_xlsx), (".ods", write_ods)])
def test_a_spreadsheet_gives_its_cells_as_they_are_shown(
    tmp_path: Path, suffix: str, write: Callable[[Path, list[list[str | int | float]]], Path]
) -> None:
    path = write(tmp_path / f"films{suffix}", [*ROWS, ["# later"], ["", ""], ["c", "d"]])
    rows = spreadsheet.rows(path)
    assert [row.cells[:4] for row in rows[:3]] == [
        ["film", "source", "rate", "year"],
        ["K\u00f6nig", "a b.mov", "18", "1921"],
        ["007", "b.mov", "23.976", "c. 1921"],
    ]
    assert (rows[3].number, rows[3].cells[:2], len(rows)) == (6, ["c", "d"], 4)


def test_a_cell_in_the_last_row_and_column_ends_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(FilmError, match="cannot be read"):
        spreadsheet.rows(write_xlsx(tmp_path / "films.xlsx", ROWS, place="XFD1048576"))


@pytest.mark.parametrize("content", [b"", b"film,source\n", b"PK\x03\x04" + b"\0" * 100])
def test_what_is_no_spreadsheet_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "films.xlsx").write_bytes(content)
    with pytest.raises(FilmError, match="cannot be read"):
        spreadsheet.rows(tmp_path / "films.xlsx")


def test_a_small_file_that_unpacks_to_gigabytes_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheet, "MOST_UNPACKED", 1 << 20)
    path = write_xlsx(tmp_path / "films.xlsx", [["x" * 1000] * 1000] * 3)
    assert path.stat().st_size < 1 << 20
    with pytest.raises(FilmError, match="too large"):
        spreadsheet.rows(path)
