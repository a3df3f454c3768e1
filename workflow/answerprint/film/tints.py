"""Tints and tones of silent film: one colour for each brightness, measured in the small pictures of the survey.

A tint dyes the film's base, so that light parts are coloured; a tone turns its silver into a coloured salt, so that
dark parts are. Either way, and together, the colour of a place follows from its brightness alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from . import colour
from .facts import Facts

LEVELS = 11
"""Brightnesses, evenly from black to white, at which a tint is given."""
WEIGHTS = np.array([0.2126, 0.7152, 0.0722])
"""Shares of red, green and blue in brightness (ITU-R BT.709)."""
LEAST, MOST, SHARE = 3.0, 10.0, 0.45
"""A picture is monochrome if a tint leaves hardly a pixel in a hundred with more colour than SHARE of the tint's own,
from LEAST to MOST of 255. Tints leave up to 0.36 of their own, where the survey's small pictures mix dark and bright;
faintly coloured film 0.6 and more."""
CONTRAST = 16
"""Brightnesses, of 255, that some picture must span: a plain area of colour shows no tint."""
STIFFNESS = 0.1
"""How strongly a tint is held to a straight course where a shot shows little of a brightness."""


def monochrome(pictures: np.ndarray) -> bool:
    """Whether each picture uint8 (n, pixels, 3) is of one colour for each brightness, and some have more than one."""
    bright = pictures @ WEIGHTS
    varied = (np.percentile(bright, 95, axis=1) - np.percentile(bright, 5, axis=1) >= CONTRAST).any()
    return bool(varied) and all(_is_monochrome(picture.astype(np.float64)) for picture in pictures)


def _is_monochrome(pixels: np.ndarray) -> bool:
    bright = pixels @ WEIGHTS
    colour_of_tint = _shares(bright) @ _fitted(pixels, bright)
    left = np.abs(pixels - bright[:, None] - colour_of_tint).max(axis=1)
    strength = np.percentile(np.abs(pixels - bright[:, None]).max(axis=1), 90)
    return bool(np.percentile(left, 99) <= np.clip(SHARE * strength, LEAST, MOST))


def of_shots(facts: Facts, pictures: np.ndarray, shots: Sequence[tuple[int, int]]) -> list[tuple[str, ...]]:
    """The colours of each shot (start, stop) of a tinted film, from a picture uint8 (h, w, 3) of each frame."""
    red, blue = colour.WEIGHTS[colour.matrix_of(facts.colour, facts.width, facts.height)]
    return [colours(pictures[start:stop], np.array([red, 1 - red - blue, blue])) for start, stop in shots]


def colours(pictures: np.ndarray, weights: np.ndarray = WEIGHTS) -> tuple[str, ...]:
    """What LEVELS greys from black to white look like in a tinted shot, as #rrggbb; its pictures uint8 (n, ..., 3).

    weights: of red, green and blue in the luma that the film is restored as.
    """
    pixels = pictures.reshape(-1, 3)[:: max(1, pictures.size // 600_000)].astype(np.float64)
    levels = np.linspace(0, 255, LEVELS)
    tint = levels[:, None] + _fitted(pixels, pixels @ weights)
    return tuple("#" + bytes(np.clip(np.rint(shade), 0, 255).astype(np.uint8)).hex() for shade in tint)


def _fitted(pixels: np.ndarray, bright: np.ndarray) -> np.ndarray:
    """How far the colour is from grey at each level (LEVELS, 3), fitted to pixels (n, 3) of brightness (n,)."""
    shares = _shares(bright)
    bends = np.diff(np.eye(LEVELS), 2, axis=0)
    normal = shares.T @ shares + 1e-3 * len(pixels) * STIFFNESS * bends.T @ bends
    normal += 1e-9 * len(pixels) * np.eye(LEVELS)
    return np.asarray(np.linalg.solve(normal, shares.T @ (pixels - bright[:, None])))


def _shares(bright: np.ndarray) -> np.ndarray:
    """How each brightness (n,) is shared between the levels beside it: (n, LEVELS)."""
    places = np.clip(bright / 255, 0, 1)[:, None] * (LEVELS - 1)
    return np.asarray(np.maximum(1 - np.abs(places - np.arange(LEVELS)), 0))
