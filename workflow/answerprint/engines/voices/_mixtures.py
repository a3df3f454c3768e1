"""Where one voice gives way to another, from the sound alone, for films in which nobody is seen to speak.

Windows of speech are merged bottom up (Ward), then each voice gets a model adapted from the film's own background
(Reynolds, Quatieri and Dunn, "Speaker Verification Using Adapted Gaussian Mixture Models", DSP 2000), and the most
likely sequence of voices is found (Viterbi) until it no longer changes. Voices are added while they explain much more.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ...film.sound import RATE, Spans
from ._cepstra import CEPSTRA, HOP

STEP = 5
"""Feature vectors, 0.05 s, that are decided together."""
MIN_SPEECH = 400
"""Feature vectors, 4 s, below which speech is not split."""
WINDOWS = (100, 150, 200)
"""Feature vectors of a first window, 1 to 2 s; windows start every third of that. Which length fits depends on how fast
people take turns: all are tried, and the one whose voices explain most is kept."""
MIN_WINDOW = 40
"""Feature vectors of a span below which it has no window."""
SHORTEST = 10
"""Steps, 0.5 s, that a voice speaks at least."""
CHANGE, AFTER_PAUSE = 20.0, 3.0
"""Log odds against a change of voice at any step, and where a span of speech begins."""
COMPONENTS = 16
"""Gaussians of a mixture."""
RELEVANCE = 12.0
"""Feature vectors that move a component half of the way from the background to a voice."""
GAIN = 600.0
"""Log odds that a further voice must bring on 20 s of speech; the limit grows with the root of the length. Split in
two, one voice brings 240 to 410 on 7 to 15 s, two voices 675 and 945 on 20 s; a non-existent third 550 and 576."""
MOST = 8
"""Voices that are looked for."""
LARGEST = 2000
"""Windows compared with each other at most, which bounds memory at 32 MB; in a long film they are further apart."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Mixture:
    """A mixture of Gaussians with diagonal covariances."""

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

    def log_probability(self, x: np.ndarray) -> np.ndarray:
        """Log probability of each vector (n, d): (n,)."""
        return np.logaddexp.reduce(self.joint(x), axis=1)

    def responsibilities(self, x: np.ndarray) -> np.ndarray:
        """How much of each vector belongs to each component: (n, k)."""
        joint = self.joint(x)
        return np.exp(joint - np.logaddexp.reduce(joint, axis=1, keepdims=True))

    def adapted(self, x: np.ndarray) -> Mixture:
        """The same mixture with its means moved towards vectors (n, d)."""
        shares = self.responsibilities(x)
        count = shares.sum(axis=0)[:, None]
        means = (shares.T @ x + RELEVANCE * self.means) / (count + RELEVANCE)
        return Mixture(weights=self.weights, means=means, variances=self.variances)


def fit_background(x: np.ndarray, steps: int = 15) -> Mixture:
    """The mixture of all vectors (n, d), by expectation maximisation from evenly spaced ones."""
    order = np.argsort(x[:, 0], kind="stable")
    mixture = Mixture(
        weights=np.full(COMPONENTS, 1 / COMPONENTS),
        means=x[order[np.linspace(0, len(x) - 1, COMPONENTS).astype(int)]],
        variances=np.tile(x.var(axis=0), (COMPONENTS, 1)),
    )
    for _ in range(steps):
        shares = mixture.responsibilities(x)
        count = shares.sum(axis=0)[:, None] + 1e-3
        means = shares.T @ x / count
        variances = shares.T @ x**2 / count - means**2 + 0.05 * x.var(axis=0)
        mixture = Mixture(weights=(count / count.sum())[:, 0], means=means, variances=np.maximum(variances, 1e-3))
    return mixture


def split_by_voice(features: np.ndarray, spans: Spans) -> list[tuple[float, float, int]]:
    """Pieces (start, end, number of the voice) of `spans`, in seconds and in order; one number if it is one voice.

    `features` is from `_cepstra.features`. Voices are numbered as they appear; less than 4 s of speech count as one.
    """
    second = RATE / HOP
    indices = [np.arange(int(a * second), min(len(features), int(b * second))) for a, b in spans]
    speech = np.concatenate([*indices, np.zeros(0, int)])
    if len(speech) < MIN_SPEECH:
        return [(a, b, 0) for a, b in spans]
    lengths = [len(one) for one in indices]
    labels = _voice_labels(_whitened(features[speech, :CEPSTRA].astype(np.float64)), np.cumsum([0, *lengths]))
    pieces: list[tuple[float, float, int]] = []
    order: list[int] = []
    for (start, end), inside in zip(spans, np.split(labels, np.cumsum(lengths)[:-1]), strict=True):
        edges = [0, *(np.flatnonzero(np.diff(inside)) + 1).tolist(), len(inside)]
        for a, b in pairwise(edges):
            if b > a:
                label = int(inside[a])
                order += [label] * (label not in order)
                stop = end if b == len(inside) else start + b / second
                pieces.append((round(start + a / second, 3), round(stop, 3), order.index(label)))
    return pieces


