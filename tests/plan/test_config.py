"""The configuration is laid over in layers, checked to the last name, and names the films and their editions."""

from __future__ import annotations

import contextlib
import os
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from answerprint.plan.config import Project, from_command_line, merged, project
from answerprint.plan.film_sheet import file_name, film_name, rate
from answerprint.runtime.errors import FilmError, terminal_message
from places import REPOSITORY
from spreadsheets import write_ods, write_xlsx

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
    assert (found.chain.stages["clean"].engine, found.chain.stages["clean"].options.strength) == ("mixed", 0.25)


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


def test_empty_cells_of_a_sheet_have_what_the_configuration_says(tmp_path: Path) -> None:
    sheet = tmp_path / "reels" / "sheet.tsv"
    for folder in (sheet.parent, tmp_path / "troupe", sheet.parent / "guests"):
        folder.mkdir()
    for folder in (tmp_path / "troupe", sheet.parent / "guests"):
        (folder / "Orlac.jpg").write_bytes(b"")
    for name in ("a.mov", "b.mov"):
        (sheet.parent / name).write_bytes(b"")
    sheet.write_text("film\tsource\trate\tlanguage\tcast\na\ta.mov\t\t\t\nb\tb.mov\t24\tfr\tguests\n")
    layer = "{language: de, vocabulary: 'Orlac, Graf Orlok', cast: troupe}"
    found = read(tmp_path, layer, films="reels/sheet.tsv", rate=18).films
    first, second = found["a"], found["b"]
    assert (first.rate, first.language, first.cast) == (18, "de", tmp_path / "troupe")
    assert (second.rate, second.language, second.cast) == (24, "fr", sheet.parent / "guests")
    assert first.vocabulary == second.vocabulary == "Orlac, Graf Orlok"
    assert (
        "troupe-of-another does not exist (configuration)"
        in refused(tmp_path, films="reels/sheet.tsv", cast="troupe-of-another").message
    )


def test_a_cast_without_pictures_is_refused(tmp_path: Path, film: Path) -> None:
    (tmp_path / "troupe").mkdir()
    (tmp_path / "troupe" / ".DS_Store").write_bytes(b"")
    assert "troupe holds no pictures" in refused(tmp_path, film=film.name, cast="troupe").message


@pytest.mark.parametrize("key", ["title", "year", "notes", "audio", "subtitles", "matte", "elements"])
def test_what_one_film_has_is_refused_beside_a_sheet(tmp_path: Path, film: Path, key: str) -> None:
    (tmp_path / "sheet.tsv").write_text(f"film\tsource\na\t{film.name}\n")
    error = refused(tmp_path, films="sheet.tsv", **{key: film.name})
    assert error.message.startswith(f"The configuration has {key},") and f"a column {key}" in error.hint
    read(tmp_path, films="sheet.tsv", **{key: ""})


def test_a_sheet_missing_from_the_folder_is_taken_from_the_repository(tmp_path: Path) -> None:
    assert project([DEFAULT], {}, tmp_path, REPOSITORY).films == {}
    assert "does not exist" in refused(tmp_path).message


def test_booleans_within_a_mapping_survive_the_command_line(tmp_path: Path, film: Path) -> None:
    found = read(tmp_path, film=str(film), prints={"master": "true", "mezzanine": "false", "access": "none"})
    assert found.prints() == {"master": "master.mkv", "television": "television.mp4", "changes": "changes.mkv"}


