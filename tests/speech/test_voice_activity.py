"""Speech is found in sound as spans that bridge short pauses."""

from __future__ import annotations

import numpy as np

from answerprint.speech.voice_activity import WINDOW, speech_probability, speech_spans


def test_only_short_pauses_are_bridged_and_short_bursts_dropped():
    likely = np.zeros(200, np.float32)
    likely[10:30] = likely[34:50] = likely[100:120] = 0.9
    likely[150:153] = 0.9
    spans = speech_spans(np.zeros(200 * WINDOW, np.float32), probability=likely)
    assert [(round(a, 2), round(b, 2)) for a, b in spans] == [(0.22, 1.7), (3.1, 3.94)]


def test_no_sound_has_no_speech():
    samples = np.zeros(0, np.float32)
    assert speech_probability(samples).shape == (0,) and speech_spans(samples) == []
