"""What a person reads on the terminal: one line a job, and what was forgotten or misspelt."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import films
from runs import PLAIN, Run

pytestmark = pytest.mark.workflow


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "tiny.mkv"
    films.write_video(path, films.moving_texture(24, 48, 64))
    return path


def test_a_run_says_one_line_a_job_and_its_log_stays_complete(tmp_path: Path, film: Path) -> None:
    run = Run(tmp_path / "run", film=film, editions="restored")
    said = run.succeed("results/tiny/survey/facts.json", "results/tiny/detect_shots/shots.json")
    jobs = re.findall(r"^\d\d:\d\d:\d\d +(\d) of 2  tiny: (.+)$", said, re.MULTILINE)
    assert [number for number, _ in jobs] == ["1", "2"] and jobs[1][1] == "find shots"
    assert not re.search(r"Finished jobid|Select jobs|Job stats|steps \(", said)
    (log,) = (run.folder / ".snakemake" / "log").iterdir()
    assert "Finished jobid" in log.read_text() and "Job stats" in log.read_text()


def test_a_run_that_makes_nothing_of_a_film_says_nothing_of_it(tmp_path: Path, film: Path) -> None:
    run = Run(tmp_path / "run", film=film, editions="restored")
    folder = run.folder / "results" / "tiny"
    (folder / "report").mkdir(parents=True)
    summary = {"title": "Tiny", "film": "tiny", "verdicts": {}, "failed": {}, "warnings": []}
    (folder / "report" / "summary.json").write_text(json.dumps(summary))
    assert f"all results     {folder}" not in run.succeed("films")
    assert f"all results     {folder}" in run.succeed("results/tiny/survey/facts.json")


def test_the_targets_are_printed(tmp_path: Path) -> None:
    assert "fetch_models" in Run(tmp_path / "run").succeed("help")


def test_decisions_that_no_film_reads_are_said(tmp_path: Path, film: Path) -> None:
    run = Run(tmp_path / "run", film=film, editions="restored")
    run.decide("tinny", "{}")
    assert "no film of this run is called tinny. Did you mean tiny.yaml?" in run.succeed("--dry-run")
    run.values["decisions"] = "nowhere"
    assert "The folder of decisions nowhere does not exist." in run.fail("--dry-run")


def test_a_timeline_that_is_not_there_is_said_in_a_sentence(tmp_path: Path, film: Path) -> None:
    run = Run(tmp_path / "run", film=film, timeline="edited.otio")
    assert run.fail("read_notes", "--dry-run").startswith("The timeline edited.otio does not exist.")


def test_conda_that_is_not_there_is_said_in_a_sentence(
    tmp_path: Path, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    sentence = Run(tmp_path / "run", film=film).fail("--dry-run", "--sdm", "conda")
    assert "no program of that name is installed" in sentence and ".smk" not in sentence


def test_a_person_whom_an_earlier_run_did_not_hear_is_said_but_may_be_heard_now(tmp_path: Path, film: Path) -> None:
    run = Run(tmp_path / "run", film=film, editions="restored")
    lines = run.folder / "results" / "tiny" / "speakers" / "lines.json"
    lines.parent.mkdir(parents=True)
    lines.write_text('[{"speaker": "Person 1", "start": 0.0, "end": 1.0, "text": "Look!", "on_screen": true}]')
    run.decide("tiny", "speakers: {names: {Person 9: Anna}}")
    said = run.succeed("--dry-run")
    assert "WARNING  By what an earlier run found: tiny: A decision names 'Person 9'" in said
    assert "Speakers: Person 1." in said


def test_an_unreadable_film_is_said_and_the_others_go_on(tmp_path: Path, film: Path) -> None:
    torn = tmp_path / "torn.mkv"
    torn.write_bytes(b"no film at all")
    sheet = tmp_path / "films.tsv"
    sheet.write_text(f"film\tsource\ntorn\t{torn}\ntiny\t{film}\n")
    run = Run(tmp_path / "run", films=sheet)
    done = run.do("films")
    assert "WARNING  torn is left out" in done.stdout and "not begun" in done.stdout
    assert "cannot be restored" in done.stdout and done.returncode == 1
    assert done.stdout.count("\nERROR  ") == 1
    sheet.write_text(f"film\tsource\ntorn\t{torn}\n")
    assert "torn" in run.fail("films")


def test_a_height_below_the_films_is_refused_before_anything_runs(tmp_path: Path, film: Path) -> None:
    run = Run(tmp_path / "run", PLAIN + "stages: {upscale: {engine: lanczos, to: 40}}\n", film=film)
    assert "to is 40, but frames are 48 pixels high" in run.fail("--dry-run")
    run.values["editions"] = "restored"
    run.succeed("--dry-run")


def test_an_edition_larger_than_its_print_can_be_is_refused_before_anything_runs(tmp_path: Path, film: Path) -> None:
    run = Run(tmp_path / "run", PLAIN + "stages: {upscale: {engine: lanczos, to: 16000}}\n", film=film)
    sentence = run.fail("--dry-run")
    assert "The print master of enhanced cannot be made" in sentence and "21334x16000" in sentence
    run.values["editions"] = "restored"
    run.succeed("--dry-run")
