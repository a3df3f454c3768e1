"""A file of decisions that no film reads is named, and a folder that is not there is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from answerprint.plan import decision_files
from answerprint.runtime.errors import FilmError


def folder(path: Path, *names: str) -> Path:
    path.mkdir(exist_ok=True)
    for name in names:
        (path / name).write_text("")
    return path


def test_a_misspelt_film_is_named_with_the_one_that_was_meant(tmp_path: Path) -> None:
    decided = folder(tmp_path / "decisions", "metropolis.yaml", "metropols.yaml", "README.md")
    files = decision_files.unused([decided], ["metropolis"])
    assert [path.name for path in files] == ["metropols.yaml"]
    (said,) = decision_files.warnings(files, ["metropolis"], sheet=False)
    assert "no film of this run is called metropols" in said and "metropolis.yaml" in said


def test_a_wrong_suffix_is_named(tmp_path: Path) -> None:
    files = decision_files.unused([folder(tmp_path / "decisions", "reel.yml")], ["reel"])
    (said,) = decision_files.warnings(files, ["reel"], sheet=False)
    assert "reel.yaml" in said


def test_decisions_of_other_films_are_told_for_a_sheet_and_not_for_one_film(tmp_path: Path) -> None:
    files = decision_files.unused([folder(tmp_path / "decisions", *(f"{n}{n}.csv" for n in range(7)))], ["reel"])
    assert decision_files.warnings(files, ["reel"], sheet=False) == []
    (said,) = decision_files.warnings(files, ["reel"], sheet=True)
    assert "00.csv" in said and "and 2 more" in said


def test_nothing_is_said_where_every_file_is_read(tmp_path: Path) -> None:
    decided = folder(tmp_path / "decisions", "reel.yaml", "reel.csv")
    assert decision_files.unused([decided, tmp_path / "missing"], ["reel"]) == []


def test_a_folder_that_is_named_and_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FilmError, match="decisons does not exist"):
        decision_files.require_folder(tmp_path / "decisons")
