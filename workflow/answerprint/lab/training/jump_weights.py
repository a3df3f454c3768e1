"""Trains the weights by which `stages/pace` tells jumps, on films with frames torn out.

python -c "from pathlib import Path; from answerprint.lab.training import jump_weights
print(jump_weights.train(Path('MEDIA')))"
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from pathlib import Path

import numpy as np

from ...stages import pace
from ..bench import torn_films
from .cut_weights import logistic

SEEDS = range(400_000, 400_008)
"""Draws of each training clip, shared among the cadences."""
RIDGE = 1.0
"""Weight of the penalty on large coefficients, of standardized traits."""


CADENCES = {"WEIGHTS, BIAS": (1,), "RULED_WEIGHTS, RULED_BIAS": (2, Fraction(3, 2))}
"""By what they are called in `stages/pace`: film frames to one frame of the films that weights are learned from."""


def train(media: Path) -> dict[str, tuple[tuple[float, ...], float]]:
    """Coefficients of the traits, and the bias, of both kinds. Raises FilmError where a clip is missing."""
    films = torn_films.clips(media, "training")
    return {name: _fitted(films, [Fraction(step) for step in steps]) for name, steps in CADENCES.items()}


def _fitted(films: Sequence[np.ndarray], cadences: Sequence[Fraction]) -> tuple[tuple[float, ...], float]:
    rows, labels = [], []
    for clip, seed, cadence in product(films, SEEDS[: len(SEEDS) // len(cadences)], cadences):
        film = torn_films.draw(clip, seed, cadence)
        measured, lost = torn_films.measures(film), {after for after, _ in film.lost}
        for start, stop in film.shots:
            shot = pace.own_frames({name: values[start:stop] for name, values in measured.items()})
            # A shot in which no rule is found has a trait less.
            for index in pace.judged(shot) if (shot.step == 1) == (cadence == 1) else []:
                rows.append(pace.traits(shot, index))
                labels.append(start + int(shot.frames[index]) - 1 in lost)
    coefficients, bias = logistic(np.array(rows), np.array(labels), RIDGE)
    return tuple(round(float(value), 3) for value in coefficients), round(bias, 3)
