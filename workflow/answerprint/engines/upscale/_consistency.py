"""How an enlarged frame compares with its source: what of it the source shows, and what was added."""

from __future__ import annotations

import numpy as np

from . import _reduction
from ._chroma import WEIGHTS


def compared(larger: np.ndarray, source: np.ndarray, scale: int) -> dict[str, float]:
    """How a frame (h * scale, w * scale, c) compares with its source (h, w, c), in brightness.

    `residue`: the mean difference to the source of the frame reduced again; `agreement`: the share 0..1 of the source's
    energy (its variance) in which the two agree; `added`: the share of the frame's energy that no picture of the
    source's size can show.
    """
    bright, dark = (np.ascontiguousarray(_brightness(frame)) for frame in (larger, source))
    middle = np.float32(bright.mean())
    reduced = _reduction.reduce(bright, scale)
    difference = reduced - dark
    energy = float(np.square(bright - middle).sum())
    shown = _reduction.shown_energy(reduced - middle, scale)
    contrast = float(dark.var())
    return {
        "residue": float(np.abs(difference).mean()),
        "agreement": max(0.0, 1 - float(np.square(difference).mean()) / max(contrast, 1e-6)),
        "added": max(0.0, 1 - shown / energy) if energy > 1e-6 * bright.size else 0.0,
    }


def _brightness(frame: np.ndarray) -> np.ndarray:
    return frame[..., 0] if frame.shape[2] == 1 else frame @ WEIGHTS
