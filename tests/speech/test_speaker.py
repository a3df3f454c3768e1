"""Speakers keep their identity in JSON, whatever their names look like."""

from __future__ import annotations

import json

import pytest

from answerprint.speech.speaker import OFF_SCREEN, UNKNOWN_VOICE, Speaker
from answerprint.speech.visible_face import VisibleFace


@pytest.mark.parametrize("speaker", [Speaker.named("Anna"), Speaker.face(0), Speaker.face(12)])
def test_the_person_of_a_face_survives_json(speaker):
    face = VisibleFace(track=3, first=20, scores=[0.5, -1.0], speaker=speaker, distance=None, limit=0.5)
    assert VisibleFace.from_json(json.loads(json.dumps(face.as_json()))) == face


@pytest.mark.parametrize("name", ["officer", "off", "face of Boe", "voice over"])
def test_a_name_that_resembles_a_label_stays_a_name(name):
    speaker = Speaker.parse(name)
    assert speaker == Speaker.named(name) and not speaker.is_off_screen and not speaker.is_stranger


def test_every_kind_of_speaker_has_its_label():
    speakers = [Speaker.face(1), Speaker.voice(2), UNKNOWN_VOICE, OFF_SCREEN, Speaker.off_screen(3)]
    assert [str(speaker) for speaker in speakers] == ["face 1", "voice 2", "voice unknown", "off", "off 3"]
