"""Where one voice gives way to another, from the sound alone, for films in which nobody is seen to speak.

Windows of speech are joined bottom up (Ward), then each voice gets a model adapted from the film's own background
(Reynolds, Quatieri and Dunn, "Speaker Verification Using Adapted Gaussian Mixture Models", DSP 2000), and the most
likely run of voices is found again and again (Viterbi) until it stays. Voices are added while they explain much more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from .recognise import RATE
from .voiceprints import HOP

STEP = 5
"""Feature vectors, 0.05 s, that are decided about together."""
WINDOWS = (100, 150, 200)
"""Feature vectors of a first window, 1 to 2 s, a third of it between two. Which length fits depends on how fast people
take turns: all are tried, and the one whose voices explain most is kept."""
SHORTEST = 10
"""Steps, 0.5 s, that a voice speaks at least."""
CHANGE = 20.0
"""Log odds against a change of voice in any one step."""
COMPONENTS = 16
RELEVANCE = 12.0
"""Feature vectors of its own that move a component half of the way from the background to a voice."""
GAIN = 600.0
"""Log odds that a further voice must bring on 20 s of speech, more with the root of its length. Split in two, one
voice brings 240 to 410 on 7 to 15 s, two voices 675 and 945 on 20 s, a third that is not there 550 and 576."""
MOST = 8
"""Voices that are looked for."""
LARGEST = 2000
"""Windows compared with each other at most, which bounds memory at 32 MB; in a long film they lie further apart."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Mixture:
    """Gaussians with diagonal covariances."""

    weights: np.ndarray
    """float64 (k,)."""
    means: np.ndarray
    """float64 (k, d)."""
    variances: np.ndarray
    """float64 (k, d)."""

    def joint(self, x: np.ndarray) -> np.ndarray:
        """Log probability of each vector (n, d) with each component: (n, k)."""
        inverse = 1 / self.variances
        constant = np.log(self.weights) - 0.5 * (np.log(2 * np.pi * self.variances) + self.means**2 * inverse).sum(1)
        return constant - 0.5 * (x**2) @ inverse.T + x @ (self.means * inverse).T

    def log(self, x: np.ndarray) -> np.ndarray:
        """Log probability of each vector (n, d): (n,)."""
        return np.logaddexp.reduce(self.joint(x), axis=1)

    def shares(self, x: np.ndarray) -> np.ndarray:
        """How much of each vector belongs to each component: (n, k)."""
        joint = self.joint(x)
        return np.exp(joint - np.logaddexp.reduce(joint, axis=1, keepdims=True))

    def adapted(self, x: np.ndarray) -> Mixture:
        """The same components moved towards vectors (n, d)."""
        shares = self.shares(x)
        count = shares.sum(axis=0)[:, None]
        means = (shares.T @ x + RELEVANCE * self.means) / (count + RELEVANCE)
        return Mixture(weights=self.weights, means=means, variances=self.variances)


def background(x: np.ndarray, steps: int = 15) -> Mixture:
    """The mixture of all vectors (n, d), by expectation maximisation from evenly spaced ones."""
    order = np.argsort(x[:, 0], kind="stable")
    found = Mixture(
        weights=np.full(COMPONENTS, 1 / COMPONENTS),
        means=x[order[np.linspace(0, len(x) - 1, COMPONENTS).astype(int)]],
        variances=np.tile(x.var(axis=0), (COMPONENTS, 1)),
    )
    for _ in range(steps):
        shares = found.shares(x)
        count = shares.sum(axis=0)[:, None] + 1e-3
        means = shares.T @ x / count
        variances = shares.T @ x**2 / count - means**2 + 0.05 * x.var(axis=0)
        found = Mixture(weights=(count / count.sum())[:, 0], means=means, variances=np.maximum(variances, 1e-3))
    return found


def parted(sound: np.ndarray, spans: Sequence[tuple[float, float]]) -> list[tuple[float, float, int]]:
    """Stretches (start, end, number of the voice) of `spans` (seconds), in order; one number where it is one voice.

    `sound` is from voices.features. Voices are numbered as they appear; speech under 4 s is left in one piece.
    """
    second = RATE / HOP
    index = [np.arange(int(a * second), min(len(sound), int(b * second))) for a, b in spans]
    frames = np.concatenate([*index, np.zeros(0, int)])
    if len(frames) < 400:
        return [(a, b, 0) for a, b in spans]
    vectors = sound[frames, :19].astype(np.float64)
    whiten = np.linalg.cholesky(np.linalg.inv(np.cov(vectors.T) + 1e-6 * np.eye(19)))
    vectors = (vectors - vectors.mean(axis=0)) @ whiten
    labels = _voices(vectors, np.cumsum([0, *(len(one) for one in index)]))
    found: list[tuple[float, float, int]] = []
    order: list[int] = []
    for (start, end), at in zip(spans, np.split(labels, np.cumsum([len(one) for one in index])[:-1]), strict=True):
        edges = [0, *(np.flatnonzero(np.diff(at)) + 1).tolist(), len(at)]
        for a, b in pairwise(edges):
            if b > a:
                number = int(at[a])
                order += [number] * (number not in order)
                stop = end if b == len(at) else start + b / second
                found.append((round(start + a / second, 3), round(stop, 3), order.index(number)))
    return found


