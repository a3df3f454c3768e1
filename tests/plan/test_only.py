"""A sheet is restored film by film: `only` chooses its films, and `make films` asks for each."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from answerprint.plan.config import project
from answerprint.runtime.errors import FilmError
from places import REPOSITORY


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    film, path = tmp_path / "film.mov", tmp_path / "two films.tsv"
    film.write_bytes(b"not looked into here")
    path.write_text(f"source\tfilm\n{film}\tReel #1\n{film}\tReel #2\n")
    return path


def chosen(sheet: Path, **given: Any) -> list[str]:
    return list(project([REPOSITORY / "config" / "config.yaml"], {"films": str(sheet), **given}, sheet.parent).films)


def test_only_chooses_films_of_the_sheet_by_name(sheet: Path) -> None:
    assert chosen(sheet) == ["Reel_1", "Reel_2"]
    assert chosen(sheet, only="Reel_2") == ["Reel_2"]
    assert chosen(sheet, only="Reel #2, Reel_1") == ["Reel_1", "Reel_2"]
    with pytest.raises(FilmError, match="Reel_3"):
        chosen(sheet, only="Reel_3")


def test_make_films_asks_for_every_film_of_a_sheet_though_one_fails(sheet: Path, tmp_path: Path) -> None:
    asked, snakemake = tmp_path / "asked.txt", tmp_path / "snakemake"
    snakemake.write_text(f'printf "%s|" "$@" >> "{asked}"; echo >> "{asked}"; case "$*" in *Reel_1) exit 1; esac')
    given = [f"BIN={Path(sys.executable).parent}", f"SNAKEMAKE=sh {snakemake}", f"sheet={sheet}"]
    command = ["make", "--silent", "--assume-old=setup", "--directory", str(REPOSITORY), "films", *given]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "workflow")}
    assert subprocess.run(command, env=environment, capture_output=True).returncode != 0
    assert asked.read_text().splitlines() == [
        f"--config|films={sheet}|only=Reel_1|",
        f"--config|films={sheet}|only=Reel_2|",
        f"films|--config|films={sheet}|",
    ]
