"""The end of a run says what was done, what to know, and where to look."""

from __future__ import annotations

from pathlib import Path

import pytest

from answerprint.report import endings
from answerprint.runtime.files import write_json


def write(folder: Path, warnings: list[str], title: str = "Reel 2") -> Path:
    write_json(
        folder / endings.SUMMARY,
        {
            "film": "reel",
            "title": title,
            "verdicts": {"restored": "repair: 2 % of pixels repaired; none invented"},
            "failed": {"restored": 1},
            "warnings": warnings,
        },
    )
    (folder / "report.html").write_text("")
    return folder


def test_verdict_warnings_and_places_are_said_in_that_order(tmp_path: Path) -> None:
    lines = endings.text(write(tmp_path / "reel", ["Stays grey."])).splitlines()
    assert lines[1] == "  restored, repair: 2 % of pixels repaired; none invented. 1 CHECK FAILED."
    assert lines[2] == "  WARNING  Stays grey."
    assert lines[3].endswith("/reel/report.html") and lines[-1].endswith("/reel") and len(lines) == 5


@pytest.mark.parametrize(("title", "first"), [("Reel 2", "Reel 2 (reel)"), ("reel", "reel")])
def test_a_film_is_called_by_its_title_and_once_by_its_name(tmp_path: Path, title: str, first: str) -> None:
    assert endings.text(write(tmp_path / "reel", [], title)).splitlines()[0] == first


def test_many_warnings_are_cut_and_counted(tmp_path: Path) -> None:
    said = endings.text(write(tmp_path / "reel", ["Stays grey."] * 12))
    assert said.count("Stays grey.") == 10 and "2 more in the report" in said


def test_nothing_is_said_of_a_film_without_a_report(tmp_path: Path) -> None:
    assert endings.text(tmp_path) == ""