def _whitened(vectors: np.ndarray) -> np.ndarray:
    """Vectors (n, d) moved and turned to mean 0 and unit covariance."""
    whiten = np.linalg.cholesky(np.linalg.inv(np.cov(vectors.T) + 1e-6 * np.eye(vectors.shape[1])))
    return (vectors - vectors.mean(axis=0)) @ whiten


def _voice_labels(vectors: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """The number of the voice of each whitened vector (n, d); `edges` are the ends of the spans within them."""
    background = fit_background(vectors)
    baseline = background.log_probability(vectors)
    begins = np.round(edges[:-1] / STEP).astype(int)
    needed = GAIN * max(1.0, float(np.sqrt(len(vectors) / 2000)))
    best, reached = np.zeros(len(vectors), int), 0.0
    for guesses in zip(*(_first_guesses(vectors, edges, window) for window in WINDOWS), strict=False):
        refined = [_refine(vectors, labels, background, baseline, begins) for labels in guesses]
        labels, gain = max(refined, key=lambda one: one[1])
        if gain - reached < needed:
            break
        best, reached = labels, gain
    return best


def _first_guesses(vectors: np.ndarray, edges: np.ndarray, window: int) -> list[np.ndarray]:
    """Labels (n,) for two voices, three and so on, by clustering windows of this length."""
    from scipy.cluster.hierarchy import fcluster, linkage

    shift = max(window // 3, len(vectors) // LARGEST)
    windows = []
    for low, high in pairwise(edges.tolist()):
        count = max(1, round((high - low - window) / shift) + 1)
        starts = np.linspace(low, max(low, high - window), count).astype(int)
        windows += [(int(a), min(int(a) + window, high)) for a in starts if high - low >= MIN_WINDOW]
    if len(windows) < 2:
        return []
    # A mean over more vectors is more certain: scaled by the root of their number, all are equally so.
    means = np.array([vectors[a:b].mean(axis=0) * np.sqrt(b - a) for a, b in windows])
    tree = linkage(means, "ward")
    guesses = []
    for count in range(2, min(MOST, len(windows)) + 1):
        votes = np.zeros((len(vectors), count))
        for (a, b), number in zip(windows, fcluster(tree, count, "maxclust") - 1, strict=True):
            votes[a:b, number] += 1.01 - np.abs(np.linspace(-1, 1, b - a))
        guesses.append(votes.argmax(axis=1))
    return guesses


def _refine(
    vectors: np.ndarray, labels: np.ndarray, background: Mixture, baseline: np.ndarray, begins: np.ndarray
) -> tuple[np.ndarray, float]:
    """Labels that no longer change, and by how much their voices explain the vectors better than the background.

    `begins` are the steps at which spans of speech begin.
    """
    gain = 0.0
    for _ in range(8):
        numbers = [k for k in np.unique(labels) if (labels == k).sum() > 30]
        voices = [background.adapted(vectors[labels == k]) for k in numbers]
        odds = np.stack([voice.log_probability(vectors) - baseline for voice in voices], axis=1)
        summed = np.add.reduceat(odds, np.arange(0, len(odds), STEP), axis=0)
        path = np.repeat(_best_path(summed, begins), STEP)[: len(vectors)]
        refined = np.array(numbers)[path]
        gain = float(odds[np.arange(len(odds)), path].sum())
        if (refined == labels).all():
            break
        labels = refined
    return labels, gain


def _best_path(odds: np.ndarray, begins: np.ndarray) -> np.ndarray:
    """The most likely voice of each step, given its log odds (n, k); each voice lasts at least SHORTEST steps.

    A change costs less at `begins`, the steps at which spans of speech begin.
    """
    count, voices = odds.shape
    summed = np.vstack([np.zeros(voices), np.cumsum(odds, axis=0)])
    best = np.full(count + 1, -np.inf)
    best[0] = 0.0
    cost = np.full(count + 1, CHANGE)
    cost[begins[begins <= count]] = AFTER_PAUSE
    cost[0] = 0.0
    # For each voice, the best score of a run of it that is under way, and the step at which that run began.
    running, since = np.full(voices, -np.inf), np.zeros(voices, int)
    run_start, run_voice = np.zeros(count + 1, int), np.zeros(count + 1, int)
    for stop in range(SHORTEST, count + 1):
        start = stop - SHORTEST
        entered = best[start] - cost[start] - summed[start]
        better = entered > running
        running, since = np.where(better, entered, running), np.where(better, start, since)
        ended = running + summed[stop]
        run_voice[stop] = int(ended.argmax())
        best[stop], run_start[stop] = ended[run_voice[stop]], since[run_voice[stop]]
    if not np.isfinite(best[count]):
        return np.full(count, int(odds.sum(axis=0).argmax()))
    path = np.zeros(count, int)
    stop = count
    while stop > 0:
        path[run_start[stop] : stop] = run_voice[stop]
        stop = int(run_start[stop])
    return path
