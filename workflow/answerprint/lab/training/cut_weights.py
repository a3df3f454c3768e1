"""Trains the weights by which `shots/breaks` and `shots/witnesses` tell cuts, on spliced films.

python -c "from pathlib import Path; from answerprint.lab.training import cut_weights
print(cut_weights.module(cut_weights.train(Path('MEDIA'))))" > workflow/answerprint/engines/shots/_break_weights.py
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...engines.shots import _break_measures
from ...engines.shots.transnet import TransNet
from ...engines.shots.witnesses import log_odds, marked
from ..bench import cut_clips, spliced_films
from ..bench.spliced_films import KINDS, SplicedFilm

FILMS = 280
"""Films to train on; every third has no cut and all kinds of disturbance."""
JUDGED_BY_BOTH = 40
"""Films on which the two witnesses are weighed against each other; others than those that breaks are learned from."""
RIDGE = 0.5
"""Weight of the penalty on large coefficients, of standardized features."""


@dataclass(frozen=True, kw_only=True)
class Weights:
    """Coefficients of both regressions."""

    breaks: tuple[float, ...]
    bias: float
    witnesses: tuple[float, float, float]
    """Of the log odds of a break and of the network, and the bias."""


def train(media: Path) -> Weights:
    """Weights from the training clips of a media folder. Raises FileNotFoundError where a clip is missing."""
    films = [_film(media, number) for number in range(FILMS)]
    features, labels = zip(*(_examples(film) for film in films), strict=True)
    coefficients, bias = logistic(np.concatenate(features), np.concatenate(labels), RIDGE)
    network = TransNet()
    network.load()
    evidence, truth = [], []
    for number in range(FILMS, FILMS + JUDGED_BY_BOTH):
        film = _film(media, number)
        proxy = cut_clips.proxy(film.frames)
        odds = _break_measures.features(_break_measures.measures(proxy)) @ coefficients + bias
        both = np.stack([np.clip(odds, -8, 8), log_odds(marked(network.probabilities(proxy)[0]))], axis=1)
        decided = decided_frames(film)
        evidence.append(both[decided])
        truth.append(_truth(film)[decided])
    shares, rest = logistic(np.concatenate(evidence), np.concatenate(truth), RIDGE)
    return Weights(
        breaks=tuple(float(value) for value in coefficients),
        bias=bias,
        witnesses=(float(shares[0]), float(shares[1]), rest),
    )


def _film(media: Path, number: int) -> SplicedFilm:
    clips = cut_clips.material(media, "training")
    kind = KINDS[number % len(KINDS)] if number % 3 else "no cut"
    return spliced_films.draw(clips.people, clips.scenes, kind, number)


def _examples(film: SplicedFilm) -> tuple[np.ndarray, np.ndarray]:
    features = _break_measures.features(_break_measures.measures(cut_clips.proxy(film.frames)))
    decided = decided_frames(film)
    return features[decided], _truth(film)[decided]


def _truth(film: SplicedFilm) -> np.ndarray:
    labels = np.zeros(len(film.frames), bool)
    labels[list(film.cuts)] = True
    return labels


def decided_frames(film: SplicedFilm) -> np.ndarray:
    """Frames of which it is known whether a shot begins there: bool (n,)."""
    decided = np.ones(len(film.frames), bool)
    decided[0] = False
    for start, stop in film.undecided:
        decided[max(0, start) : stop] = False
    return decided


def logistic(features: np.ndarray, labels: np.ndarray, ridge: float) -> tuple[np.ndarray, float]:
    """Coefficients and bias of a logistic regression with a ridge penalty, by Newton's method: float64 (d,), float."""
    mean, spread = features.mean(axis=0, dtype=np.float64), features.std(axis=0, dtype=np.float64) + 1e-9
    scaled = np.concatenate([(features - mean) / spread, np.ones((len(features), 1))], axis=1)
    penalty = np.array([ridge] * features.shape[1] + [0.0])
    weights = np.zeros(scaled.shape[1])
    for _ in range(50):
        probabilities = 1 / (1 + np.exp(-np.clip(scaled @ weights, -30, 30)))
        slope = scaled.T @ (probabilities - labels) + penalty * weights
        curvature = (scaled * (probabilities * (1 - probabilities))[:, None]).T @ scaled + np.diag(penalty + 1e-6)
        step = np.linalg.solve(curvature, slope)
        weights -= step
        if np.abs(step).max() < 1e-6:
            break
    coefficients = weights[:-1] / spread
    return coefficients, float(weights[-1] - coefficients @ mean)


def module(weights: Weights) -> str:
    """The source of `engines/shots/_break_weights.py`."""
    names = _break_measures.NAMES
    rows = np.array(weights.breaks).reshape(-1, len(names))
    lines = "\n".join(f"    *({', '.join(f'{value:.3f}' for value in row)})," for row in rows)
    breaks, network, bias = weights.witnesses
    return f'''"""Weights that tell cuts, trained by `lab/training/cut_weights.py`; do not edit by hand."""

BIAS = {weights.bias:.3f}
WEIGHTS = (
{lines}
)
"""Coefficients of the features of `_break_measures.features`: a row for each group of features, in their order."""
WITNESSES = {{"breaks": {breaks:.3f}, "network": {network:.3f}, "bias": {bias:.3f}}}
"""Coefficients of the log odds of a break, and of the network's probability."""
'''
