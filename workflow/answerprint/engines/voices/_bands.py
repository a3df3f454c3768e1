"""Logarithms of mel bands, as Kaldi computes them, which is what CAM++ was trained on."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ...film.sound import RATE

WINDOW, HOP, TRANSFORM = 400, 160, 512
"""Samples of a window, 25 ms, from one to the next, 10 ms, and of the Fourier transform."""
LOW, HIGH = 20.0, 8000.0
"""Hertz."""


def mel_bands(samples: np.ndarray, count: int = 80) -> np.ndarray:
    """The logarithm of the power in each mel band, less its mean over time: float32 (t, count).

    `samples` (n,) at 16 kHz. Povey et al., "The Kaldi Speech Recognition Toolkit", ASRU 2011.
    """
    frames = 1 + (len(samples) - WINDOW) // HOP
    if frames < 1:
        return np.zeros((0, count), np.float32)
    pieces = samples[np.arange(frames)[:, None] * HOP + np.arange(WINDOW)].astype(np.float64)
    pieces -= pieces.mean(axis=1, keepdims=True)
    pieces -= 0.97 * np.concatenate([pieces[:, :1], pieces[:, :-1]], axis=1)
    power = np.abs(np.fft.rfft(pieces * np.hanning(WINDOW) ** 0.85, TRANSFORM)) ** 2
    bands = np.log(np.maximum(power @ _filters(count).T, np.finfo(np.float32).eps))
    return (bands - bands.mean(axis=0)).astype(np.float32)


@lru_cache(maxsize=1)
def _filters(count: int) -> np.ndarray:
    """Triangles evenly spaced in mel: (count, bins)."""
    low, high = (1127 * np.log(1 + hertz / 700) for hertz in (LOW, HIGH))
    edges = np.linspace(low, high, count + 2)
    mel = 1127 * np.log(1 + np.arange(TRANSFORM // 2 + 1) * RATE / TRANSFORM / 700)
    rising = (mel - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - mel) / (edges[2:] - edges[1:-1])[:, None]
    triangles: np.ndarray = np.clip(np.minimum(rising, falling), 0, None)
    return triangles
