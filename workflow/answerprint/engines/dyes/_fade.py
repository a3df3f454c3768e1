"""How much of each dye a faded shot has left, fitted to what in it should be neutral.

Whatever was neutral when the film was new lies on a line through the origin of density space, blacks farthest out.
Fading turns that line: its direction says what is left of each layer. Near-greys and the paler skins lie close to
it; coloured things stand off it to all sides, and a robust fit outvotes them. (Density balancing: Gschwind and Frey,
"Electronic Imaging, a Tool for the Reconstruction of Faded Color Photographs", J. Imaging Sci. Technol. 38, 1994.)
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ._density import DYES

DENSEST = 3.0
"""Densities beyond this are noise, and count as this."""
LEAST, MOST = 0.1, 1.5
"""Shares of a dye that may be left: with less of it, dividing would bring back noise alone."""
MOST_FRAMES = 64
"""A shot's fade is fitted to at most so many of its frames, evenly spread."""
FADED = 0.72
"""A film has faded whose most worn layer has no more left than this by `judged`; clean ones have 0.74 and more."""
MAGENTA = 0.9
"""Least share of magenta left, of the best kept layer, in film that has faded."""
STOCKS: dict[str, tuple[float, float, float]] = {
    "eastman_to_1982": (0.40, 1.0, 0.60),
    "eastman_from_1983": (0.85, 1.0, 0.75),
    "agfa_orwo": (0.60, 1.0, 0.80),
}
"""Shares of cyan, magenta and yellow left that are usual: rough figures, in the order in which the layers of these
stocks fade (Wilhelm and Brower, "The Permanence and Care of Color Photographs", 1993)."""
USUAL_WARMTH = float(np.mean([np.log(cyan / yellow) for cyan, _, yellow in STOCKS.values()]))
"""Logarithm of cyan left over yellow left."""
WARMTH_SPREAD = 0.4
"""How far that of a faded film may lie from it: beyond, light is the likelier cause."""
DOUBT = 0.2
"""Spread of that logarithm over several fits from which a shot is in doubt: shots with anything neutral have 0.1."""
NEAR, NEARER = 0.08, 0.10
"""Distance from neutral, in density, at which a sample counts a quarter: NEAR plus NEARER times its density."""
TERMS = 5
"""Powers of x and y, up to the second, that an uneven fade is made of; none of them is constant."""
PALE = 0.15
"""Densities below this say nothing of how much dye is left."""
FEW = 16
"""Fewer samples say nothing of a shot."""
HELD = 0.01
"""How strongly an uneven fade is held to none, as a share of the samples: what a shot shows is uneven too."""


def fitted(samples: np.ndarray, usual: np.ndarray | None = None) -> np.ndarray:
    """Shares (3,) of cyan, magenta and yellow dye left, from densities (n, 3) of a shot; the best kept layer has 1.

    usual: shares that are usual of the film's stock; None: of any.
    """
    return fitted_with_doubt(samples, usual)[0]


def fitted_with_doubt(samples: np.ndarray, usual: np.ndarray | None = None) -> tuple[np.ndarray, bool]:
    """The same, and whether that is in doubt: in coloured light it depends on where the fit begins what is neutral.

    Of several fits the most usual one then counts, else that which begins with the samples themselves.
    """
    samples = _usable(samples)
    if len(samples) < FEW:
        return np.ones(3), False
    starts = [DYES @ np.array(left) for left in STOCKS.values()] + ([] if usual is None else [DYES @ usual])
    fits = np.array([_fit(samples, start) for start in (_first_guess(samples), *starts)])
    warmth = np.log(fits[:, 0] / fits[:, 2])
    middle = USUAL_WARMTH if usual is None else float(np.log(usual[0] / usual[2]))
    doubt = bool(np.ptp(warmth) > DOUBT)
    return _less_unusual(fits[np.abs(warmth - middle).argmin() if doubt else 0], middle), doubt


def _fit(samples: np.ndarray, line: np.ndarray) -> np.ndarray:
    """Shares (3,) of dye left by a robust fit that begins with neutral along `line` (3,)."""
    line = line / line[1]
    for _ in range(8):
        line = np.sqrt(line * _regressed(samples, line, _weights(samples, line)))
        line /= line[1]
    return shares(line)


def _less_unusual(left: np.ndarray, middle: float) -> np.ndarray:
    """Shares (3,) whose cyan against yellow is halfway back to what fade explains, where it is beyond that.

    Light is warm or cold along the same axis, and a shot without anything neutral does not tell them apart.
    """
    beyond = np.log(left[0] / left[2]) - middle
    back = (beyond - np.clip(beyond, -WARMTH_SPREAD, WARMTH_SPREAD)) / 2
    moved = left * np.exp(np.array([-back / 2, 0, back / 2]))
    return np.asarray(np.maximum(moved / moved.max(), LEAST))


