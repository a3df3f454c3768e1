"""What a change to the sheet, the configuration or a handed-in file makes a finished film do again, and what not."""

from __future__ import annotations

import numpy as np
import pytest

import films
from runs import ONE_PRINT, PLAIN, Run

pytestmark = pytest.mark.workflow
ONE_STAGE = "editions: {restored: {stages: [deflicker]}}\n"
LINE = "1\n00:00:00,100 --> 00:00:00,900\nLook at that!\n"


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A short film with sound, handed-in subtitles and one stage, all of its results."""
    folder = tmp_path_factory.mktemp("finished")
    sound = 0.1 * np.sin(np.arange(48000) / 9).astype(np.float32)
    film = films.write_video(folder / "tiny.mkv", films.moving_texture(18, 32, 48), rate=18, audio=sound)
    (folder / "tiny.srt").write_text(LINE)
    run = Run(folder / "run", PLAIN + ONE_PRINT + ONE_STAGE, film=film, subtitles=folder / "tiny.srt")
    run.values |= {"editions": "restored", "language": "en", "voices": "{engine: cepstra}"}
    run.succeed()
    assert run.would_do() == set()
    return run


def changed(run: Run, monkeypatch: pytest.MonkeyPatch, **values: object) -> set[str]:
    """The messages of the jobs that would run with other values."""
    monkeypatch.setattr(run, "values", run.values | values)
    return run.would_do()


@pytest.mark.parametrize("key", ["language", "vocabulary"])
def test_the_recipe_says_what_the_sheet_now_says(key: str, finished: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = changed(finished, monkeypatch, **{key: "de"})
    assert {"recognise speech", "recipe", "package"} <= jobs
    assert not [job for job in jobs if "part" in job or "survey" in job]
