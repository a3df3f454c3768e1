"""What a change to the sheet, the configuration or a handed-in file makes a finished film do again, and what not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import films
from runs import ONE_PRINT, PLAIN, Run

pytestmark = pytest.mark.workflow
SETTINGS = PLAIN + ONE_PRINT + "editions: {restored: {stages: [deflicker]}}\nvoices: {engine: cepstra}\n"
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
    """A short film with sound, handed-in subtitles and one stage, all of its results."""
    folder = tmp_path_factory.mktemp("finished")
    sound = 0.1 * np.sin(np.arange(48000) / 9).astype(np.float32)
    films.write_video(folder / "tiny.mkv", films.moving_texture(18, 32, 48), rate=18, audio=sound)
    (folder / "tiny.srt").write_text(LINE)
    run = Finished(folder / "run", SETTINGS, films=folder / "films.tsv")
    run.cells = {"film": "tiny", "source": "tiny.mkv", "subtitles": "tiny.srt", "language": "en", "title": "Tiny"}
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
