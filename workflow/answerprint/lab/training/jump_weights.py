"""Trains the weights by which `stages/pace` tells jumps, on films with frames torn out.

python -c "from pathlib import Path; from answerprint.lab.training import jump_weights
print(jump_weights.train(Path('MEDIA')))"
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...stages import pace
from ..bench import torn_films
from .cut_weights import logistic

SEEDS = range(400_000, 400_008)
"""Draws of each training clip."""
RIDGE = 1.0
"""Weight of the penalty on large coefficients, of standardized traits."""


def train(media: Path) -> tuple[tuple[float, ...], float]:
    """Coefficients of the traits, and the bias. Raises FilmError where a clip is missing."""
    rows, labels = [], []
    for clip in torn_films.clips(media, "training"):
        for seed in SEEDS:
            film = torn_films.draw(clip, seed)
            measured, lost = torn_films.measures(film), {after for after, _ in film.lost}
            for start, stop in film.shots:
                shot = {name: values[start:stop] for name, values in measured.items()}
                for index in pace.judged(pace.own_frames(shot)):
                    rows.append(pace.traits(shot, index))
                    labels.append(start + index - 1 in lost)
    coefficients, bias = logistic(np.array(rows), np.array(labels), RIDGE)
    return tuple(round(float(value), 3) for value in coefficients), round(bias, 3)
