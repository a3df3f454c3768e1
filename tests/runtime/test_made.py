"""Numbers from outside are read strictly, results are known by their checksums, and a crash is a sentence."""

from __future__ import annotations

import os
import signal
from fractions import Fraction
from pathlib import Path

import pytest

from answerprint.runtime import child, made, numbers
from answerprint.runtime.errors import FilmError
from answerprint.runtime.failures import failure_summary


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("18", Fraction(18)),
        ("23.976", Fraction(2997, 125)),
        ("24000/1001", Fraction(24000, 1001)),
        (" 25. ", Fraction(25)),
    ],
)
def test_numbers_are_exact(text: str, value: Fraction) -> None:
    assert numbers.parse(text) == value and numbers.parse(f"-{text.strip()}") == -value


@pytest.mark.parametrize(
    "text", ["1e999999999", "1/0", "inf", "nan", "0x10", "9" * 13, "1_000", "", "\u0661\u0668", "1e3"]
)
def test_what_is_no_number_is_refused_at_once(text: str) -> None:
    with pytest.raises(ValueError, match=r"number|zero"):
        numbers.parse(text)


@pytest.mark.parametrize(
    ("text", "value"), [("1:02:03.5", Fraction(7447, 2)), ("02:03", 123), ("3.25", Fraction(13, 4)), ("1e9", None)]
)
def test_times_are_exact(text: str, value: Fraction | None) -> None:
    assert numbers.seconds(text) == value


def test_times_are_said_as_people_say_them() -> None:
    assert [numbers.clock(value) for value in (12.7, 3723, 0.36, 7)] == ["0:12", "1:02:03", "0:00.3", "0:07"]


def test_a_result_that_was_edited_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    report, part = Path("results/reel/report.html"), Path("results/reel/restored/clean/000.zip")
    for path in (report, part):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("made")
    made.record([report, part])
    assert made.require_as_made([report, part]) == [report]
    assert [path.name for path in Path("results/reel/.made").rglob("*.sha256")] == ["report.html.sha256"]
    report.write_text("edited")
    with pytest.raises(FilmError, match=r"report\.html has been changed") as caught:
        made.require_as_made([report])
    assert "delete results/reel/report.html" in caught.value.hint


def _refuse() -> None:
    raise FilmError("It is refused.", "Give another.")


def test_a_child_gives_back_values_and_errors() -> None:
    assert child.call(lambda: Fraction(1, 3), "a.mkv") == Fraction(1, 3)
    with pytest.raises(FilmError, match="It is refused") as caught:
        child.call(_refuse, "a.mkv")
    assert caught.value.hint == "Give another."


def test_a_child_that_crashes_is_a_sentence() -> None:
    with pytest.raises(FilmError, match=r"Reading a\.mkv crashed the decoder \(SIGSEGV\)"):
        child.call(lambda: os.kill(os.getpid(), signal.SIGSEGV), "a.mkv")


def test_a_job_whose_decoder_crashed_is_told_from_one_that_was_killed(tmp_path: Path) -> None:
    job_log, log = tmp_path / "job.log", tmp_path / "snakemake.log"
    log.write_text(f"Error in rule survey:\n    log: {job_log} (check log file(s) for error details)\n")
    job_log.write_text("Fatal Python error: Segmentation fault\n\nCurrent thread\n")
    assert "crashed (segmentation fault)" in failure_summary([log]) and "decoder" in failure_summary([log])
    job_log.write_text("")
    assert "died without an error message" in failure_summary([log])