def judged(shots: Sequence[np.ndarray]) -> np.ndarray:
    """Shares (3,) of dye left that densities (n, 3) of each shot of a film leave no doubt about.

    A layer that a fit finds faded must also lack blacks, in most shots: in a warm or a cold light neutral things are
    off balance too, but what is black stays so. And magenta must be the best kept: in the dark it fades last in all
    stocks, while warm light looks as if it had faded with cyan.
    """
    usable = [samples for samples in map(_usable, shots) if len(samples) >= FEW]
    if not usable:
        return np.ones(3)
    blacks = np.median([shares(_black(samples)) for samples in usable], axis=0)
    left = np.maximum(fitted(np.concatenate(usable)), blacks)
    return left if left[1] >= MAGENTA * left.max() else np.ones(3)


def _black(samples: np.ndarray) -> np.ndarray:
    """Densities (3,) of the darkest of a shot's samples, of those that all layers show: noise hides what is darker."""
    shown = samples[samples.max(axis=1) < DENSEST]
    return np.maximum(np.quantile(shown if len(shown) >= FEW else samples, 0.998, axis=0), 0.02)


def shares(line: np.ndarray) -> np.ndarray:
    """Shares (3,) of dye left where neutral densities lie along `line` (3,): the best kept layer has 1."""
    left = np.maximum(np.linalg.solve(DYES, line), 0.02)
    return np.asarray(left / left.max())


def from_reference(samples: np.ndarray, reference: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shares (3,) of dye left and the stain (3,) of the base, from densities (n, 3) and those of a true picture (m, 3).

    The two need not be aligned: equal shares of their pixels have at most some amount of a dye.
    """
    ranks = np.linspace(0.02, 0.98, 25)
    worn, true = (
        np.quantile(np.minimum(one, DENSEST) @ np.linalg.inv(DYES).T, ranks, axis=0) for one in (samples, reference)
    )
    lines = [np.polyfit(true[:, layer], worn[:, layer], 1) for layer in range(3)]
    left, stain = np.array(lines).T
    return np.clip(left, LEAST, MOST), np.clip(stain, -0.3, 0.3)


def uneven(samples: np.ndarray, places: np.ndarray, left: np.ndarray) -> np.ndarray:
    """How the logarithm of the dye left varies over the picture: coefficients (TERMS, 3) of `powers`; 0 if too pale.

    samples: densities (frames, cells, 3); places: the cells' `powers` (cells, TERMS); left: the shot's shares.
    """
    line = DYES @ left
    flat = np.minimum(samples.reshape(-1, 3), DENSEST)
    told = flat.min(axis=1) > PALE
    if np.count_nonzero(told) < FEW:
        return np.zeros((TERMS, 3))
    weights = _weights(flat, line) * told
    amounts = flat @ np.linalg.inv(DYES).T / left
    level = np.maximum(flat[:, 1] / line[1], 0.1)
    design = np.tile(np.column_stack([np.ones(len(places)), places]), (len(samples), 1))
    normal = design.T @ (weights[:, None] * design)
    normal[1:, 1:] += HELD * max(weights.sum(), 1e-6) * np.eye(TERMS)
    wanted = np.log(np.clip(amounts / level[:, None], 0.4, 2.5))
    field = np.linalg.solve(normal, design.T @ (weights[:, None] * wanted))[1:]
    return np.asarray(field - field[:, 1:2])


def powers(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """x, y, and their powers of the second order (..., TERMS), for places -1..1 over the picture; means about 0."""
    return np.stack([x, y, x * x - 1 / 3, x * y, y * y - 1 / 3], axis=-1)


def spread_frames(count: int) -> np.ndarray:
    """Numbers of the frames of a shot of `count` that its fade is fitted to."""
    return np.unique(np.linspace(0, count - 1, min(count, MOST_FRAMES)).astype(int))


def _usable(samples: np.ndarray) -> np.ndarray:
    """Samples (n, 3) that say something: neither white nor the black of a gate or a border."""
    samples = np.minimum(np.asarray(samples, np.float64).reshape(-1, 3), DENSEST)
    return samples[(samples.max(axis=1) > 0.05) & (samples.min(axis=1) < DENSEST)]


def _first_guess(samples: np.ndarray) -> np.ndarray:
    """The direction (3,) of neutral: that of the mean, of the darkest, and of what lies between dark and bright."""
    low, high = np.quantile(samples, [0.05, 0.98], axis=0)
    guesses = [np.maximum(guess, 0.02) for guess in (samples.mean(axis=0), high, high - low)]
    return np.exp(np.mean([np.log(guess / guess[1]) for guess in guesses], axis=0))


def _weights(samples: np.ndarray, line: np.ndarray) -> np.ndarray:
    """How much each sample (n, 3) says about neutral, if that is along `line`: much if dark, little if coloured."""
    balanced = samples / line
    level = balanced.mean(axis=1)
    away = np.sqrt(((balanced - level[:, None]) ** 2).sum(axis=1)) / (NEAR + NEARER * level)
    return np.asarray(np.minimum(level, 2) / (1 + away**2) ** 2)


def _regressed(samples: np.ndarray, line: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The direction (3,) of weighted samples, through the origin."""
    level = (samples / line).mean(axis=1)
    slopes = (weights * level) @ samples / max(float(weights @ level**2), 1e-9)
    return np.asarray(np.maximum(slopes / max(slopes[1], 1e-6), 0.02))
