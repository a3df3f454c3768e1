"""The forecast says what a run will cost, learns from earlier runs, and refuses what the disk cannot hold."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import yaml

import films
from answerprint import engines
from answerprint.plan import config, forecast, job_memory
from answerprint.plan.forecast import MeasuredCosts
from answerprint.plan.paths import Paths
from answerprint.runtime.errors import FilmError
from answerprint.runtime.files import write_json
from places import REPOSITORY
from runs import Run

NOTHING = MeasuredCosts(costs={})


@pytest.fixture(scope="module")
def reel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return films.write_video(tmp_path_factory.mktemp("film") / "reel.mkv", films.moving_texture(96, 48, 64, 3), rate=24)


def paths(film: Path, **values: Any) -> Paths:
    given = {"film": str(film), **values}
    return Paths(config.project([REPOSITORY / "config" / "config.yaml"], given, Path(".")))


def rows(
    film: Path, measured: MeasuredCosts = NOTHING, results: Path = Path("nowhere"), **values: Any
) -> dict[str, forecast.Row]:
    return {row.edition: row for row in forecast.film(paths(film, **values), "reel", measured, results)}


@pytest.mark.workflow
@pytest.mark.parametrize(("editions", "auto"), [("restored", True), ("presented", False)])
def test_the_jobs_it_counts_are_those_that_snakemake_plans(
    editions: str, auto: bool, reel: Path, tmp_path: Path
) -> None:
    # Engines without weights: those that are not there yet take a job each to fetch.
    light: dict[str, Any] = {"speech": {"engine": "pocketsphinx"}, "voices": {"engine": "cepstra"}}
    values: dict[str, Any] = {"parts": 6, "editions": editions, "auto": auto}
    planned = Run(tmp_path, yaml.safe_dump(light), film=reel, **values)
    (total,) = set(re.findall(r"^total +(\d+)$", planned.succeed("--dry-run"), re.MULTILINE))
    assert sum(row.jobs for row in rows(reel, **values, **light).values()) + 1 == int(total)


def test_a_film_that_turned_out_grey_costs_a_third(reel: Path, tmp_path: Path) -> None:
    colour = rows(reel)["restored"]
    write_json(tmp_path / "reel/survey/facts.json", {"frames": 96, "grey": True, "working_depth": 10})
    grey = rows(reel, results=tmp_path)["restored"]
    assert grey.kept == pytest.approx(colour.kept / 3) and grey.memory < colour.memory


def test_the_memory_of_prints_grows_with_the_frames_of_their_edition(reel: Path) -> None:
    lanczos = {"upscale": {"engine": "lanczos", "to": 3072}}
    project = paths(reel, stages=lanczos)
    small, large = (forecast.shown(project, "reel", edition) for edition in ("restored", "enhanced"))
    assert (small.height, small.width, large.height, large.width) == (48, 64, 3072, 4096)
    lossy = {
        codec: job_memory.of_lossy_prints(
            paths(reel, prints={"access": codec, "television": codec == "none"}).project.lossy(), large.pixels
        )
        for codec in ("x264", "x265", "svtav1", "none")
    }
    # What was measured at 4096x3072: 2.5 GB for x264, 1.3 GB for a master in colour, 0.8 GB at most for a survey.
    assert 2500 < lossy["x264"] < 3000 and lossy["x265"] > 4000 and lossy["none"] < 1000
    assert 1300 < job_memory.of_lossless_prints(large.values) < 2000
    assert 790 < job_memory.of_source(large.values) < 1000
    assert job_memory.of_lossless_prints(small.values) < 300 and rows(reel)["source"].memory < 300


def test_what_an_earlier_run_took_counts_more_than_the_card(reel: Path, tmp_path: Path) -> None:
    record = {"stage": "clean", "engine": {"name": "mixed"}, "device": "cpu", "work": 50.0, "megavalues": 10.0}
    write_json(tmp_path / "old/restored/clean/000.json", record)
    measured = MeasuredCosts.in_folder(tmp_path)
    assert measured.costs == {("clean", "mixed", "cpu"): 5.0}
    values = 96 * 64 * 48 * 3 / 1e6
    card = engines.find("clean", "mixed").card.cost
    more = rows(reel, measured)["restored"].cpu - rows(reel)["restored"].cpu
    assert more == pytest.approx(values * (5.0 - card), rel=0.02)


def test_work_on_a_gpu_is_counted_apart(reel: Path) -> None:
    stages = {"upscale": {"engine": "spandrel", "weights": "span-x4-ch48", "scale": 2}}
    on_cpu, on_gpu = (rows(reel, stages=stages, device=device)["enhanced"] for device in ("cpu", "cuda"))
    assert on_cpu.gpu == 0 < on_gpu.gpu and on_gpu.cpu < on_cpu.cpu


def test_discarding_working_files_bounds_the_disk_by_a_few_films() -> None:
    films = [
        forecast.Row(
            film=str(n), edition="restored", frames=1, jobs=1, cpu=1, gpu=0, kept=1e9, working=2e10, memory=300
        )
        for n in range(100)
    ]
    assert forecast.peak(films, discard=False) == pytest.approx(2.1e12)
    assert forecast.peak(films, discard=True) == pytest.approx(1e11 + forecast.AT_ONCE * 2e10)


def test_a_run_that_the_disk_cannot_hold_is_refused_until_told(
    reel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = list(rows(reel).values())
    forecast.require_room(found, tmp_path, tmp_path, discard=False)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=1000))
    with pytest.raises(FilmError, match=r"This run needs about .* GB more"):
        forecast.require_room(found, tmp_path, tmp_path, discard=False)
    # What is there already need not be written again.
    (tmp_path / "reel").mkdir()
    with (tmp_path / "reel" / "000.zip").open("wb") as file:
        file.truncate(10**9)
    forecast.require_room(found, tmp_path, tmp_path, discard=False)


@pytest.mark.workflow
def test_a_film_too_large_for_the_disk_is_planned_but_not_begun(tmp_path: Path) -> None:
    frames = films.write_frames(tmp_path / "reel", np.zeros((1, 3000, 4000, 3), np.float32))
    (first,) = frames.iterdir()
    for number in range(1, 30000):
        os.link(first, frames / f"{number:06d}.png")
    os.rename(first, frames / "000000.png")
    run = Run(tmp_path / "run", "", film=frames, rate=18, editions="restored", parts=2)
    assert "Disk at its fullest" in run.succeed("plan")
    assert "This run needs about" in run.fail()
    assert not (run.folder / "results").exists()


@pytest.mark.workflow
def test_the_plan_is_a_table_with_a_sum(reel: Path, tmp_path: Path) -> None:
    run = Run(tmp_path, "", film=reel, editions="restored")
    said = run.succeed("plan", cores=1)
    assert re.search(r"film +edition +frames +jobs +CPU hours", said)
    assert re.search(r"^reel +restored +96 ", said, re.MULTILINE) and re.search(r"^all +96 ", said, re.MULTILINE)
    assert "Disk at its fullest" in said
    assert not (tmp_path / "results").exists()