def _voices(vectors: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Number of the voice of each vector (n, d), white; `edges` are the ends of the spans within them."""
    everyone = background(vectors)
    common = everyone.log(vectors)
    needed = GAIN * max(1.0, float(np.sqrt(len(vectors) / 2000)))
    best, reached = np.zeros(len(vectors), int), 0.0
    for guesses in zip(*(_first_guesses(vectors, edges, window) for window in WINDOWS), strict=False):
        settled = [_settled(vectors, labels, everyone, common) for labels in guesses]
        labels, gain = max(settled, key=lambda one: one[1])
        if gain - reached < needed:
            break
        best, reached = labels, gain
    return best


def _first_guesses(vectors: np.ndarray, edges: np.ndarray, window: int) -> list[np.ndarray]:
    """Labels (n,) for two voices, three and so on, each window with those that it is most like."""
    from scipy.cluster.hierarchy import fcluster, linkage

    shift = max(window // 3, len(vectors) // LARGEST)
    windows = []
    for low, high in pairwise(edges.tolist()):
        count = max(1, round((high - low - window) / shift) + 1)
        starts = np.linspace(low, max(low, high - window), count).astype(int)
        windows += [(int(a), min(int(a) + window, high)) for a in starts if high - low >= 40]
    if len(windows) < 2:
        return []
    # A mean over more vectors is surer: its length in this space grows with the root of their number.
    means = np.array([vectors[a:b].mean(axis=0) * np.sqrt(b - a) for a, b in windows])
    tree = linkage(means, "ward")
    guesses = []
    for count in range(2, min(MOST, len(windows)) + 1):
        votes = np.zeros((len(vectors), count))
        for (a, b), number in zip(windows, fcluster(tree, count, "maxclust") - 1, strict=True):
            votes[a:b, number] += 1.01 - np.abs(np.linspace(-1, 1, b - a))
        guesses.append(votes.argmax(axis=1))
    return guesses


def _settled(
    vectors: np.ndarray, labels: np.ndarray, everyone: Mixture, common: np.ndarray
) -> tuple[np.ndarray, float]:
    """Labels that no longer change, and by how much their voices explain the vectors better than one does."""
    gain = 0.0
    for _ in range(8):
        numbers = [k for k in np.unique(labels) if (labels == k).sum() > 30]
        odds = np.stack([everyone.adapted(vectors[labels == k]).log(vectors) - common for k in numbers], axis=1)
        summed = np.add.reduceat(odds, np.arange(0, len(odds), STEP), axis=0)
        path = np.repeat(_path(summed), STEP)[: len(vectors)]
        settled = np.array(numbers)[path]
        gain = float(odds[np.arange(len(odds)), path].sum())
        if (settled == labels).all():
            break
        labels = settled
    return labels, gain


def _path(odds: np.ndarray) -> np.ndarray:
    """The most likely voice of each step (n, k), each voice at least SHORTEST steps long."""
    count = len(odds)
    summed = np.vstack([np.zeros(odds.shape[1]), np.cumsum(odds, axis=0)])
    best = np.full(count + 1, -np.inf)
    best[0] = 0.0
    begun = np.full(odds.shape[1], -np.inf)
    since = np.zeros(odds.shape[1], int)
    from_, who = np.zeros(count + 1, int), np.zeros(count + 1, int)
    for t in range(SHORTEST, count + 1):
        a = t - SHORTEST
        entered = best[a] - (CHANGE if a else 0.0) - summed[a]
        better = entered > begun
        begun, since = np.where(better, entered, begun), np.where(better, a, since)
        ended = begun + summed[t]
        who[t] = int(ended.argmax())
        best[t], from_[t] = ended[who[t]], since[who[t]]
    if not np.isfinite(best[count]):
        return np.full(count, int(odds.sum(axis=0).argmax()))
    path = np.zeros(count, int)
    t = count
    while t > 0:
        path[from_[t] : t] = who[t]
        t = from_[t]
    return path
