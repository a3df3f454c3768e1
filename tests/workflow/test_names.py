"""Names and titles as people give them go through a whole run; what nobody foresaw still ends in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

import films
from answerprint.runtime.files import read_json
from runs import ONE_PRINT, PLAIN, Run

pytestmark = pytest.mark.workflow


@pytest.fixture(scope="module")
def reel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return films.write_video(tmp_path_factory.mktemp("reel") / "reel.mkv", films.moving_texture(6, 32, 48), rate=18)


def test_a_film_of_any_name_is_restored_under_its_title(reel: Path, tmp_path: Path) -> None:
    stored = tmp_path / "Reel #2: { 'the' \"end\" $(x) *.mkv"
    stored.symlink_to(reel)
    stages = "editions: {restored: {stages: [deflicker]}}\n"
    run = Run(tmp_path / "run", PLAIN + ONE_PRINT + stages, film=stored, title="Sunrise: A Song of {Two} #1")
    run.values["editions"] = "restored"
    run.succeed("results/Reel_2_the_end_x/package/bagit.txt", "results/Reel_2_the_end_x/report.html")
    source = read_json(run.folder / "results" / "Reel_2_the_end_x" / "source.json")
    assert source["title"] == "Sunrise: A Song of {Two} #1"


def test_an_unexpected_error_names_the_film_the_step_and_where_its_traceback_is(reel: Path, tmp_path: Path) -> None:
    run = Run(tmp_path / "run", film=reel)
    facts = run.folder / "results" / "reel" / "survey" / "facts.json"
    facts.parent.mkdir(parents=True)
    facts.write_text("[]")
    sentence = run.fail("--dry-run")
    assert "'check source' of the film reel failed while the run was planned: AttributeError" in sentence
    log = Path(sentence.rpartition("the traceback is in ")[2].rstrip(".\n "))
    assert "Traceback" in log.read_text() and run.folder in log.parents


def test_a_result_that_is_not_whole_is_named_with_a_remedy(reel: Path, tmp_path: Path) -> None:
    run = Run(tmp_path / "run", film=reel)
    facts = run.folder / "results" / "reel" / "survey" / "facts.json"
    facts.parent.mkdir(parents=True)
    facts.write_text('{"stamp": ')
    assert "results/reel/survey/facts.json is not whole" in run.fail("--dry-run")


def test_texts_that_cannot_be_read_are_refused_before_anything_runs(reel: Path, tmp_path: Path) -> None:
    subtitles = tmp_path / "reel.srt"
    subtitles.write_bytes(b"\x89PNG\0\0")
    assert "is no text" in Run(tmp_path / "run", film=reel, subtitles=subtitles).fail("--dry-run")
    run = Run(tmp_path / "corrected", film=reel)
    corrected = run.folder / "config" / "decisions" / "reel.csv"
    corrected.parent.mkdir(parents=True, exist_ok=True)
    corrected.write_text("begin;speaker;text\n1;Anna;Hello\n")
    assert "has no column 'start'" in run.fail("--dry-run")


def test_a_licence_counts_when_weights_are_used(reel: Path, tmp_path: Path) -> None:
    stages = (
        "editions: {enhanced: {class: generate, stages: [upscale]}}\n"
        "stages: {upscale: {engine: spandrel, weights: 4x-UltraSharp}}\n"
    )
    run = Run(tmp_path / "run", PLAIN + ONE_PRINT + stages, film=reel, editions="enhanced")
    assert "4x-UltraSharp may not be used commercially" in run.fail("--dry-run")


@pytest.mark.parametrize("option", ["weights", "scratch_network"])
def test_a_weight_file_that_does_not_exist_is_refused_before_anything_runs(
    option: str, reel: Path, tmp_path: Path
) -> None:
    stages = f"stages: {{clean: {{engine: mixed, {option}: nowhere.safetensors}}}}\n"
    run = Run(tmp_path / "run", ONE_PRINT + stages, film=reel, editions="restored")
    assert "no weight file 'nowhere.safetensors'" in run.fail("--dry-run")
