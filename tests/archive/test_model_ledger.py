"""The ledger names the models that a film's engines read, with licence, paper and source."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from answerprint.archive import model_ledger
from answerprint.engines import models
from answerprint.plan import chain, decisions
from answerprint.plan.film_sheet import FilmRow

EDITIONS = {
    "restored": {"stages": ["clean"]},
    "enhanced": {"from": "restored", "class": "enhance", "stages": ["upscale"]},
}
STAGES = {"clean": {"engine": "motion"}, "upscale": {"engine": "spandrel", "weights": "span-x2-ch48"}}
SPEECH: dict[str, Any] = {
    "speech": {"engine": "whisper"},
    "identity": {"engine": "dlib"},
    "speaking": {"engine": "lips"},
}


def rows(editions: tuple[str, ...] = (), **film: Any) -> list[dict[str, Any]]:
    row = FilmRow(film="reel", source=Path("reel.mov"), editions=editions, **film)
    return model_ledger.rows(row, chain.resolve(EDITIONS, STAGES), SPEECH)


def test_stages_and_speech_are_listed_with_their_licences(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ANSWERPRINT_WEIGHTS", str(tmp_path))
    (tmp_path / "whisper-base.safetensors.origin.txt").write_text("a mirror\n")
    enlarger, listener, *_ = rows()
    assert (
        enlarger["use"] == "upscale/spandrel" and enlarger["licence"] == "Apache-2.0" and "CVPRW" in enlarger["paper"]
    )
    assert enlarger["source"] == "put there by hand"
    assert listener["name"] == "whisper-base" and listener["source"] == "a mirror"
    assert listener["sha256"] == models.find("whisper-base").sha256


def test_what_a_film_does_not_use_is_not_listed() -> None:
    names = {row["name"] for row in rows(("restored",), subtitles=Path("reel.srt"))}
    assert not names & {"span-x2-ch48", "whisper-base"}
    film = FilmRow(film="reel", source=Path("reel.mov"), editions=("restored",))
    steps = {**SPEECH, "voices": {"engine": "pyannote"}}
    for silent, listening in ((False, {"whisper-base", "pyannote-campplus"}), (True, set())):
        listed = model_ledger.rows(film, chain.resolve(EDITIONS, STAGES), steps, silent=silent)
        assert {row["name"] for row in listed} & {"whisper-base", "pyannote-campplus"} == listening


def test_weights_of_ones_own_have_no_licence_in_the_ledger() -> None:
    assert model_ledger._row("my/net.pth", "upscale/spandrel") == {"name": "my/net.pth", "use": "upscale/spandrel"}


def test_weights_of_single_shots_are_listed(tmp_path: Path) -> None:
    path = tmp_path / "reel.yaml"
    path.write_text("shots: [{at: 3, upscale: {weights: span-x4-ch48}, why: a close-up}]\n")
    row = FilmRow(film="reel", source=Path("reel.mov"), editions=("enhanced",))
    listed = model_ledger.rows(row, chain.resolve(EDITIONS, STAGES), SPEECH, decisions.read(path))
    assert [entry["name"] for entry in listed][:3] == ["span-x2-ch48", "span-x4-ch48", "whisper-base"]


def test_weights_within_packages_are_listed_with_their_licences() -> None:
    stages = {**STAGES, "faces": {"engine": "detail"}}
    editions = {**EDITIONS, "enhanced": {"from": "restored", "class": "enhance", "stages": ["upscale", "faces"]}}
    film = FilmRow(film="reel", source=Path("reel.mov"))
    settings = {**SPEECH, "shots": {"engine": "witnesses"}}
    listed = {row["use"]: row for row in model_ledger.rows(film, chain.resolve(editions, stages), settings)}
    faces = [
        row["name"]
        for row in model_ledger.rows(film, chain.resolve(editions, stages), settings)
        if row["use"] == "faces/detail"
    ]
    assert faces == ["dlib's face descriptor and landmarks", "MTCNN"]
    assert listed["shots/witnesses"]["name"] == "TransNet V2"
    assert listed["identity/dlib"]["licence"] == "CC0-1.0" and "silero-vad" in listed["find voices"]["source"]
    assert all(row["licence"] and row["paper"] for row in listed.values())
