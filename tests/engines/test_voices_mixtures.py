"""Voices are told apart in running speech, and one voice stays one."""

from __future__ import annotations

import numpy as np
import pytest

from answerprint.engines.voices import _cepstra, _mixtures
from answerprint.film.sound import RATE, load_audio
from answerprint.lab.bench import speech_scores
from answerprint.speech.voice_activity import speech_spans
from places import MEDIA

SPEECH = MEDIA / "speech"


def vowels(seconds: float, pitch: float, tract: float, seed: int) -> np.ndarray:
    """Sound of a voice that says one vowel after another: pulses through three resonances, scaled by its tract."""
    from scipy.signal import lfilter

    rng = np.random.default_rng(seed)
    sounds = np.array([(730, 1090, 2440), (270, 2290, 3010), (300, 870, 2240), (530, 1840, 2480), (570, 840, 2410)])
    pieces = []
    while sum(map(len, pieces)) < seconds * RATE:
        count = int(rng.integers(1600, 3200))
        turns = np.cumsum(pitch * (1 + 0.1 * np.sin(np.arange(count) / 900))) / RATE
        spoken = (np.diff(np.floor(turns), prepend=0) > 0) + rng.normal(0, 0.03, count)
        for hertz in sounds[rng.integers(5)] * tract:
            radius = np.exp(-np.pi * 110 / RATE)
            spoken = lfilter([1 - radius], [1, -2 * radius * np.cos(2 * np.pi * hertz / RATE), radius**2], spoken)
        pieces.append(0.3 * spoken / np.abs(spoken).max())
    return np.concatenate(pieces)[: round(seconds * RATE)].astype(np.float32)


def test_two_alternating_voices_are_told_apart_at_their_changes():
    pieces = [vowels(4, *((120, 1.0) if i % 2 == 0 else (220, 1.25)), seed=i) for i in range(6)]
    parts = _mixtures.split_by_voice(_cepstra.features(np.concatenate(pieces)), [(0.0, 24.0)])
    truth = [(4.0 * i, 4.0 * (i + 1), "ab"[i % 2]) for i in range(6)]
    assert len({number for _, _, number in parts}) == 2
    assert speech_scores.diarization_error([(a, b, str(n)) for a, b, n in parts], truth)["error"] < 0.05


def test_one_voice_stays_one_and_short_speech_is_not_split():
    sound = _cepstra.features(vowels(16, 130, 1.0, seed=0))
    assert {number for _, _, number in _mixtures.split_by_voice(sound, [(0.0, 7.0), (8.0, 16.0)])} == {0}
    assert _mixtures.split_by_voice(sound, [(1.0, 2.0), (3.0, 4.0)]) == [(1.0, 2.0, 0), (3.0, 4.0, 0)]
    assert _mixtures.split_by_voice(sound, []) == []


def test_the_error_counts_missed_invented_and_confused_speech():
    truth = [(0.0, 4.0, "A"), (4.0, 8.0, "B"), (7.0, 8.0, "A")]
    assert speech_scores.diarization_error(truth, truth)["error"] == 0
    swapped = [(0.0, 4.0, "x"), (4.0, 6.0, "x"), (6.0, 9.0, "y")]
    found = speech_scores.diarization_error(swapped, truth)
    assert [round(found[key] * 9, 2) for key in ("missed", "false", "confused")] == [1.0, 1.0, 2.0]


def test_names_and_changes_are_counted_by_time():
    truth = [(0.0, 4.0, "A"), (4.0, 8.0, "B")]
    found = [(0.5, 3.0, "A"), (4.1, 7.0, "A")]
    assert speech_scores.attribution(found, truth, [(0.5, 3.0), (5.0, 7.5)]) == pytest.approx(2.5 / 5, abs=0.01)
    assert speech_scores.changes_found([(0.0, 3.9, "A"), (4.2, 8.0, "B")], truth) == 1.0
    assert speech_scores.changes_found([(0.0, 4.6, "A"), (4.7, 8.0, "B")], truth) == 0.0
    assert speech_scores.word_errors(["the", "cat", "sat"], ["a", "cat", "sat", "down"]) == 2


@pytest.mark.parametrize(("name", "most"), [("pyannote_sample", 0.20), ("ami_dev00", 0.35)])
def test_real_conversations_are_split_by_voice(name, most):
    if not SPEECH.is_dir():
        pytest.skip("the shared speech is not here")
    samples = load_audio(SPEECH / f"{name}.wav")[: 30 * RATE]
    rttm = SPEECH / (f"{name}.rttm" if name.startswith("py") else "ami_debug.development.rttm")
    truth = speech_scores.read_rttm(rttm, "dev00" if name.startswith("ami") else "")
    parts = _mixtures.split_by_voice(_cepstra.features(samples), speech_spans(samples))
    found = speech_scores.diarization_error([(a, b, str(n)) for a, b, n in parts], truth)
    assert found["error"] < most and found["confused"] < 0.08
