"""Whoever has no name yet can be recognised by a sheet of faces and a sample of their voice."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from answerprint.film.sound import RATE
from answerprint.frames.face_tracks import FaceTrack
from answerprint.runtime.files import write_json
from answerprint.speech import contact_sheets

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
    """Grey frames with a bright face that moves right by half a pixel a frame."""
    frames = np.full((stop - start, 60, 90, 1), 0.2, np.float32)
    for frame, number in zip(frames, range(start, stop), strict=True):
        frame[10:30, 10 + number // 2 : 30 + number // 2] = 0.9
    return frames


def a_track() -> FaceTrack:
    at = np.arange(50)
    boxes = np.stack([10 + at // 2, 0 * at + 10, 30 + at // 2, 0 * at + 30], axis=1).astype(np.float32)
    return FaceTrack(id=0, frames=at, boxes=boxes, landmarks=np.zeros((50, 5, 2), np.float32), scores=np.ones(50))


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


def test_names_that_differ_in_their_vowel_signs_or_in_what_no_file_may_have_get_files_of_their_own(tmp_path):
    people = [{"speaker": name, "known": True, "tracks": []} for name in ("मीना", "मोना", "A/B", "A:B")]
    lines = [line(0, 1, one["speaker"], True) for one in people]
    rows = contact_sheets.write(tmp_path, people, lines, [], read, SOUND)
    assert rows[0]["voice"] == "मीना.flac"
    assert len({row["voice"] for row in rows}) == 4 == len(list(tmp_path.glob("*.flac")))


def test_a_name_never_becomes_a_path(tmp_path):
    person = [{"speaker": "../../A/B: Ω", "known": False, "tracks": [0]}]
    (row,) = contact_sheets.write(tmp_path / "people", person, [], [a_track()], read, SOUND)
    assert Path(row["faces"]).name == row["faces"] and (tmp_path / "people" / row["faces"]).exists()
    assert row["voice"] is None
