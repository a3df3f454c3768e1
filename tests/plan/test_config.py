"""The configuration is laid over in layers, checked to the last name, and names the films and their editions."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from answerprint.plan.config import Project, merged, project
from answerprint.plan.film_sheet import film_name, rate
from answerprint.runtime.errors import FilmError
from places import REPOSITORY

DEFAULT = REPOSITORY / "config" / "config.yaml"


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "The Lost Reel.mov"
    path.write_bytes(b"not looked into here")
    return path


def read(folder: Path, layer: str = "", **command_line: Any) -> Project:
    files = [DEFAULT]
    if layer:
        files.append(folder / "layer.yaml")
        files[-1].write_text(layer)
    return project(files, command_line, folder)


def refused(folder: Path, layer: str = "", **command_line: Any) -> FilmError:
    with pytest.raises(FilmError) as caught:
        read(folder, layer, **command_line)
    assert caught.value.message.endswith(".") and "\n" not in caught.value.message
    return caught.value


def test_a_mapping_is_laid_over_key_by_key() -> None:
    layers = [{"prints": {"master": True, "access": "x264"}, "parts": 3}, {"prints": {"access": "none"}}]
    assert merged(layers) == {"prints": {"master": True, "access": "none"}, "parts": 3}


def test_another_engine_drops_the_options_of_the_old_one() -> None:
    layers = [{"stages": {"upscale": {"engine": "lanczos", "halo": 0.1}}}, {"stages": {"upscale": {"engine": "other"}}}]
    assert merged(layers)["stages"]["upscale"] == {"engine": "other"}


def test_an_option_alone_keeps_the_engine(tmp_path: Path, film: Path) -> None:
    found = read(tmp_path, "stages: {clean: {strength: 0.25}}", film=str(film))
    assert (found.chain.stages["clean"].engine, found.chain.stages["clean"].options.strength) == ("motion", 0.25)


def test_one_film_needs_no_sheet(tmp_path: Path, film: Path) -> None:
    found = read(tmp_path, film=film.name, rate=18, year=1921, parts=4)
    row = found.films["The_Lost_Reel"]
    assert (row.source, row.rate, row.year, row.parts) == (film, Fraction(18), "1921", 4)
    assert row.editions == ("restored", "enhanced", "presented")


@pytest.mark.parametrize("chosen", ["restored", "restored,presented", ["presented", "restored"]])
def test_editions_are_chosen_on_the_command_line(tmp_path: Path, film: Path, chosen: Any) -> None:
    (row,) = read(tmp_path, film=str(film), editions=chosen).films.values()
    assert set(row.editions) == set(chosen.split(",") if isinstance(chosen, str) else chosen)


def test_each_film_of_a_sheet_has_its_own_editions_and_paths_relative_to_the_sheet(tmp_path: Path) -> None:
    sheet = tmp_path / "reels" / "sheet.tsv"
    sheet.parent.mkdir()
    for name in ("a.mov", "b.mov", "wind.flac"):
        (sheet.parent / name).write_bytes(b"")
    sheet.write_text(
        "# two reels\nfilm\tsource\trate\taudio\teditions\tparts\n"
        "a\ta.mov\t23.976\t\tenhanced, presented\t7\n\nb\tb.mov\t\twind.flac\t\t\n"
    )
    films = read(tmp_path, films="reels/sheet.tsv", editions="restored", parts=2).films
    assert (films["a"].rate, films["a"].parts) == (Fraction(24000, 1001), 7)
    assert films["a"].editions == ("enhanced", "presented") and films["b"].editions == ("restored",)
    assert (films["b"].audio, films["b"].parts) == (sheet.parent / "wind.flac", 2)


def test_a_sheet_missing_from_the_folder_is_taken_from_the_repository(tmp_path: Path) -> None:
    assert project([DEFAULT], {}, tmp_path, REPOSITORY).films == {}
    assert "does not exist" in refused(tmp_path).message


def test_booleans_within_a_mapping_survive_the_command_line(tmp_path: Path, film: Path) -> None:
    found = read(tmp_path, film=str(film), prints={"master": "true", "mezzanine": "false", "access": "none"})
    assert found.prints() == {"master": "master.mkv", "changes": "changes.mkv"}


@pytest.mark.parametrize(
    ("given", "named", "hint"),
    [
        ({"fimls": "x"}, "fimls", "films"),
        ({"editions": "restord"}, "restord", "restored"),
        ({"device": "gpu"}, "device", "GPU"),
        ({"parts": 0}, "parts", "999"),
        ({"parts": 1000}, "parts", "999"),
        ({"rate": "fast"}, "fast", "24000/1001"),
        ({"rate": -3}, "-3", "above 0"),
        ({"prints": {"access": "x999"}}, "prints.access", "codec"),
        ({"prints": {"dvd": "true"}}, "dvd", "prints"),
        ({"stages": {"clan": {}}}, "clan", "clean"),
        ({"stages": {"clean": {"engine": "motoin"}}}, "motoin", "motion"),
        ({"stages": {"clean": {"strenght": 1}}}, "strenght", "strength"),
        ({"stages": {"clean": {"strength": "much"}}}, "strength of clean/motion", "float"),
        ({"shots": {"engine": "eye"}}, "eye", "transnet"),
        ({"speech": {"engine": 3}}, "speech.engine", "pocketsphinx"),
        ({"mattes": {"grow": 21}}, "mattes.grow", "widened"),
        ({"editions": {"restored": {"class": "art"}}}, "editions.restored.class", "repair"),
        ({"matte": "dirt"}, "dirt", "spelling"),
        ({"cast": "nobody"}, "nobody", "spelling"),
    ],
)
def test_a_mistake_is_named_with_what_would_be_right(
    tmp_path: Path, film: Path, given: dict[str, Any], named: str, hint: str
) -> None:
    error = refused(tmp_path, film=str(film), **given)
    assert named in error.message and hint in error.hint + error.message


@pytest.mark.parametrize(
    ("row", "named"),
    [
        ("a\ta.mov\textra\tmore", "more cells"),
        ("a\t", "row 2"),
        ("a/b\ta.mov", "a/b"),
        ("a\tnone.mov", "none.mov"),
        ("a\ta.mov\na\ta.mov", "twice"),
        ("a\ta.mov\tfinished", "finished"),
    ],
)
def test_a_wrong_row_of_the_sheet_is_named(tmp_path: Path, row: str, named: str) -> None:
    (tmp_path / "a.mov").write_bytes(b"")
    (tmp_path / "films.tsv").write_text(f"film\tsource\teditions\n{row}\n")
    assert named in refused(tmp_path, films="films.tsv").message


def test_a_film_in_the_calling_folder_is_suggested(tmp_path: Path, film: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("PWD", str(film.parent))
    (tmp_path / "run").mkdir()
    assert str(film) in refused(tmp_path / "run", film=film.name).hint


def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path) -> None:
    assert "not a configuration" in refused(tmp_path, "- a\n- b\n").message
    assert "line 2" in refused(tmp_path, "a: 1\nb: ]\n").message


@pytest.mark.parametrize(
    ("text", "value"), [("18", 18), ("23.976", Fraction(24000, 1001)), ("29.97", Fraction(30000, 1001)), ("16.5", 16.5)]
)
def test_rates_are_fractions(text: str, value: float) -> None:
    assert rate(text) == value


def test_a_film_is_named_after_its_file_or_folder(tmp_path: Path) -> None:
    (tmp_path / "reel.1").mkdir()
    assert film_name(tmp_path / "reel.1") == "reel.1"
    assert film_name(tmp_path / "Ä film (1912).v2.mkv") == "Ä_film_1912_.v2"


@pytest.mark.parametrize("key", ["source", "reference", "tolerance"])
def test_a_key_that_needs_a_recipe_is_refused_without_one(key: str, tmp_path: Path) -> None:
    with pytest.raises(FilmError, match=f"{key} is given without a recipe"):
        project([DEFAULT], {key: "near"}, tmp_path)
