"""Colour film faded on purpose: each dye layer keeps a share of its density."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..frames import lab

SIDE_ABSORPTIONS = np.array([[1.0, 0.07, 0.01], [0.25, 1.0, 0.12], [0.10, 0.28, 1.0]])
"""Densities to red, green and blue light (rows) of a unit of cyan, magenta and yellow dye: not those of the repair, as
no two stocks share them."""
NEUTRAL = SIDE_ABSORPTIONS / SIDE_ABSORPTIONS.sum(axis=1, keepdims=True)


def faded(frames: np.ndarray, left: Sequence[float] | np.ndarray, dyes: np.ndarray = NEUTRAL) -> np.ndarray:
    """Frames (n, h, w, 3), sRGB 0..1, with shares (3,) or (h, w, 3) of cyan, magenta and yellow left, at 10 bits."""
    densities = -np.log10(np.maximum(lab.linear(np.asarray(frames, np.float64)), 1e-5))
    amounts = densities @ np.linalg.inv(dyes).T * np.asarray(left, np.float64)
    worn = lab.coded(10 ** -(amounts @ dyes.T))
    return (np.rint(np.clip(worn, 0, 1) * 1023) / 1023).astype(np.float32)
