"""Where in a film's sound somebody speaks, by Silero VAD (MIT licence, github.com/snakers4/silero-vad)."""

from __future__ import annotations

import numpy as np

from ..film.sound import RATE, amplified

WINDOW = 512
"""Samples that Silero VAD judges at a time, 32 ms."""
RELEASE = 0.15
"""How far the probability must fall below the threshold before a span of speech ends."""


def speech_probability(samples: np.ndarray) -> np.ndarray:
    """The probability 0..1 of speech in each 32 ms of `samples` (mono, 16 kHz): float32 (n,).

    The network hears the film in order and keeps a state of fixed size, so memory does not grow with its length.
    """
    import torch
    from silero_vad import load_silero_vad

    network = load_silero_vad(onnx=False)
    network.reset_states()
    samples = amplified(samples)
    probability = np.zeros(-(-len(samples) // WINDOW), np.float32)
    with torch.no_grad():
        for i in range(len(probability)):
            window = samples[i * WINDOW : (i + 1) * WINDOW]
            window = np.pad(window, (0, WINDOW - len(window)))
            probability[i] = network(torch.from_numpy(window), RATE).item()
    return probability


def speech_spans(
    samples: np.ndarray,
    *,
    probability: np.ndarray | None = None,
    threshold: float = 0.5,
    shortest: float = 0.25,
    pause: float = 0.25,
    margin: float = 0.1,
) -> list[tuple[float, float]]:
    """Where somebody speaks: (start, end) in seconds, in order, without overlap.

    `probability` is the result of `speech_probability` if it is already at hand. A span starts at `threshold` and ends
    after `pause` seconds below threshold - 0.15; `margin` seconds are added at both ends, because soft consonants come
    before the network is sure. Music without singing stays below the threshold.
    """
    probability = speech_probability(samples) if probability is None else probability
    end = len(samples) / RATE
    spans: list[tuple[float, float]] = []
    for start, stop in _runs(probability, end, threshold, pause):
        if stop - start < shortest:
            continue
        start, stop = max(0.0, start - margin), min(end, stop + margin)
        if spans and start <= spans[-1][1]:
            start = spans.pop()[0]
        spans.append((round(start, 3), round(stop, 3)))
    return spans


def _runs(probability: np.ndarray, end: float, threshold: float, pause: float) -> list[tuple[float, float]]:
    """Runs of windows with speech, (start, end) in seconds, bridging pauses; `end` is the length of the sound."""
    runs: list[tuple[float, float]] = []
    begun, last = -1.0, -1.0
    step = WINDOW / RATE
    for i, value in enumerate([*probability, 0.0]):
        now = i * step
        if value >= threshold or (begun >= 0 and value >= threshold - RELEASE):
            begun, last = (now if begun < 0 else begun), now + step
        elif begun >= 0 and (now - last >= pause or now + step >= end):
            runs.append((begun, last))
            begun = -1.0
    return runs