def test_lossy_prints_say_how_they_are_encoded(tmp_path: Path, film: Path) -> None:
    plain = read(tmp_path, film=str(film))
    television = {"codec": "television", "quality": 18}
    assert plain.lossy() == {"access": {"codec": "x264", "quality": 18}, "television": television}
    wanted = {"codec": "svtav1", "vmaf": 95, "max_bitrate": 3000}
    searched = read(tmp_path, film=str(film), prints={"access": wanted, "television": False})
    assert searched.lossy() == {"access": {**wanted, "quality": 18}}
    assert read(tmp_path, film=str(film), prints={"access": "none", "television": False}).lossy() == {}


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
        ({"prints": {"access": {"vmaf": 95}}}, "prints.access", "codec"),
        ({"prints": {"access": {"codec": "x264", "vmaf": 100}}}, "prints.access.vmaf", "CRF"),
        ({"prints": {"access": {"codec": "svtav1", "grain": "much"}}}, "prints.access.grain", "auto"),
        ({"prints": {"dvd": "true"}}, "dvd", "prints"),
        ({"stages": {"clan": {}}}, "clan", "clean"),
        ({"stages": {"clean": {"engine": "motoin"}}}, "motoin", "motion"),
        ({"stages": {"clean": {"strenght": 1}}}, "strenght", "strength"),
        ({"stages": {"clean": {"strength": "much"}}}, "strength of clean/mixed", "must be a number"),
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
    ("text", "value"),
    [
        *(("16", 16), ("18", 18), ("24", 24), ("25", 25), ("16.5", 16.5), ("16.67", Fraction(1667, 100))),
        *(("23.976", Fraction(24000, 1001)), ("23.98", Fraction(24000, 1001)), ("23.97", Fraction(2397, 100))),
        *(("29.97", Fraction(30000, 1001)), ("47.95", Fraction(48000, 1001)), ("47.952", Fraction(48000, 1001))),
        *(("16.666666667", Fraction(50, 3)), ("21.9998", 22), ("22.0009", Fraction(22023, 1001))),
        *(("59.94", Fraction(60000, 1001)), ("119.88", Fraction(120000, 1001)), ("1199/50", Fraction(1199, 50))),
    ],
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


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", ["\t", ";", ","])
def test_a_sheet_is_read_as_any_program_saves_it(tmp_path: Path, encoding: str, separator: str) -> None:
    (tmp_path / "a b.mov").write_bytes(b"")
    rows = ["Film|source|year|notes||", "K\u00f6nig|a b.mov|010|two", ""]
    text = "\r\n".join(rows).replace("|", separator).replace("two", '"one\ntwo"')
    (tmp_path / "films.csv").write_bytes(text.encode(encoding))
    (row,) = read(tmp_path, films="films.csv").films.values()
    assert (row.film, row.source.name, row.year, row.notes) == ("K\u00f6nig", "a b.mov", "010", "one\ntwo")


@pytest.mark.parametrize(("suffix", "write"), [(".xlsx", write_xlsx), (".ods", write_ods)])
def test_a_spreadsheet_is_a_sheet_of_films(tmp_path: Path, suffix: str, write: Any) -> None:
    (tmp_path / "a.mov").write_bytes(b"")
    write(tmp_path / f"films{suffix}", [["film", "source", "rate", "year"], ["Reel 1", "a.mov", 18, 1921]])
    (row,) = read(tmp_path, films=f"films{suffix}").films.values()
    assert (row.film, row.name, row.rate, row.year) == ("Reel_1", "Reel 1", Fraction(18), "1921")


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Reel #2: The End", "Reel_2_The_End"),
        ("0012", "0012"),
        ("-rf", "rf"),
        ("../x", "x"),
        ("{film}", "film"),
        ("...", "film"),
        ("a\nb", "a_b"),
        ('the "lost" reel', "the_lost_reel"),
        ("e\u0301t\u00e9", "\u00e9t\u00e9"),
        ("\u0939\u093f\u0928\u094d\u0926\u0940", "\u0939\u093f\u0928\u094d\u0926\u0940"),
        ("a\udcffb", "a_b"),
    ],
)
def test_the_name_of_a_folder_of_results_follows_one_rule(name: str, safe: str) -> None:
    assert file_name(name) == safe and file_name(safe) == safe


def test_a_very_long_name_is_cut_and_stays_its_own() -> None:
    names = {file_name("\u00fc" * 200 + end) for end in ("", "a", "b")}
    assert len(names) == 3 and all(len(name.encode()) <= 100 and file_name(name) == name for name in names)


def test_a_film_of_a_sheet_keeps_its_name_and_the_title_that_somebody_gave_it(tmp_path: Path) -> None:
    (tmp_path / "a.mov").write_bytes(b"")
    (tmp_path / "films.tsv").write_text("film\tsource\ttitle\nReel #2\ta.mov\t\nb\ta.mov\tNo\nc\ta.mov\t\n")
    rows = {film: (row.name, row.title) for film, row in read(tmp_path, films="films.tsv").films.items()}
    assert rows == {"Reel_2": ("Reel #2", ""), "b": ("b", "No"), "c": ("c", "")}


def test_two_films_of_a_sheet_never_share_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a.mov").write_bytes(b"")
    (tmp_path / "films.tsv").write_text("film\tsource\nReel #2\ta.mov\nReel ?2\ta.mov\n")
    error = refused(tmp_path, films="films.tsv")
    assert "'Reel #2' (row 2) and 'Reel ?2' (row 3 of films.tsv) would both be called Reel_2" in error.message


def test_a_link_has_its_own_name(tmp_path: Path) -> None:
    stored = tmp_path / ".git" / "annex" / "SHA256E-s12--abc.mov"
    stored.parent.mkdir(parents=True)
    stored.write_bytes(b"not looked into here")
    (tmp_path / "The Reel.mov").symlink_to(stored)
    assert list(read(tmp_path, film="The Reel.mov").films) == ["The_Reel"]


