"""Printing density of a colour film's frames, and the amounts of dye that make it up.

A film's three dye layers each absorb mostly one third of the spectrum and a little of the others. Densities add where
transmittances multiply: so a layer that has faded lacks a share of its density everywhere.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ...frames import lab

LEAST_LIGHT = 1e-5
"""Light below which nothing is darker: a density of 5. Black stays black, whatever its layers are multiplied by."""
SIDE_ABSORPTIONS = np.array([[1.0, 0.10, 0.03], [0.18, 1.0, 0.08], [0.06, 0.20, 1.0]])
"""Density to red, green and blue light (rows) of one unit of cyan, magenta and yellow dye (columns), of the size usual
in subtractive colour films (Hunt, "The Reproduction of Colour", 2004). No two stocks share them: the bench fades film
by others."""
DYES = SIDE_ABSORPTIONS / SIDE_ABSORPTIONS.sum(axis=1, keepdims=True)
"""The same with rows of sum 1: equal amounts of dye then are neutral, and their density is that amount."""

_DENSITIES = DYES.astype(np.float32)
_AMOUNTS = np.linalg.inv(DYES).astype(np.float32)


def of_frames(frames: np.ndarray) -> np.ndarray:
    """Densities float32 (..., 3), 0..5, of frames (..., 3) of code values 0..1."""
    return _table()[np.clip(frames * 65535 + 0.5, 0, 65535).astype(np.uint16)]


def to_frames(densities: np.ndarray) -> np.ndarray:
    """Frames float32 of densities."""
    return lab.coded(np.float32(10) ** -densities).astype(np.float32)


@lru_cache(maxsize=1)
def _table() -> np.ndarray:
    light = lab.linear(np.arange(65536) / 65535)
    return -np.log10(np.maximum(light, LEAST_LIGHT)).astype(np.float32)


def amounts(densities: np.ndarray) -> np.ndarray:
    """Amounts float32 (..., 3) of cyan, magenta and yellow dye that make up densities (..., 3)."""
    return lab.times(_AMOUNTS, densities)


def of_amounts(dyes: np.ndarray) -> np.ndarray:
    """Densities float32 (..., 3) of amounts of dye."""
    return lab.times(_DENSITIES, dyes)
