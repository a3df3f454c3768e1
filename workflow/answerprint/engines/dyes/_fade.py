"""How much of each dye a faded shot has left, fitted to what in it should be neutral.

Whatever was neutral when the film was new lies on a line through the origin of density space, blacks farthest out.
Fading turns that line: its direction says what is left of each layer. Near-greys and the paler skins lie close to
it; coloured things stand off it to all sides, and a robust fit outvotes them. (Density balancing: Gschwind and Frey,
"Electronic Imaging, a Tool for the Reconstruction of Faded Color Photographs", J. Imaging Sci. Technol. 38, 1994.)
"""

from __future__ import annotations

import numpy as np

from ._density import DYES

DENSEST = 3.0
"""Densities beyond this are noise, and count as this."""
MOST_FRAMES = 64
"""A shot's fade is fitted to at most so many of its frames, evenly spread."""
FADED = 0.72
"""A film has faded whose most worn layer has no more left than this by `judged`; clean ones have 0.74 and more."""
NEAR, NEARER = 0.08, 0.10
"""Distance from neutral, in density, at which a sample counts a quarter: NEAR plus NEARER times its density."""
TERMS = 5
"""Powers of x and y, up to the second, that an uneven fade is made of; none of them is constant."""
HELD = 0.01
"""How strongly an uneven fade is held to none, as a share of the samples: what a shot shows is uneven too."""


def fitted(samples: np.ndarray, start: np.ndarray | None = None) -> np.ndarray:
    """Shares (3,) of cyan, magenta and yellow dye left, from densities (n, 3) of a shot; the best kept layer has 1.

    start: shares to begin the fit from, such as those usual of a film stock; None: from the samples themselves.
    """
    samples = _usable(samples)
    if len(samples) < 16:
        return np.ones(3)
    line = _first_guess(samples) if start is None else DYES @ start
    for _ in range(8):
        line = np.sqrt(line * _regressed(samples, line, _weights(samples, line)))
        line /= line[1]
    return shares(line)


def judged(samples: np.ndarray) -> np.ndarray:
    """Shares (3,) of dye left that densities (n, 3) leave no doubt about: a layer that a fit finds faded must also lack
    blacks. In a warm or a cold light neutral things are off balance too, but what is black stays so."""
    samples = _usable(samples)
    if len(samples) < 16:
        return np.ones(3)
    return np.maximum(fitted(samples), shares(np.maximum(np.quantile(samples, 0.998, axis=0), 0.02)))


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
    return np.clip(left, 0.1, 1.5), np.clip(stain, -0.3, 0.3)


def uneven(samples: np.ndarray, places: np.ndarray, left: np.ndarray) -> np.ndarray:
    """How the logarithm of the dye left varies over the picture: coefficients (TERMS, 3) of `powers`.

    samples: densities (frames, cells, 3); places: the cells' `powers` (cells, TERMS); left: the shot's shares.
    """
    line = DYES @ left
    flat = np.minimum(samples.reshape(-1, 3), DENSEST)
    weights = _weights(flat, line) * (flat.min(axis=1) > 0.15)
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
