"""Black-and-white film tinted and toned on purpose, as the dye baths and the salts of silent film did it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..frames import lab


@dataclass(frozen=True, kw_only=True)
class Tint:
    """A dyed base and silver turned into a coloured salt."""

    base: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """Light that the dyed base lets through, red, green and blue."""
    tone: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """Density of the salt to red, green and blue light, as a share of the silver's."""


TINTS = {
    "amber": Tint(base=(1.0, 0.72, 0.30)),
    "night blue": Tint(base=(0.30, 0.50, 1.0)),
    "rose": Tint(base=(1.0, 0.55, 0.60)),
    "sepia tone": Tint(tone=(0.75, 1.0, 1.25)),
    "Prussian blue tone": Tint(tone=(1.4, 1.0, 0.7)),
    "blue tone on a rose tint": Tint(base=(1.0, 0.75, 0.78), tone=(1.3, 1.0, 0.8)),
}
"""By name; colours roughly those of common baths."""


def tinted(frames: np.ndarray, tint: Tint) -> np.ndarray:
    """Grey frames (n, h, w, 1), sRGB 0..1, tinted: float32 (n, h, w, 3), of 8 bits."""
    densities = -np.log10(np.maximum(lab.linear(frames.astype(np.float64)), 1e-4))
    light = 10 ** -(densities * np.array(tint.tone)) * np.array(tint.base)
    return (np.rint(np.clip(lab.coded(light), 0, 1) * 255) / 255).astype(np.float32)
