"""The column `elements`: paths and offsets of other prints or scans."""

from __future__ import annotations

from pathlib import Path

import pytest

from answerprint.plan import elements, film_cut, film_sheet
from answerprint.plan.film_sheet import FilmDefaults
from answerprint.runtime.errors import FilmError

DEFAULTS = FilmDefaults(editions=("restored",), parts="auto", defined_editions=("restored",))


@pytest.mark.parametrize(
    ("cell", "named"),
    [
        ("second.mkv", [("second.mkv", None)]),
        ("second.mkv@-12", [("second.mkv", -12)]),
        ("a b.mkv@+3 | scans/third | d@home.mkv", [("a b.mkv", 3), ("scans/third", None), ("d@home.mkv", None)]),
        ("", []),
    ],
)
def test_a_cell_names_paths_and_offsets(cell: str, named: list[tuple[str, int | None]]) -> None:
    assert elements.written(cell) == named


def test_elements_of_a_sheet_count_from_its_folder_and_must_exist(tmp_path: Path) -> None:
    for name in ("film.mkv", "second.mkv"):
        (tmp_path / name).touch()
    sheet = tmp_path / "films.tsv"
    sheet.write_text("film\tsource\telements\nreel\tfilm.mkv\tsecond.mkv@4\n")
    (row,) = film_sheet.read(sheet, DEFAULTS)
    assert [(one.path, one.offset) for one in row.elements] == [(tmp_path / "second.mkv", 4)]
    sheet.write_text("film\tsource\telements\nreel\tfilm.mkv\tthird.mkv\n")
    with pytest.raises(FilmError, match=r"The element third\.mkv does not exist"):
        film_sheet.read(sheet, DEFAULTS)


def test_the_film_itself_is_no_element_and_each_is_named_once(tmp_path: Path) -> None:
    for name in ("film.mkv", "second.mkv"):
        (tmp_path / name).touch()
    sheet = tmp_path / "films.tsv"
    for cell, said in (("./film.mkv@3", "is the film itself"), ("second.mkv | ./second.mkv@2", "is named twice")):
        sheet.write_text(f"film\tsource\telements\nreel\tfilm.mkv\t{cell}\n")
        with pytest.raises(FilmError, match=said) as caught:
            film_sheet.read(sheet, DEFAULTS)
        assert "each once" in caught.value.hint


def test_the_number_of_elements_says_which_files_are_read() -> None:
    assert film_cut.element_files(2) == ["place_element/0.json", "place_element/1.json"]