@pytest.mark.parametrize(("leads_to", "hint"), [("annex/a.mov", "git annex get"), ("reel.mov", "git annex get")])
def test_a_link_that_leads_nowhere_or_to_itself_is_named_as_one(tmp_path: Path, leads_to: str, hint: str) -> None:
    (tmp_path / "reel.mov").symlink_to(leads_to)
    error = refused(tmp_path, film="reel.mov")
    assert f"is a link to {leads_to}" in error.message and hint in error.hint


@pytest.mark.parametrize("column", ["audio", "subtitles", "cast"])
def test_a_folder_is_no_file_and_a_file_no_folder(tmp_path: Path, film: Path, column: str) -> None:
    wrong = film if column == "cast" else tmp_path
    assert f"The {column} {wrong} is not a" in refused(tmp_path, film=str(film), **{column: str(wrong)}).message


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (b"a\xff.mov", "is not UTF-8"),
        (b"a\nb.mov", "line break"),
        (b"a{film}.mov", "wildcard"),
        (b"x" * 300 + b".mov", "cannot be reached"),
        (b"~nobody-of-that-name/a.mov", "does not exist"),
    ],
)
def test_a_path_that_nothing_can_pass_on_is_one_sentence(tmp_path: Path, name: bytes, said: str) -> None:
    with contextlib.suppress(OSError):
        (tmp_path / os.fsdecode(name)).write_bytes(b"")
    error = refused(tmp_path, film=os.fsdecode(name))
    assert said in error.message
    terminal_message(error).encode("utf-8")


@pytest.mark.parametrize(
    "text",
    [
        "1e999999999",
        "9" * 5000,
        "1/0",
        "nan",
        "inf",
        "-1",
        "1_0",
        "\u0661\u0668",
        "1/1e9",
        "387025504177793/17592186044416",
    ],
)
def test_a_rate_that_is_none_is_refused_at_once(text: str) -> None:
    begun = time.monotonic()
    with pytest.raises(FilmError) as caught:
        rate(text)
    assert time.monotonic() - begun < 0.5 and len(str(caught.value)) < 400


@pytest.mark.parametrize(
    "title",
    [
        *("Sunrise: A Song of Two Humans", "Reel #2", "[untitled]", "007", "{film}", "no", "null", "1.10", "- a"),
        *('"Rosebud" she says', "a=b", "true", "*", "&a", "!b", "%c", "@d", "`e`", "12:30", "1921-03-04", ""),
    ],
)
def test_text_of_the_command_line_arrives_as_typed(tmp_path: Path, film: Path, title: str) -> None:
    given = from_command_line([f"film={film}", f"title={title}", "rate=18", "prints={master: true, access: no}"])
    assert given["title"] == title
    assert (given["rate"], given["prints"]) == (18, {"master": True, "access": "no"})


def test_the_command_line_knows_tables_lists_and_quotation_marks(tmp_path: Path, film: Path) -> None:
    words = [f"film='{film}'", "editions=restored", "parts=3", "stages={clean: {strength: 0.25}}", "grey=no"]
    found = project([DEFAULT], from_command_line(words), tmp_path)
    assert found.films["The_Lost_Reel"].editions == ("restored",) and found.values["grey"] is False
    assert found.chain.stages["clean"].options.strength == 0.25
    assert from_command_line(["editions=[restored, presented]"]) == {"editions": ["restored", "presented"]}
    with pytest.raises(FilmError, match="--config prints is not valid YAML"):
        from_command_line(["prints={master: true"])


def test_text_in_a_configuration_stays_text(tmp_path: Path, film: Path) -> None:
    said = "title: No\nyear: 010\nnotes: 12:30\nlanguage: no\nvocabulary: Orlok, 1922\n"
    layer = f"film: {film}\n{said}prints: {{master: yes, changes: off}}\n"
    found = read(tmp_path, layer)
    (row,) = found.films.values()
    assert (row.title, row.year, row.notes) == ("No", "010", "12:30")
    assert (row.language, row.vocabulary) == ("no", "Orlok, 1922")
    assert found.values["prints"]["master"] is True and found.values["prints"]["changes"] is False


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        ("title: a\ntitle: b\n", "'title' twice, at line 1 and at line 2"),
        ("stages: {clean: 5}", "stages.clean"),
        ("stages: 5", "at stages"),
        ("editions: {../x: {stages: []}}", "at editions"),
        ("a: " + "[" * 100_000, "within each other"),
    ],
)
def test_a_configuration_that_cannot_be_is_one_sentence(tmp_path: Path, film: Path, layer: str, said: str) -> None:
    assert said in refused(tmp_path, layer, film=str(film)).message


def test_words_for_true_and_false_are_an_option_too(tmp_path: Path, film: Path) -> None:
    found = read(tmp_path, "stages: {clean: {scratches: off}}", film=str(film))
    assert found.chain.stages["clean"].options.scratches is False
