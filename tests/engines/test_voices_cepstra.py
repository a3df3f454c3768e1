"""Voices are known again by other words."""

from __future__ import annotations

import numpy as np
import pytest

from answerprint.engines.voices import _cepstra
from answerprint.engines.voices.cepstra import CepstralHearing
from answerprint.film.sound import RATE, load_audio
from answerprint.speech import voice_evidence
from answerprint.speech.voice_activity import speech_spans
from places import MEDIA


def buzz(seconds: float, hertz: float, formants: tuple[float, ...], seed: int) -> np.ndarray:
    """A hummed voice: pulses at a wavering pitch through resonances."""
    from scipy.signal import lfilter

    rng = np.random.default_rng(seed)
    wave_ = hertz * (1 + 0.05 * np.sin(np.arange(round(seconds * RATE)) * 2 * np.pi * 3 / RATE + seed))
    sound = (np.diff(np.floor(np.cumsum(wave_) / RATE), prepend=0) > 0) + rng.normal(0, 0.01, len(wave_))
    for f in formants:
        radius = np.exp(-np.pi * 120 / RATE)
        sound = lfilter([1 - radius], [1, -2 * radius * np.cos(2 * np.pi * f / RATE), radius**2], sound)
    return (0.3 * sound / np.abs(sound).max()).astype(np.float32)


def test_voices_are_told_apart_and_pitch_is_measured():
    sounds = [buzz(1.5, 110, (500, 1500, 2500), s) for s in (0, 1)] + [
        buzz(1.5, 210, (700, 1900, 2900), s) for s in (2, 3)
    ]
    vectors = [_cepstra.vectors_within(_cepstra.features(s), [(0, 1.5)]) for s in sounds]
    assert np.exp(np.nanmedian(vectors[0][:, 19])) == pytest.approx(110, rel=0.08)
    hearing = CepstralHearing(_cepstra.features(np.concatenate(sounds)), [(0.0, 6.0)])
    voices = [hearing.voice([(1.5 * i, 1.5 * (i + 1))]) for i in range(4)]
    assert voice_evidence.grouped(voices, hearing) == [0, 0, 1, 1]


def test_other_words_of_a_voice_are_nearest_to_their_owner():
    film = MEDIA / "dialogue" / "grid_reverse.mkv"
    if not film.is_file():
        pytest.skip("the shared dialogue is not here")
    samples = load_audio(film)
    sound = _cepstra.features(samples)
    spans = speech_spans(samples)
    background = _cepstra.model_voice(_cepstra.vectors_within(sound, spans))
    halves = [((a, (a + b) / 2), ((a + b) / 2, b)) for a, b in spans]
    right = 0
    for known, asked in ((0, 1), (1, 0)):
        owners = [_cepstra.model_voice(_cepstra.vectors_within(sound, [half[known]]), background) for half in halves]
        for i, half in enumerate(halves):
            voice = _cepstra.model_voice(_cepstra.vectors_within(sound, [half[asked]]), background)
            right += int(np.argmin([_cepstra.voice_distance(voice, owner) for owner in owners])) == i
    # Five people, 0.7 s each, other words: chance is 2 of 10.
    assert len(spans) == 5 and right >= 8
