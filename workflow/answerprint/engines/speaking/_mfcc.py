"""Mel-frequency cepstra as published audio-visual networks were trained on."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ...film.sound import RATE

LENGTH, HOP, SIZE = 400, 160, 512
"""Samples of a window and between two, 25 and 10 ms, and of the transform."""
CEPSTRA, FILTERS, LIFTER = 13, 26, 22


def mfcc(samples: np.ndarray, count: int) -> np.ndarray:
    """`count` vectors of 13 cepstra, 100 a second, of sound at 16 kHz, -1..1: float32 (count, 13).

    Davis and Mermelstein, IEEE TASSP 28(4), 1980, with the settings of the package python_speech_features: rectangular
    windows, pre-emphasis of 0.97, a sine lifter over 22, and the logarithm of the energy in place of the first.
    """
    from scipy.fft import dct

    # The networks heard 16-bit numbers.
    sound = samples.astype(np.float64) * 32768
    sound = np.append(sound[:1], sound[1:] - 0.97 * sound[:-1])
    sound = np.pad(sound, (0, max(0, (count - 1) * HOP + LENGTH - len(sound))))
    lift = 1 + LIFTER / 2 * np.sin(np.pi * np.arange(CEPSTRA) / LIFTER)
    result = np.zeros((count, CEPSTRA), np.float32)
    # A thousand windows at a time keep an hour of sound in a few megabytes.
    for first in range(0, count, 1000):
        at = np.arange(first, min(count, first + 1000)) * HOP
        power = np.abs(np.fft.rfft(sound[at[:, None] + np.arange(LENGTH)], SIZE)) ** 2 / SIZE
        bands, energy = (_logarithm(values) for values in (power @ _filters().T, power.sum(axis=1)))
        cepstra = lift * dct(bands, norm="ortho")[:, :CEPSTRA]
        cepstra[:, 0] = energy
        result[first : first + len(at)] = cepstra
    return result


def _logarithm(values: np.ndarray) -> np.ndarray:
    return np.log(np.where(values == 0, np.finfo(float).eps, values))


@lru_cache(maxsize=1)
def _filters() -> np.ndarray:
    """Triangles between whole bins, evenly spaced in mel from 0 to 8000 Hz: (26, 257)."""
    mels = np.linspace(0, 2595 * np.log10(1 + RATE / 2 / 700), FILTERS + 2)
    edges = np.floor((SIZE + 1) * 700 * (10 ** (mels / 2595) - 1) / RATE)
    bins = np.arange(SIZE // 2 + 1)
    low, middle, high = (edges[i : i + FILTERS, None] for i in range(3))
    # The last bin belongs to no triangle: each is open at its upper end.
    return np.clip(np.minimum((bins - low) / (middle - low), (high - bins) / (high - middle)), 0, None)
