"""A run says that a GPU is missing before anything runs, and keeps the device on which it began."""

from __future__ import annotations

from pathlib import Path

import pytest

import films
from answerprint.runtime.yaml_text import read_yaml
from runs import ONE_PRINT, Run

pytestmark = pytest.mark.workflow


@pytest.fixture(scope="module")
def reel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return films.write_video(tmp_path_factory.mktemp("reel") / "reel.mkv", films.moving_texture(6, 32, 48), rate=18)


SHOTS = "results/reel/detect_shots/shots.json"


def test_a_run_without_a_gpu_begins_on_the_processor_and_says_so(
    reel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    run = Run(tmp_path, "shots: {engine: breaks}\n" + ONE_PRINT, film=reel)
    record = tmp_path / "results" / "device.yaml"
    run.succeed("--dry-run")
    assert not record.exists()
    run.succeed(SHOTS)
    assert read_yaml(record) == {"device": "cpu"}
    record.write_text("device: cuda\n")
    run.values["shots"] = "{engine: transnet}"
    assert "This run began on a GPU" in run.fail(SHOTS)


def test_a_missing_gpu_is_said_only_where_a_job_needs_one(
    reel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    run = Run(tmp_path, "shots: {engine: transnet}\n" + ONE_PRINT, film=reel, device="cuda")
    assert "the configuration says `device: cuda`" in run.fail(SHOTS)
    run.values["shots"] = "{engine: breaks}"
    run.succeed(SHOTS)
    assert not (tmp_path / "results" / "device.yaml").exists()
