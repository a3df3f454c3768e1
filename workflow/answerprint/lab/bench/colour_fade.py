"""Dye fade of known strength, even and uneven: how much of it is left after repair and after simpler corrections."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from ... import engines
from ...frames import lab
from ..fade import faded
from . import colour_clips
from .colour_difference import between_pictures

FRAMES = 8
CYAN = (0.3, 0.5, 0.7)
YELLOW = 0.5
SWING = 0.35
"""By how much the logarithm of what is left swings across an unevenly faded picture."""
SHAPES: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "to one side": lambda x, y: x,
    "to the edges": lambda x, y: x * x + y * y - 2 / 3,
    "to a corner": lambda x, y: (x + y) / 2 - 0.3 * x * x,
}


def fading(media: Path) -> Iterator[tuple[str, str, str, str, str]]:
    """CIEDE2000 after repair as a share of that before it, for even and for uneven fade."""
    # Options as the analysis sets them: that a film has faded it says of minutes of film, not of eight frames.
    repair = engines.load("dyes", "density", stock="eastman_to_1982")
    ways = {"density": repair, "levels": _levels, "grey world": _grey_world}
    for what, shapes in (("even", {"": None}), ("uneven", SHAPES)):
        shares: dict[str, list[float]] = {name: [] for name in ways}
        for clip in colour_clips.FADING:
            clean = colour_clips.frames(media, clip, FRAMES)
            for shape in shapes.values():
                for cyan in CYAN:
                    worn = faded(clean, _left(cyan, shape, clean.shape[1:3]))
                    before = between_pictures(worn, clean)
                    for name, way in ways.items():
                        shares[name].append(between_pictures(np.clip(way(worn), 0, 1), clean) / before)
        found = f"{np.mean(shares['density']):.2f}; median {np.median(shares['density']):.2f}, "
        found += f"worst {max(shares['density']):.2f}"
        peers = "; ".join(f"{name} {np.mean(shares[name]):.2f}" for name in ("levels", "grey world"))
        yield (
            f"{what} dye fade, cyan left 0.3 to 0.7, yellow 0.5: CIEDE2000 after / before",
            "< 0.4",
            "< 0.2",
            found,
            peers,
        )


def _left(
    cyan: float, shape: Callable[[np.ndarray, np.ndarray], np.ndarray] | None, size: tuple[int, ...]
) -> np.ndarray:
    """Shares of cyan, magenta and yellow left, (3,) or (h, w, 3)."""
    even = np.array([cyan, 1.0, YELLOW])
    if shape is None:
        return even
    y, x = np.meshgrid(*(np.linspace(-1, 1, side) for side in size), indexing="ij")
    swing = shape(x, y)[..., None] * SWING * np.array([1.0, 0.2, 0.8])
    return np.asarray(even * np.exp(swing))


def _levels(frames: np.ndarray) -> np.ndarray:
    """Each channel stretched from its 1 % to its 99 % quantile."""
    low, high = np.quantile(frames.reshape(-1, 3), [0.01, 0.99], axis=0)
    return np.asarray((frames - low) / np.maximum(high - low, 1e-3))


def _grey_world(frames: np.ndarray) -> np.ndarray:
    """Each channel's light multiplied so that the means are equal."""
    light = lab.linear(frames)
    means = light.mean(axis=(0, 1, 2))
    return lab.coded(light * (means[1] / np.maximum(means, 1e-6)))
