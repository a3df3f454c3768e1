"""`fetch_models` fetches what a configuration and its films need; what keeps it from that is one sentence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import films
from places import REPOSITORY
from runs import Run

pytestmark = pytest.mark.workflow

SETTINGS = (
    "editions: {enhanced: {class: generate, stages: [upscale]}}\n"
    "stages: {upscale: {engine: spandrel, weights: span-x2-ch48, scale: 2}}\n"
)


@pytest.fixture(scope="module")
def reel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return films.write_video(tmp_path_factory.mktemp("reel") / "reel.mkv", films.moving_texture(6, 32, 48), rate=18)


def test_all_that_a_configuration_and_the_shots_of_its_films_need_is_fetched(
    reel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSWERPRINT_WEIGHTS", str(tmp_path / "weights"))
    run = Run(tmp_path / "run", SETTINGS, film=reel)
    run.decide("reel", "shots: [{at: 2, upscale: {weights: span-x4-ch48}, why: a close-up}]\n")
    planned = run.succeed("fetch_models", "--dry-run")
    names = {f"{name}.safetensors" for name in ("span-x2-ch48", "span-x4-ch48", "whisper-base", "pyannote-campplus")}
    # What this checkout has fetched is found there.
    names = {name for name in names if not (REPOSITORY / "resources" / "weights" / name).exists()}
    assert set(re.findall(r"^Job \d+: fetch (\S+)$", planned, re.MULTILINE)) == names


def test_nobody_listens_to_a_film_without_sound(reel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSWERPRINT_WEIGHTS", str(tmp_path / "weights"))
    # Not the default's weights, which a checkout holds from its first run on.
    run = Run(tmp_path / "run", "speech: {engine: whisper, weights: whisper-tiny.en}\n", film=reel, editions="restored")
    planned = run.succeed("results/reel/transcript.json", "--dry-run")
    assert "recognise speech" in planned and not re.search(r"^Job \d+: fetch", planned, re.MULTILINE)
    sound = tmp_path / "sound.wav"
    films.ffmpeg("-f", "lavfi", "-i", "sine=440:duration=1", sound)
    run.values["audio"] = sound
    planned = run.succeed("results/reel/transcript.json", "--dry-run")
    assert re.search(r"^Job \d+: fetch whisper-tiny", planned, re.MULTILINE)


def test_weights_that_cannot_be_stored_are_said_before_anything_runs(
    reel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("ANSWERPRINT_WEIGHTS", str(tmp_path / "file" / "weights"))
    run = Run(tmp_path / "run", SETTINGS, film=reel)
    assert "Weights have to be fetched, but" in run.fail("fetch_models")


def test_the_licence_and_the_class_of_weights_for_one_shot_count(reel: Path, tmp_path: Path) -> None:
    run = Run(tmp_path / "run", SETTINGS, film=reel)
    run.decide("reel", "shots: [{at: 2, upscale: {weights: 4x-UltraSharp}, why: a close-up}]\n")
    assert "4x-UltraSharp may not be used commercially" in run.fail("fetch_models", "--dry-run")
    (tmp_path / "run" / "config" / "config.yaml").write_text(SETTINGS.replace("generate", "enhance"))
    assert "Edition enhanced has class enhance" in run.fail("fetch_models", "--dry-run")
