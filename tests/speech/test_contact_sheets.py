"""Whoever has no name can be recognised: by faces, by voice, and by a lane of their own in the report."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from answerprint.engines import load
from answerprint.frames.faces import Track
from answerprint.report import timeline
from answerprint.runtime import torchvision_shim
from answerprint.runtime.errors import FilmError
from answerprint.runtime.files import write_json
from answerprint.speech import contact_sheets
from answerprint.speech.recognise import RATE

PEOPLE = [
    {"speaker": "Person 1", "known": False, "tracks": [0]},
    {"speaker": "Ben", "known": True, "tracks": []},
]


def line(start: float, end: float, speaker: str, on_screen: bool, text: str = "Hello & <goodbye>.") -> dict:
    reasons = {"lips": 1.5, "voice": None, "face": None}
    return {"start": start, "end": end, "speaker": speaker, "on_screen": on_screen, "confidence": 0.7, "text": text,
            "words": [], "reasons": reasons}  # fmt: skip


LINES = [line(0, 1, "Person 1", True), line(1.2, 2, "Ben", False)]
SOUND = (0.4 * np.sin(np.arange(2 * RATE) / 9)).astype(np.float32)


def read(start: int, stop: int) -> np.ndarray:
    """Grey frames with a bright face that moves right by a pixel a frame."""
    frames = np.full((stop - start, 60, 90, 1), 0.2, np.float32)
    for frame, number in zip(frames, range(start, stop), strict=True):
        frame[10:30, 10 + number // 2 : 30 + number // 2] = 0.9
    return frames


def a_track() -> Track:
    at = np.arange(50)
    boxes = np.stack([10 + at // 2, 0 * at + 10, 30 + at // 2, 0 * at + 30], axis=1).astype(np.float32)
    return Track(id=0, frames=at, boxes=boxes, landmarks=np.zeros((50, 5, 2), np.float32), scores=np.ones(50))


@pytest.fixture
def folder(tmp_path):
    write_json(tmp_path / "index.json", contact_sheets.write(tmp_path, PEOPLE, LINES, [a_track()], read, SOUND))
    return tmp_path


def test_a_person_has_a_sheet_of_faces_and_a_sample_of_their_voice(folder):
    import soundfile

    sheet = cv2.imread(str(folder / "Person_1.jpg"))
    assert sheet.shape == (2 * contact_sheets.SIDE, 4 * contact_sheets.SIDE, 3)
    middles = sheet[contact_sheets.SIDE // 2 :: contact_sheets.SIDE, contact_sheets.SIDE // 2 :: contact_sheets.SIDE]
    assert (middles > 200).all()
    sample, rate = soundfile.read(folder / "Person_1.flac")
    assert rate == RATE and len(sample) > 0.9 * RATE
    assert not (folder / "Ben.jpg").exists() and (folder / "Ben.flac").exists()


def test_the_report_shows_each_line_in_its_speakers_lane_and_loads_nothing(folder):
    text = timeline.markup(LINES, read, 50, Fraction(25), SOUND, folder, {"Person 1": "Anna"})
    svg = re.search(r"<svg.*?</svg>", text, re.S).group()
    bars = list(ElementTree.fromstring(svg).iter("rect"))
    assert [bar.get("fill") == "none" for bar in bars] == [False, True]
    assert float(bars[1].get("x")) == pytest.approx(0.6 * timeline.WIDTH, abs=1)
    assert "lips +1.5" in bars[0][0].text and "Hello & <goodbye>." in bars[0][0].text
    assert "not named yet" not in text and "Anna" in text and "never seen" in text
    assert not re.search(r"(src|href)=\"(?!data:)", text)
    assert timeline.markup([], read, 50, Fraction(25), SOUND, folder, {}) == ""


def test_a_long_film_has_few_rows(folder):
    text = timeline.markup(LINES, lambda a, b: read(0, b - a), 25 * 7200, Fraction(25), SOUND, folder, {})
    assert text.count("<svg") == timeline.ROWS and len(text) < 3_000_000


def test_facenet_reads_a_checkpoint_as_published_and_describes_a_face(tmp_path):
    import torch

    torchvision_shim.prepare()
    from facenet_pytorch import InceptionResnetV1

    torch.manual_seed(0)
    state = InceptionResnetV1(pretrained=None, classify=False).state_dict()
    published: dict = {**state, "logits.weight": torch.zeros(3, 512), "logits.bias": torch.zeros(3)}
    torch.save(published, tmp_path / "faces.pt")
    engine = load("identity", "facenet", weights=str(tmp_path / "faces.pt"))
    rng = np.random.default_rng(0)
    picture = cv2.GaussianBlur(rng.integers(0, 255, (90, 90, 3), dtype=np.uint8), (0, 0), 3)
    mine, other = engine.describe(picture, (20, 20, 60, 70)), engine.describe(255 - picture, (20, 20, 60, 70))
    assert mine.shape == (512,) and np.linalg.norm(mine) == pytest.approx(1, abs=1e-5)
    assert np.linalg.norm(mine - other) > 0
    assert engine.name(mine, {"Anna": mine[None]})[0] == "Anna"
    torch.save({"logits.weight": torch.zeros(3)}, tmp_path / "none.pt")
    with pytest.raises(FilmError, match="not a checkpoint of InceptionResnetV1"):
        load("identity", "facenet", weights=str(tmp_path / "none.pt"))


def test_folder_names_are_never_paths(tmp_path):
    person = [{"speaker": "../../A/B: Ω", "known": False, "tracks": [0]}]
    (row,) = contact_sheets.write(tmp_path / "people", person, [], [a_track()], read, SOUND)
    assert Path(row["faces"]).name == row["faces"] and (tmp_path / "people" / row["faces"]).exists()
    assert row["voice"] is None
