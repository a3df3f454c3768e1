"""Samples, loss and figures for upscale/compact as papers measure it: squares of photographs, reduced by a cubic."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engines.upscale import _reduction
from . import upscale
from .loop import Schedule
from .material import Material
from .upscale import CLIPS, ENGINE, MEASURED, SIDE

__all__ = ["CLIPS", "ENGINE", "SCHEDULE", "draw", "loss", "measure"]

SCHEDULE = Schedule(steps=8000, batch=8, size=48)


def draw(material: Material, seed: int, count: int = CLIPS) -> dict[str, np.ndarray]:
    """Squares and their reductions at eight bits, named and shaped as those of `upscale.draw`."""
    drawn = upscale.empty(count)
    for k in range(count):
        rng = np.random.default_rng([seed, k, *b"upscale-bicubic"])
        drawn["truth"][k] = clean = upscale.detailed(material, rng, SIDE)
        for name, scale in (("half", 2), ("quarter", 4)):
            small = np.clip(_reduction.reduce(clean, scale), 0, 1)
            drawn[name][k] = np.rint(small * 255) / 255
    return drawn


def loss(material: Material, drawn: dict[str, np.ndarray], schedule: Schedule) -> Any:
    """The loss (network, step): the mean absolute error of a batch of squares that agree with their sources."""
    return upscale.absolute_error(drawn, schedule, agree=True)


def measure(network: Any, material: Material, seed: int) -> dict[str, float]:
    """PSNR in dB on held-out pictures next to that of Lanczos."""
    return upscale.gains(network, draw(material, seed, MEASURED))
