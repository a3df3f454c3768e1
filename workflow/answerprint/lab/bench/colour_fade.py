"""Dye fade of known strength, even and uneven: how much of it is left after repair and after simpler corrections."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np

from ... import engines
from ...engines.dyes import _fade
from ...engines.dyes.density import sampled
from ...frames import lab
from ...stages import fade
from ..fade import faded
from . import colour_clips
from .colour_difference import between_pictures

FRAMES = 4
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
    """CIEDE2000 after repair as a share of that before it: of films of several shots, and of shots alone."""
    for what, shapes in (("even", {"": None}), ("uneven", SHAPES)):
        films, alone = _Shares(), _Shares()
        for clips in colour_clips.FILMS.values():
            clean = [colour_clips.frames(media, clip, FRAMES) for clip in clips]
            for shape in shapes.values():
                for cyan in CYAN:
                    worn = [faded(shot, _left(cyan, shape, shot.shape[1:3])) for shot in clean]
                    measured = [np.stack([sampled(frame) for frame in shot]) for shot in worn]
                    left = _found(measured)
                    for shot, truth, densities, found in zip(worn, clean, measured, left, strict=True):
                        before = _difference(shot, truth)
                        films.add("density", _repaired(shot, found), truth, before)
                        for name, way in PEERS.items():
                            films.add(name, way(shot), truth, before)
                        own = _fade.fitted(densities.reshape(-1, 3).astype(np.float64))
                        alone.add("density", _repaired(shot, own), truth, before)
        title = f"{what} dye fade, cyan left 0.3 to 0.7, yellow 0.5: CIEDE2000 after / before"
        peers = "; ".join(f"{name} {films.mean(name):.2f}" for name in PEERS)
        yield f"{title}, shots of three films", "< 0.4", "< 0.2", films.text("density"), peers
        yield "- a shot alone, known to be faded", "", "", alone.text("density"), ""


class _Shares:
    """What ways leave of the difference to the truth, as shares of that before."""

    def __init__(self) -> None:
        self._shares: dict[str, list[float]] = {}

    def add(self, way: str, frames: np.ndarray, truth: np.ndarray, before: float) -> None:
        """One more shot by one way."""
        self._shares.setdefault(way, []).append(_difference(np.clip(frames, 0, 1), truth) / before)

    def mean(self, way: str) -> float:
        """The mean of one way."""
        return float(np.mean(self._shares[way]))

    def text(self, way: str) -> str:
        """Mean, median and worst of one way."""
        shares = self._shares[way]
        return f"{np.mean(shares):.2f}; median {np.median(shares):.2f}, worst {max(shares):.2f}"


def _found(measured: list[np.ndarray]) -> np.ndarray:
    """Shares (shots, 3) of dye left, as the analysis finds them in the shots of a film; 1 where it finds no fade."""
    edges = np.cumsum([0, *map(len, measured)])
    shots = [(int(start), int(stop)) for start, stop in pairwise(edges)]
    return fade.left(np.concatenate(measured), shots, [False] * len(shots))


def _repaired(shot: np.ndarray, left: np.ndarray) -> np.ndarray:
    """A shot whose layers have these shares left, repaired."""
    cyan, magenta, yellow = map(float, np.clip(left, 0.1, 1.5))
    return np.asarray(engines.load("dyes", "density", cyan=cyan, magenta=magenta, yellow=yellow)(shot))


def _difference(one: np.ndarray, other: np.ndarray) -> float:
    """Mean CIEDE2000 of every second column and line, which saves most of the time."""
    return between_pictures(one[:, ::2, ::2], other[:, ::2, ::2])


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


PEERS: dict[str, Callable[[np.ndarray], np.ndarray]] = {"levels": _levels, "grey world": _grey_world}
