"""Voices told apart by how they sound, so that a line off screen gets the name that its voice had on screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .recognise import RATE

HOP = 160
"""Samples between two feature vectors: 100 a second."""
ENOUGH = 60
"""Voiced feature vectors, 0.6 s, below which a stretch of sound says nothing about its voice."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Voice:
    """A Gaussian over the cepstra of one voice, and one over its pitch."""

    mean: np.ndarray
    """float64 (19,)."""
    covariance: np.ndarray
    """float64 (19, 19)."""
    pitch: float
    """Mean of the logarithm of the frequency in hertz; NaN: never heard."""
    count: int
    """Feature vectors it was made from."""


def features(samples: np.ndarray) -> np.ndarray:
    """Sound of a voice, 100 times a second: float32 (n, 20), 19 mel-frequency cepstra without the first, and pitch.

    Davis and Mermelstein, IEEE TASSP 28(4), 1980; pitch is the logarithm of the best lag of the autocorrelation
    between 70 and 400 Hz, NaN where nothing repeats (Rabiner, IEEE TASSP 25(1), 1977).
    """
    from scipy.fft import dct

    length, hop, size = 640, 160, 1024
    count = max(0, 1 + (len(samples) - length) // hop)
    found = np.zeros((count, 20), np.float32)
    if not count:
        return found
    filters = _mel_filters(size)
    window = np.hamming(length)
    # A thousand windows at a time keep an hour of sound in a few megabytes.
    for first in range(0, count, 1000):
        at = np.arange(first, min(count, first + 1000)) * hop
        cut = samples[at[:, None] + np.arange(length)].astype(np.float64)
        cut = cut - cut.mean(axis=1, keepdims=True)
        power = np.abs(np.fft.rfft(cut * window, size)) ** 2
        cepstra = dct(np.log(power @ filters.T + 1e-8), norm="ortho")[:, 1:20]
        repeats = np.fft.irfft(np.abs(np.fft.rfft(cut, 2 * size)) ** 2)[:, : RATE // 70 + 1]
        lags = slice(RATE // 400, None)
        # Later lags see fewer samples: divided by their number they can be compared.
        even = repeats[:, lags] / (repeats[:, :1] + 1e-9) / (1 - np.arange(repeats.shape[1])[lags] / length)
        pitch = np.log(RATE / (RATE // 400 + even.argmax(axis=1)))
        found[first : first + len(at), :19] = cepstra
        found[first : first + len(at), 19] = np.where(even.max(axis=1) > 0.5, pitch, np.nan)
    return found


def _mel_filters(size: int, count: int = 26) -> np.ndarray:
    """Triangular filters, evenly spaced in mel between 80 and 7600 Hz: (count, size / 2 + 1)."""
    low, high = (2595 * np.log10(1 + hertz / 700) for hertz in (80, 7600))
    edges = 700 * (10 ** (np.linspace(low, high, count + 2) / 2595) - 1)
    bins = np.arange(size // 2 + 1) * RATE / size
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    return np.clip(np.minimum(rising, falling), 0, None)


def within(sound: np.ndarray, spans: Sequence[tuple[float, float]]) -> np.ndarray:
    """Feature vectors of `spans` (seconds), only the louder half: (n, 20). The pauses of all voices are alike."""
    pieces = [sound[int(start * RATE / HOP) : max(0, int(end * RATE / HOP) - 3)] for start, end in spans]
    found = np.concatenate([*pieces, sound[:0]])
    if len(found) < 2:
        return found
    voiced = ~np.isnan(found[:, 19])
    return found[voiced] if voiced.mean() > 0.25 else found


def model(found: np.ndarray, background: Voice | None = None) -> Voice:
    """The voice behind feature vectors (n, 20); with few of them its covariance leans on that of `background`.

    Shrinking as in Reynolds, Quatieri and Dunn, "Speaker Verification Using Adapted Gaussian Mixture Models", DSP 2000.
    """
    cepstra = found[:, :19].astype(np.float64)
    covariance = np.cov(cepstra.T) if len(cepstra) > 1 else np.eye(19)
    if background is not None:
        # Two seconds of one's own voice count as much as the film's covariance.
        own = len(cepstra) / (len(cepstra) + 200.0)
        covariance = own * covariance + (1 - own) * background.covariance
    pitches = found[:, 19][~np.isnan(found[:, 19])]
    return Voice(
        mean=cepstra.mean(axis=0),
        covariance=covariance + 1e-3 * np.eye(19),
        pitch=float(np.median(pitches)) if len(pitches) else float("nan"),
        count=len(cepstra),
    )


def apart(a: Voice, b: Voice) -> float:
    """How different two voices are: symmetric Kullback-Leibler divergence of the cepstra, and of pitch up to 4.5.

    Siegler et al., "Automatic Segmentation, Classification and Clustering of Broadcast News Audio", DARPA 1997. On
    stretches of 0.7 s one voice gives 3 to 9, two voices 6.5 to 14; it falls as the stretches grow.
    """
    step = a.mean - b.mean
    ia, ib = np.linalg.inv(a.covariance), np.linalg.inv(b.covariance)
    shape = float(np.trace(ia @ b.covariance) + np.trace(ib @ a.covariance)) - 2 * len(step)
    # Pitch of one voice strays by a sixth from sentence to sentence; more than half an octave says no more.
    pitch = abs(a.pitch - b.pitch) / 0.15
    return shape / 4 + float(step @ (ia + ib) @ step) / 2 + (0.5 * min(3.0, pitch) ** 2 if np.isfinite(pitch) else 0.0)


def cluster(found: Sequence[np.ndarray], background: Voice, *, same: float) -> list[int]:
    """Number of the voice of each stretch of feature vectors (n, 20), in order of appearance."""
    made = [model(f, background) for f in found]
    return grouped(np.array([[apart(a, b) for b in made] for a in made]), same)


def grouped(far: np.ndarray, limit: float) -> list[int]:
    """Number of the group of each of n things with distances (n, n): average linkage up to `limit`, in order."""
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    if len(far) < 2:
        return [0] * len(far)
    raw = fcluster(linkage(squareform(far, checks=False), "average"), limit, "distance")
    order = list(dict.fromkeys(raw.tolist()))
    return [order.index(label) for label in raw.tolist()]
