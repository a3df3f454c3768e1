"""Mel-frequency cepstra and pitch, and how different two voices are by them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...film.sound import RATE, Spans

WINDOW, HOP, TRANSFORM = 640, 160, 1024
"""Samples of a window (40 ms), between two feature vectors (10 ms), and of the Fourier transform."""
CEPSTRA = 19
"""Cepstra of a feature vector; its last column is the pitch."""
MIN_VECTORS = 60
"""Voiced feature vectors, 0.6 s, below which a stretch of sound says nothing about its voice."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Gaussian:
    """A Gaussian over the cepstra of one voice, and its pitch."""

    mean: np.ndarray
    """float64 (19,)."""
    covariance: np.ndarray
    """float64 (19, 19)."""
    pitch: float
    """Median of the logarithm of the frequency in hertz; NaN: no pitch was heard."""
    count: int
    """Feature vectors it was made from."""


def features(samples: np.ndarray) -> np.ndarray:
    """Feature vectors of `samples` (16 kHz), 100 a second: float32 (n, 20), mel-frequency cepstra 1..19 and pitch.

    Davis and Mermelstein, IEEE TASSP 28(4), 1980; pitch is the logarithm of the best lag of the autocorrelation
    between 70 and 400 Hz, NaN where nothing repeats (Rabiner, IEEE TASSP 25(1), 1977).
    """
    from scipy.fft import dct

    count = max(0, 1 + (len(samples) - WINDOW) // HOP)
    vectors = np.zeros((count, CEPSTRA + 1), np.float32)
    filters = _mel_filters(TRANSFORM)
    taper = np.hamming(WINDOW)
    # A thousand windows at a time keep an hour of sound in a few megabytes.
    for first in range(0, count, 1000):
        starts = np.arange(first, min(count, first + 1000)) * HOP
        windows = samples[starts[:, None] + np.arange(WINDOW)].astype(np.float64)
        windows = windows - windows.mean(axis=1, keepdims=True)
        power = np.abs(np.fft.rfft(windows * taper, TRANSFORM)) ** 2
        cepstra = dct(np.log(power @ filters.T + 1e-8), norm="ortho")[:, 1 : CEPSTRA + 1]
        vectors[first : first + len(starts), :CEPSTRA] = cepstra
        vectors[first : first + len(starts), CEPSTRA] = _pitch(windows)
    return vectors


def _pitch(windows: np.ndarray) -> np.ndarray:
    """Logarithm of the pitch in hertz of each window (n, samples), NaN where nothing repeats: (n,)."""
    repeats = np.fft.irfft(np.abs(np.fft.rfft(windows, 2 * TRANSFORM)) ** 2)[:, : RATE // 70 + 1]
    lags = slice(RATE // 400, None)
    # Longer lags overlap in fewer samples; divided by that number they can be compared.
    overlap = 1 - np.arange(repeats.shape[1])[lags] / WINDOW
    even = repeats[:, lags] / (repeats[:, :1] + 1e-9) / overlap
    pitch = np.log(RATE / (RATE // 400 + even.argmax(axis=1)))
    return np.where(even.max(axis=1) > 0.5, pitch, np.nan)


def _mel_filters(size: int, count: int = 26) -> np.ndarray:
    """Triangular filters, evenly spaced in mel between 80 and 7600 Hz: (count, size / 2 + 1)."""
    low, high = (2595 * np.log10(1 + hertz / 700) for hertz in (80, 7600))
    edges = 700 * (10 ** (np.linspace(low, high, count + 2) / 2595) - 1)
    bins = np.arange(size // 2 + 1) * RATE / size
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    return np.clip(np.minimum(rising, falling), 0, None)


def vectors_within(features: np.ndarray, spans: Spans) -> np.ndarray:
    """The feature vectors of `spans`, (n, 20); only those with pitch if they are more than a quarter.

    The pauses of all voices sound alike, so they are left out.
    """
    pieces = [features[int(start * RATE / HOP) : max(0, int(end * RATE / HOP) - 3)] for start, end in spans]
    vectors = np.concatenate([*pieces, features[:0]])
    if len(vectors) < 2:
        return vectors
    voiced = ~np.isnan(vectors[:, CEPSTRA])
    return vectors[voiced] if voiced.mean() > 0.25 else vectors


def model_voice(vectors: np.ndarray, background: Gaussian | None = None) -> Gaussian:
    """The voice of feature vectors (n, 20); the fewer there are, the more its covariance leans on `background`.

    Shrinkage as in Reynolds, Quatieri and Dunn, "Speaker Verification Using Adapted Gaussian Mixture Models", DSP 2000.
    """
    cepstra = vectors[:, :CEPSTRA].astype(np.float64)
    covariance = np.cov(cepstra.T) if len(cepstra) > 1 else np.eye(CEPSTRA)
    if background is not None:
        # Two seconds of the voice itself count as much as the film's covariance.
        share = len(cepstra) / (len(cepstra) + 200.0)
        covariance = share * covariance + (1 - share) * background.covariance
    pitches = vectors[:, CEPSTRA][~np.isnan(vectors[:, CEPSTRA])]
    return Gaussian(
        mean=cepstra.mean(axis=0),
        covariance=covariance + 1e-3 * np.eye(CEPSTRA),
        pitch=float(np.median(pitches)) if len(pitches) else float("nan"),
        count=len(cepstra),
    )


def voice_distance(a: Gaussian, b: Gaussian) -> float:
    """How different two voices are: symmetric Kullback-Leibler divergence of the cepstra, and up to 4.5 for pitch.

    Siegler et al., "Automatic Segmentation, Classification and Clustering of Broadcast News Audio", DARPA 1997. Over
    stretches of 0.7 s, one voice gives 3 to 9, two voices 6.5 to 14; longer stretches give less.
    """
    step = a.mean - b.mean
    ia, ib = np.linalg.inv(a.covariance), np.linalg.inv(b.covariance)
    shape = float(np.trace(ia @ b.covariance) + np.trace(ib @ a.covariance)) - 2 * len(step)
    # The pitch of one voice varies by a sixth between sentences; beyond half an octave, more says nothing new.
    pitch = abs(a.pitch - b.pitch) / 0.15
    return shape / 4 + float(step @ (ia + ib) @ step) / 2 + (0.5 * min(3.0, pitch) ** 2 if np.isfinite(pitch) else 0.0)
