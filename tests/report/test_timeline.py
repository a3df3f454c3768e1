"""The report shows when each speaker speaks, beside the frames and the sound of the film."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from fractions import Fraction

import cv2
import numpy as np
import pytest

from answerprint.film.footage import Footage
from answerprint.film.sound import RATE
from answerprint.report import timeline
from answerprint.runtime.files import write_json


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


FOOTAGE = Footage(read=read, samples=SOUND, rate=Fraction(25))


@pytest.fixture
def folder(tmp_path):
    cv2.imwrite(str(tmp_path / "Person_1.jpg"), np.full((160, 160), 200, np.uint8))
    index = [
        {"speaker": "Person 1", "known": False, "faces": "Person_1.jpg", "voice": "Person_1.flac"},
        {"speaker": "Ben", "known": True, "faces": None, "voice": "Ben.flac"},
    ]
    write_json(tmp_path / "index.json", index)
    return tmp_path


def test_each_line_is_a_bar_beside_its_speaker_and_nothing_is_loaded(folder):
    text = timeline.markup(LINES, FOOTAGE, 50, folder, {"Person 1": "Anna"})
    svg = re.search(r"<svg.*?</svg>", text, re.S).group()
    bars = list(ElementTree.fromstring(svg).iter("rect"))
    assert [bar.get("fill") == "none" for bar in bars] == [False, True]
    assert float(bars[1].get("x")) == pytest.approx(0.6 * timeline.WIDTH, abs=1)
    assert "lips +1.5" in bars[0][0].text and "Hello & <goodbye>." in bars[0][0].text
    assert "not named yet" not in text and "Anna" in text and "never seen" in text
    assert not re.search(r"(src|href)=\"(?!data:)", text)
    assert timeline.markup([], FOOTAGE, 50, folder, {}) == ""


def test_a_long_film_has_few_rows(folder):
    text = timeline.markup(LINES, FOOTAGE, 25 * 7200, folder, {})
    assert text.count("<svg") == timeline.ROWS and len(text) < 3_000_000
