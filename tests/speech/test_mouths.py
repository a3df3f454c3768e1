"""Whose mouth moves with the speech is decided moment by moment."""

from __future__ import annotations

import numpy as np

from answerprint.speech import mouths
from answerprint.speech.speaker import OFF_SCREEN, Speaker
from answerprint.speech.visible_face import VisibleFace

ANNA, BEN = Speaker.named("Anna"), Speaker.named("Ben")


def face(speaker: Speaker, start: float, scores: list[tuple[float, float]], rate: float = 25.0) -> VisibleFace:
    """A face from `start` seconds on, with (seconds, log odds) one after the other."""
    odds = [odds for seconds, odds in scores for _ in range(round(seconds * rate))]
    return VisibleFace(track=0, first=round(start * rate), scores=odds, speaker=speaker, distance=0.2, limit=0.48)


def path(faces: list[VisibleFace], voice: list[tuple[float, float]], cuts: tuple[float, ...] = (), rate: float = 25.0):
    found = mouths.moments(voice, faces, rate)
    speakers = mouths.most_likely(found, voice, cuts)
    changes = [i for i in range(len(speakers)) if i == 0 or speakers[i] != speakers[i - 1]]
    return [(round(found[i].start, 1), speakers[i]) for i in changes]


def test_the_turn_goes_from_mouth_to_mouth_where_they_change_at_any_rate():
    for rate in (18.0, 24.0, 25.0):
        faces = [face(ANNA, 0, [(2, 2.0), (2, -2.0)], rate), face(BEN, 0, [(2, -2.0), (2, 2.0)], rate)]
        assert path(faces, [(0.0, 4.0)], rate=rate) == [(0.0, ANNA), (2.0, BEN)]


def test_a_doubtful_moment_within_a_breath_changes_nothing():
    faces = [face(ANNA, 0, [(1, 2.0), (0.3, -1.0), (1.7, 2.0)]), face(BEN, 0, [(1, -2.0), (0.3, 1.0), (1.7, -2.0)])]
    assert path(faces, [(0.0, 3.0)]) == [(0.0, ANNA)]


def test_a_listener_with_still_lips_leaves_the_speech_off_screen():
    assert path([face(BEN, 0, [(3, -2.0)])], [(0.0, 3.0)]) == [(0.0, OFF_SCREEN)]
    assert path([face(BEN, 0, [(3, 0.0)])], [(0.0, 3.0)]) == [(0.0, BEN)]


def test_lips_that_move_in_a_pause_say_nothing():
    chewing = face(BEN, 0, [(1, -2.0), (2, 3.0), (1, -2.0)])
    assert path([chewing], [(0.0, 1.0), (3.0, 4.0)]) == [(0.0, OFF_SCREEN)]


def test_a_cut_makes_a_change_of_speaker_easier():
    faces = [face(ANNA, 0, [(1, 2.0), (0.4, -0.7)]), face(BEN, 0, [(1, -2.0), (0.4, 1.2)])]
    assert path(faces, [(0.0, 1.4)]) == [(0.0, ANNA)]
    assert path(faces, [(0.0, 1.4)], cuts=(1.0,)) == [(0.0, ANNA), (1.0, BEN)]


def test_evidence_is_of_those_visible_for_half_of_the_moment():
    (moment,) = mouths.moments([(1.0, 1.1)], [face(ANNA, 0.0, [(1.02, 3.0)]), face(BEN, 1.02, [(1, 1.0)])], 25.0)
    assert moment.evidence == {BEN: 1.0, OFF_SCREEN: -1.0 - mouths.RARER}
    assert mouths.moments([], [], 25.0) == [] and mouths.most_likely([], [], ()) == []
    assert np.isclose(mouths.moments([(0.0, 0.1)], [], 25.0)[0].evidence[OFF_SCREEN], 0.0)
