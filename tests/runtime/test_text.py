"""Text that people hand in is read in whatever encoding and with whatever separator their program saved it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from answerprint.runtime import text
from answerprint.runtime.errors import FilmError

WORDS = "film\tsource\nK\u00f6nig\ta.mov\n"
COLUMNS = ("film", "source", "notes")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_every_encoding_and_line_ending_gives_the_same_text(tmp_path: Path, encoding: str, ending: str) -> None:
    mark = "\ufeff" if encoding.endswith("e") and "16-" in encoding else ""
    (tmp_path / "sheet").write_bytes((mark + WORDS.replace("\n", ending)).encode(encoding))
    assert text.read_text(tmp_path / "sheet") == WORDS


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sheet"
    path.write_bytes(b"a\0b")
    with pytest.raises(FilmError, match="is no text"):
        text.read_text(path)
    path.write_bytes(b"\xff\xfea")
    with pytest.raises(FilmError, match="begins as UTF-16"):
        text.read_text(path)
    with pytest.raises(FilmError, match="longer than"):
        text.read_text(path, most_bytes=2)
    with pytest.raises(FilmError, match="cannot be read"):
        text.read_text(tmp_path)


def cells(written: str) -> list[list[str]]:
    return [row.cells for row in text.table(written, "films.tsv", COLUMNS)]


@pytest.mark.parametrize("separator", ["\t", ";", ","])
def test_the_separator_is_the_one_that_gives_the_columns(separator: str) -> None:
    assert cells(f"film{separator}source\na{separator}b.mov\n") == [["film", "source"], ["a", "b.mov"]]


def test_the_line_by_which_excel_knows_the_separator_is_not_a_row() -> None:
    assert cells("sep=;\nfilm;source\na;b\n") == [["film", "source"], ["a", "b"]]


def test_a_cell_in_quotation_marks_holds_separators_line_breaks_and_what_looks_like_a_comment() -> None:
    written = 'film\tsource\tnotes\n# a comment\na\tb\t"one\n# two\tand ""three"""\n\n"#4"\td\te\n'
    assert cells(written)[1:] == [["a", "b", 'one\n# two\tand "three"'], ["#4", "d", "e"]]
    assert [row.number for row in text.table(written, "films.tsv", COLUMNS)] == [1, 3, 6]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ('a\t"b', "In row 2 .* quotation mark is not closed"),
        ('a\t"b" c', "In row 2 .* quotation mark"),
        ("a\t" + "x" * 30_000, "In row 2 .* more than 20000 characters"),
        ("a\t" + "x" * 200_000, "In row 2 .* more than 20000 characters"),
        ('a\t"' + "x\n" * 100_000, "In row 2"),
    ],
)
def test_a_table_that_cannot_be_is_refused_with_its_row(row: str, said: str) -> None:
    with pytest.raises(FilmError, match=said):
        cells(f"film\tsource\n{row}\n")


def test_a_text_without_control_characters_stays_as_it_is() -> None:
    assert text.plain("a\x00\x1b[31m\x85\ud800\uffffb\tc\nd") == "a[31mb\tc\nd"
    assert text.one_line(" e\u0301a\r\n b ") == "\u00e9a b"
    assert text.printable(os.fsdecode(b"a\xff.mov")) == "a\\udcff.mov"
