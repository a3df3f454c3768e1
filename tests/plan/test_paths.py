"""Files lie where other tools look for them, appear whole, and a failed run ends with a sentence."""

from __future__ import annotations

import os
from dataclasses import replace
from fractions import Fraction
from io import StringIO
from pathlib import Path

import pytest

from answerprint.film import groups, parts
from answerprint.film.facts import Facts
from answerprint.film.frame_rates import Retiming
from answerprint.film.shots import Shot
from answerprint.plan import chain
from answerprint.plan.config import Project
from answerprint.plan.film_sheet import FilmRow
from answerprint.plan.paths import RESULTS, Paths
from answerprint.runtime import failures, files
from answerprint.runtime.errors import FilmError, terminal_message
from answerprint.runtime.progress import Progress

CHAIN = chain.resolve(
    {
        "restored": {"class": "repair", "stages": ["clean", "denoise"]},
        "smooth": {"from": "restored", "class": "generate", "stages": ["interpolate"]},
        "plain": {"class": "repair", "stages": []},
    },
    {"clean": {"engine": "motion"}, "denoise": {"engine": "motion"}, "interpolate": {"engine": "flow", "rate": "1"}},
)


@pytest.fixture
def paths() -> Paths:
    row = FilmRow(film="reel", source=Path("reel.mkv"), editions=("restored", "plain"), parts=3)
    made = Paths(
        Project(
            films={"reel": row},
            chain=CHAIN,
            values={"prints": {"master": True, "access": "none"}, "missing": "refuse", "accept_damaged": False},
        )
    )
    made._facts["reel"] = Facts(path="", kind="video", width=4, height=3, rate=Fraction(18), frames=48)
    return made


def test_a_stage_reads_the_stage_before_and_the_parts_beside(paths: Paths) -> None:
    assert paths.before("reel", "restored", "clean", "001") == "results/reel/source/ingest/001.zip"
    assert paths.before("reel", "smooth", "interpolate", "001") == "results/reel/restored/denoise/001.zip"
    assert paths.beside("reel", "restored", "denoise", "000") == ["results/reel/restored/clean/001.zip"]
    assert paths.next_to("reel", "denoise", "001") == ("000", "002")


@pytest.mark.parametrize(("number", "least", "beside"), [(2, 32, 1), (5, 19, 2), (30, 18, 2)])
def test_a_stage_reads_more_parts_beside_where_a_film_is_cut_finely(
    paths: Paths, number: int, least: int, beside: int
) -> None:
    paths.project.films["reel"] = replace(paths.project.films["reel"], parts=number)
    paths._facts["reel"] = replace(paths.facts("reel"), frames=390)
    assert CHAIN.stages["clean"].radius == 32 and paths.shortest_part("reel") == least
    names = paths.parts("reel")
    assert paths.next_to("reel", "clean", "000") == names[1 : 1 + beside]
    assert paths.next_to("reel", "denoise", names[-1]) == (names[-2],)


def test_an_edition_without_stages_shows_the_source_and_has_no_records(paths: Paths) -> None:
    assert paths.end("reel", "plain", "002") == "results/reel/source/ingest/002.zip"
    assert (
        paths.records("reel", "plain")
        == paths.end_records("reel", "plain")
        == paths.changes("reel", "plain", "000")
        == []
    )


def test_results_are_those_of_the_films_own_editions(paths: Paths) -> None:
    assert paths.results("reel") == [
        *(f"results/reel/{name}" for name in RESULTS),
        "results/reel/restored/master.mkv",
        "results/reel/plain/master.mkv",
    ]


def test_the_records_of_a_stage_are_one_file(paths: Paths) -> None:
    restored = [f"results/reel/restored/join_records/{stage}.json" for stage in ("clean", "denoise")]
    assert paths.records("reel", "restored") == restored
    assert paths.end_records("reel", "restored") == restored[-1:]


def test_editions_that_share_stages_share_their_records(paths: Paths) -> None:
    row = paths.project.films["reel"]
    paths.project.films["reel"] = replace(row, editions=("restored", "smooth", "plain"))
    assert paths.film_records("reel") == [
        "results/reel/restored/join_records/clean.json",
        "results/reel/restored/join_records/denoise.json",
        "results/reel/smooth/join_records/interpolate.json",
    ]


