"""What a change to the sheet, the configuration or a handed-in file makes a finished film do again, and what not."""

from __future__ import annotations

import copy
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

import films
from places import REPOSITORY
from runs import ONE_PRINT, PLAIN, Run

pytestmark = pytest.mark.workflow
SETTINGS = PLAIN + ONE_PRINT + "editions: {restored: {stages: [denoise]}}\nvoices: {engine: cepstra}\n"
WEIGHTS = REPOSITORY / "resources" / "models" / "denoise-learned.safetensors"
DECISIONS = "shots: [{at: 0, denoise: {strength: 0.5}, why: little grain}]\n"
CORRECTIONS = "start,end,speaker,text,speaker_was,text_was\n0.1,0.9,Anna,Look!,Anna,Look at that!\n"
LINE = "1\n00:00:00,100 --> 00:00:00,900\nLook at that!\n"


class Finished(Run):
    """A finished film of a sheet, whose cells can be changed."""

    cells: dict[str, str]

    def would_do_with(self, **cells: str) -> set[str]:
        """The messages of the jobs that would run with these cells in the sheet."""
        self.write(self.cells | cells)
        try:
            return self.would_do()
        finally:
            self.write(self.cells)

    def write(self, cells: dict[str, str]) -> None:
        rows = zip(*cells.items(), strict=True)
        Path(str(self.values["films"])).write_text("".join("\t".join(row) + "\n" for row in rows))


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """A short film with sound, subtitles, decisions, corrections, weights and one stage: all of its results."""
    folder = tmp_path_factory.mktemp("finished")
    sound = 0.1 * np.sin(np.arange(48000) / 9).astype(np.float32)
    films.write_video(folder / "tiny.mkv", films.moving_texture(18, 32, 48), rate=18, audio=sound)
    (folder / "tiny.srt").write_text(LINE)
    shutil.copy(WEIGHTS, folder / "weights.safetensors")
    stages = f"stages: {{denoise: {{engine: learned, weights: {folder / 'weights.safetensors'}}}}}\n"
    run = Finished(folder / "run", SETTINGS + stages, films=folder / "films.tsv")
    run.decide("tiny", DECISIONS)
    (run.folder / "config" / "decisions" / "tiny.csv").write_text(CORRECTIONS)
    run.cells = {
        "film": "tiny",
        "source": "tiny.mkv",
        "subtitles": "tiny.srt",
        "language": "en",
        "editions": "restored",
    }
    run.write(run.cells)
    run.succeed()
    assert run.would_do() == set()
    return run


@pytest.mark.parametrize("column", ["language", "vocabulary"])
def test_the_recipe_says_what_the_sheet_now_says(column: str, finished: Finished) -> None:
    jobs = finished.would_do_with(**{column: "de"})
    assert {"recognise speech", "recipe", "package"} <= jobs
    assert not [job for job in jobs if "part" in job or "survey" in job]


@pytest.mark.parametrize("column", ["title", "year", "notes"])
def test_what_is_said_of_a_film_touches_neither_its_sound_nor_its_speech(column: str, finished: Finished) -> None:
    jobs = finished.would_do_with(**{column: "1927"})
    assert {"facts of the source", "report", "package"} <= jobs
    assert not jobs & {"sound 0", "recognise speech", "who is speaking on screen", "who says each line"}
    assert not [job for job in jobs if "part" in job or "survey" in job]


@contextmanager
def replaced(path: Path, content: str | bytes, date: float) -> Iterator[None]:
    """A file with another content and date inside of the block."""
    before, status = path.read_bytes(), path.stat()
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    os.utime(path, (date, date))
    try:
        yield
    finally:
        path.write_bytes(before)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


HANDED_IN = {
    "tiny.srt": (LINE, "Look here!", {"recognise speech", "who says each line"}),
    "run/config/decisions/tiny.csv": (CORRECTIONS, "Look here!", {"transcript and subtitles", "package"}),
    "run/config/decisions/tiny.yaml": (DECISIONS, "much grain", {"recipe", "report", "timeline for editing programs"}),
}


@pytest.mark.parametrize("name", HANDED_IN)
def test_what_a_person_wrote_counts_by_its_content_and_not_by_its_date(name: str, finished: Finished) -> None:
    path, (text, other, due) = finished.folder.parent / name, HANDED_IN[name]
    with replaced(path, text, date=time.time()):
        assert finished.would_do() == set()
    with replaced(path, text.replace("Look", other).replace("little grain", other), date=1e9):
        jobs = finished.would_do()
    assert due <= jobs and not [job for job in jobs if "noise" in job or "survey" in job]


def test_weights_count_by_their_content_and_not_by_their_date(finished: Finished) -> None:
    path = finished.folder.parent / "weights.safetensors"
    with replaced(path, path.read_bytes(), date=time.time()):
        # Of files larger than this Snakemake looks at the date alone, and these are small.
        assert finished.would_do("--max-checksum-file-size", "0") == set()
    other = WEIGHTS.with_name("clean-learned.safetensors")
    with replaced(path, other.read_bytes(), date=1e9):
        assert "noise, restored part 1 of 1" in finished.would_do()


def copied(run: Finished, folder: Path) -> Finished:
    """The same finished film in a folder of its own."""
    other = copy.copy(run)
    other.folder = shutil.copytree(run.folder, folder / "run")
    return other


def test_a_file_dated_in_the_future_ends_no_run(finished: Finished, tmp_path: Path) -> None:
    run, words = copied(finished, tmp_path), "results/tiny/transcribe/words.json"
    with replaced(finished.folder.parent / "tiny.srt", LINE.replace("Look", "See"), date=time.time() + 86400):
        run.succeed(words)
    assert "See" in (run.folder / words).read_text()


def test_a_person_whom_an_earlier_run_did_not_see_is_looked_for_again(finished: Finished, tmp_path: Path) -> None:
    run, sentence = copied(finished, tmp_path), "is about the face of Anna, who was not found in this film"
    run.decide("tiny", DECISIONS + "faces: [{person: Anna, do: leave, why: soft on purpose}]\n")
    said = run.succeed("--dry-run")
    assert f"WARNING  By what an earlier run found: config/decisions/tiny.yaml: A decision {sentence}" in said
    assert sentence in run.fail("results/tiny/restored/denoise/000.zip")


def test_a_whole_film_is_not_made_again_because_damage_is_accepted(finished: Finished) -> None:
    run = copy.copy(finished)
    run.values = finished.values | {"accept_damaged": "true"}
    assert run.would_do() <= {"recipe", "bundle", "report", "package", "timeline for editing programs"}
