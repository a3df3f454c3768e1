"""How far a film is can be read from its results: not begun, some of the work, or all of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import films
from answerprint.plan import config, film_states
from answerprint.plan.film_states import FilmState
from answerprint.plan.forecast import MeasuredCosts
from answerprint.plan.paths import Paths
from answerprint.runtime.errors import FilmError
from answerprint.runtime.files import write_json, write_text
from places import REPOSITORY


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> Paths:
    reel = films.write_video(tmp_path_factory.mktemp("film") / "reel.mkv", films.moving_texture(32, 48, 64), rate=24)
    given: dict[str, Any] = {"film": str(reel), "parts": 2, "editions": "restored"}
    return Paths(config.project([REPOSITORY / "config" / "config.yaml"], given, Path(".")))


def state(paths: Paths, folder: Path) -> FilmState:
    return film_states.state(paths, "reel", MeasuredCosts(costs={}), folder / "results")


def test_a_film_goes_from_not_begun_to_finished_and_its_time_left_shrinks(paths: Paths, tmp_path: Path) -> None:
    begin = state(paths, tmp_path)
    assert begin.state == film_states.NOT_BEGUN and begin.left > 0
    write_json(tmp_path / "results/reel/survey/facts.json", {"frames": 32, "grey": True, "working_depth": 10})
    write_json(tmp_path / "results/reel/restored/clean/000.json", {})
    some = state(paths, tmp_path)
    assert some.state.endswith("% done") and 0 < some.left < begin.left
    for path in paths.results("reel"):
        write_text(tmp_path / path, "")
    assert (state(paths, tmp_path).state, state(paths, tmp_path).left) == (film_states.FINISHED, 0.0)


def test_the_table_sums_hours_and_bytes_and_names_who_was_left_out(tmp_path: Path) -> None:
    (tmp_path / "reel" / "restored").mkdir(parents=True)
    (tmp_path / "reel" / "restored" / "master.mkv").write_bytes(bytes(20_000_000))
    states = [FilmState(film="reel", state="50 % done", left=5400.0)]
    states.append(film_states.left_out("torn", FilmError("The film torn cannot be read.")))
    lines = film_states.table(states, tmp_path).splitlines()
    assert lines[1].split() == ["reel", "1.50", "0.02", "50", "%", "done"]
    assert "cannot be restored: The film torn cannot be read." in lines[2] and lines[3].split() == [
        "all",
        "1.50",
        "0.02",
    ]