def test_no_part_is_shorter_than_an_output_frame(paths: Paths) -> None:
    # 18 frames a second become 1: an output frame lasts 18 of them.
    assert paths.shortest_part("reel") == 18


@pytest.mark.parametrize("read", [10_000, 2_600])
def test_every_group_of_pictures_lies_within_the_parts_it_may_reach_into(paths: Paths, read: int) -> None:
    header, number = 10_000, 80
    paths.project.films["reel"] = replace(paths.project.films["reel"], parts=number)
    paths.project.values["accept_damaged"] = read < header
    paths._facts["reel"] = Facts(path="", kind="video", width=4, height=3, rate=Fraction(18), frames=header)
    shots = (Shot(start=0, stop=read),)
    cut = parts.cut(read, number, shots, paths.shortest_part("reel"))
    for group in groups.of_edition(shots, Retiming(frames=read, before=Fraction(18), after=Fraction(18))):
        (begins,) = (
            name for name, part in zip(paths.parts("reel"), cut, strict=True) if part.first <= group.start < part.stop
        )
        assert group.stop <= cut[int(paths.reached_by_group("reel", begins)[-1])].stop


def test_a_frame_replaced_in_its_folder_is_noticed(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.png").write_text("frame")
    row = FilmRow(film="reel", source=tmp_path)
    folder = Paths(Project(films={"reel": row}, chain=CHAIN))
    stamps = [folder.stamp("reel")]
    os.utime(tmp_path / "1.png", (2e9, 2e9))
    stamps.append(folder.stamp("reel"))
    # Of the same size, and older.
    (tmp_path / "1.png").write_text("other")
    os.utime(tmp_path / "1.png", (1e9, 1e9))
    stamps.append(folder.stamp("reel"))
    assert len(set(stamps)) == 3


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    files.write_text(tmp_path / "a.json", "old")
    with pytest.raises(KeyboardInterrupt), files.atomic_write(tmp_path / "a.json") as temporary:
        temporary.write_text("half")
        raise KeyboardInterrupt
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


def test_what_a_killed_job_left_is_swept_away(tmp_path: Path) -> None:
    for name in (".000.zip.123", ".000.changes.zip.123", ".000.77.json", ".001.zip.5", "000.zip"):
        (tmp_path / name).write_text("")
    files.remove_stale_temporaries(tmp_path / "000.zip")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".001.zip.5", "000.zip"]


def test_a_failed_run_is_told_by_what_its_jobs_said(tmp_path: Path) -> None:
    said = tmp_path / "survey.log"
    said.write_text(
        f"{terminal_message(FilmError('The film is cut short.', 'Copy it again.'))}       (rule survey)\n\nTraceback\n"
    )
    log = tmp_path / "snakemake.log"
    log.write_text(
        f"Error in rule survey:\n    jobid: 3\n    log: {said} (check log file(s) for error details)\n"
        "Error in rule clean:\n    jobid: 4\n    log: nowhere.log (check log file(s) for error details)\n"
    )
    told = failures.failure_summary([log])
    assert told.strip().splitlines()[:3] == [
        "ERROR  The film is cut short.",
        "       Copy it again.",
        "       (rule survey)",
    ]
    assert "rule clean died without an error message" in told and "nowhere.log" in told and "Traceback" not in told


def test_a_run_without_failures_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("Finished jobid: 3 (Rule: survey)\n")
    assert failures.failure_summary([tmp_path / "log"]) == ""


def test_progress_says_how_far_how_fast_and_how_long_at_most_every_three_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    said = StringIO()
    progress = Progress("reel clean, part 1 of 2", 100, said)
    for _ in range(10):
        clock[0] += 1
        progress.add(5)
    assert said.getvalue().splitlines()[0] == "  reel clean, part 1 of 2: 15/100 frames, 5.0 fps, 17 s left"
    assert len(said.getvalue().splitlines()) == 3
