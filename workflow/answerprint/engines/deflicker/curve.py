"""Removes pumping of brightness and contrast by a curve for each frame; keeps fades, dissolves and lamps.

Measured: how much lighter the same places get from one frame to others, by brightness and by region. Planned: the
course that these steps add up to, and a steady one near it. Applied: a monotone curve and a smooth field of gains.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ...frames.trend import integrate, jitter, trend
from .. import Card, Clip, Measures, PixelEngine, Result
from . import _light
from ._light import BLACK, CELLS, CLASSES, OFFSETS, TILES

TERMS = 9
"""Powers of x and y, up to the third, that a field of gains is made of."""
GRID = np.linspace(0, 1, 513)
"""Brightnesses at which a frame's curve is given."""
ODD = 0.02
"""How far the change of log brightness of one class may lie outside those of its two neighbours."""
BEND = 0.5
"""How far the change of log brightness may differ between two brightnesses, as a share of how far apart their
logarithms are. Pumping of contrast by a tenth needs 0.1; where pictures dissolve the measures ask for 2, which turns
colours."""


@dataclass(frozen=True, kw_only=True)
class CurveOptions:
    """How brightness is steadied."""

    strength: float = 1.0
    """Share of the flicker that is taken out, 0..1."""
    smoothness: int = 60
    """Frames over which undisturbed light is steady, 4..10000; slower pumping is kept."""
    limit: float = 0.35
    """Largest correction, as a share of brightness, 0..1; whatever needs twice as much is lightning, and is kept."""
    local: bool = True
    """Whether flicker that differs across the picture is removed too."""
    dead_zone: float = 0.003
    """A shot whose brightness jitters by less than this share, all over the picture at once, is left untouched, 0..0.1.
    Clean films reach 0.001; pumping is seen from 0.005."""

    def __post_init__(self) -> None:
        for name, low, high in (("strength", 0, 1), ("smoothness", 4, 10000), ("limit", 0, 1), ("dead_zone", 0, 0.1)):
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name} must be within {low}..{high}, not {getattr(self, name)}")


class Curve(PixelEngine):
    """Steadies brightness along the course of the light."""

    card = Card(
        stage="deflicker",
        name="curve",
        kind="repair",
        summary="Brightness and contrast pumping removed by a curve in time; fades, dissolves and lamps kept.",
        paper="Pitié et al., A New Robust Technique for Stabilizing Brightness Fluctuations in Image Sequences, SMVP "
        "2004; Delon, Movie and Video Scale-Time Equalization Application to Flicker Reduction, IEEE TIP 2006",
        licence="Apache-2.0",
        cost=0.03,
        memory=30,
        measure_radius=max(OFFSETS),
        measured=True,
    )
    Options = CurveOptions
    options: CurveOptions

    def measure(self, clip: Clip) -> Measures:
        """Steps of log brightness since earlier frames, by 8 classes and 48 tiles, and where which class lies."""
        return _light.measured(clip)

    def plan(self, measures: Measures, *, first: int) -> Measures:
        """Each frame's curve (n, 513) over GRID, its field of log gains (n, 9), and whether to touch it (n,)."""
        levels = np.maximum.accumulate(measures["levels"], axis=1)
        touch = pumping(measures["steps"][:, 0], levels) >= self.options.dead_zone
        planned = [
            self._planned({name: values[stretch] for name, values in measures.items()}, levels[stretch])
            for stretch in _light.stretches(measures["spread"])
        ]
        curves, fields = (np.concatenate(values) for values in zip(*planned, strict=True))
        return {"curve": curves, "field": fields, "touch": np.full(len(curves), touch)}

    def _planned(self, measures: Measures, levels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Curves and fields of a stretch without a cut."""
        path = _light.path(measures["steps"], measures["spread"])
        change = self._kept(trend(path, self.options.smoothness, 0.001) - path)[:, :CLASSES]
        field = np.zeros((len(path), TERMS))
        if self.options.local:
            # Only quick changes are split: slow ones of a tile are mostly motion, which adds up.
            quick = self._kept(trend(path, self.options.smoothness / 2, 0.001, level=False) - path)
            curve, field = _split(quick, measures["shares"])
            change = change - quick[:, :CLASSES] + curve
        return np.stack([_curve(at, _gentle(at, step)) for at, step in zip(levels, change, strict=True)]), field

    def _kept(self, change: np.ndarray) -> np.ndarray:
        """The changes (n, k) of log brightness to make: none in frames that would need twice the limit."""
        limit = np.log1p(self.options.limit)
        needed = np.median(np.abs(change), axis=1, keepdims=True)
        return np.clip(change, -limit, limit) * self.options.strength * np.clip(2 - needed / max(limit, 1e-9), 0, 1)

    def run(self, clip: Clip) -> Result:
        """The core frames in steady light; statistics: mean brightness before and after."""
        plan = {name: values[clip.core] for name, values in clip.plan.items()}
        frames = clip.frames[clip.core].copy()
        touch = plan["touch"].astype(bool)
        before = frames.mean(axis=(1, 2, 3))
        after = before.copy()
        for row in np.flatnonzero(touch):
            table = np.interp(np.arange(65536) / 65535, GRID, plan["curve"][row]).astype(np.float32)
            frames[row] = table[np.clip(frames[row] * 65535 + 0.5, 0, 65535).astype(np.uint16)]
            if plan["field"][row].any():
                lit = (frames[row] + np.float32(BLACK)) * _gains(plan["field"][row], frames.shape[1:3])
                frames[row] = np.maximum(lit - np.float32(BLACK), 0)
            after[row] = frames[row].mean()
        mask = np.broadcast_to(touch[:, None, None], frames.shape[:3]).copy()
        return Result(frames=frames, mask=mask, statistics={"before": before, "after": after})


def light(clip: Clip) -> Measures:
    """What `pumping` needs of the core frames: `steps` (core, 56) of log brightness since the frame before, and
    `levels` (core, 8)."""
    measures = _light.measured(clip, (1,))
    return {"steps": measures["steps"][:, 0], "levels": measures["levels"]}


def pumping(steps: np.ndarray, levels: np.ndarray) -> float:
    """Jitter of a shot's brightness as a share of it, from steps (n, 56) between neighbours, and levels (n, 8).

    That of all tiles together, or, for contrast and regions that pump in opposition, what three tiles in four exceed on
    their own: motion rarely fills so many.
    """
    path = integrate(steps, np.ones(len(steps)))[:, CLASSES:]
    light = np.exp(np.column_stack([np.median(path, axis=1), path]) + np.median(levels[0]))
    # The rounding of 8 bits alone is a jitter of 0.001.
    shares = (jitter(light, reach=2) - 0.001) / np.median(light)
    return float(max(0.0, shares[0], np.quantile(shares[1:], 0.25)))


def _split(wanted: np.ndarray, shares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Changes of 8 classes and 48 tiles (n, 56) as a curve over brightness (n, 8) and a smooth field (n, 9).

    The change of a tile is the curve at its brightnesses plus the field at its place; that of a class likewise.
    Robust least squares, so that motion in a few tiles bends neither.
    """
    powers = np.broadcast_to(_powers(*TILES), (*shares.shape[:2], TERMS))
    places = np.einsum("tkc,tkp->tcp", shares / np.maximum(shares.sum(axis=1, keepdims=True), 1e-9), powers)
    classes = np.broadcast_to(np.eye(CLASSES), (len(shares), CLASSES, CLASSES))
    design = np.concatenate(
        [np.concatenate([classes, places], axis=2), np.concatenate([shares, powers], axis=2)], axis=1
    )
    weights = np.ones_like(wanted)
    fit = np.zeros((len(wanted), design.shape[2]))
    for _ in range(8):
        normal = np.einsum("tk,tki,tkj->tij", weights, design, design) + 1e-3 * np.eye(design.shape[2])
        fit = np.linalg.solve(normal, np.einsum("tk,tk,tki->ti", weights, wanted, design)[..., None])[..., 0]
        weights = 1 / (1 + ((wanted - np.einsum("tki,ti->tk", design, fit)) / 0.01) ** 2)
    return fit[:, :CLASSES], fit[:, CLASSES:]


def _gentle(levels: np.ndarray, change: np.ndarray) -> np.ndarray:
    """Changes (8,) of log brightness as `change` has them, but none unlike both beside it, or further apart than BEND.

    Light changes neighbouring classes alike; what differs from both is what dissolves or moves.
    """
    from scipy.ndimage import median_filter

    beside = median_filter(change, 3, mode="nearest")
    change = np.where(np.abs(change - beside) > ODD, beside, change)
    reach = BEND * np.abs(levels[:, None] - levels)
    return ((change + reach).min(axis=1) + (change - reach).max(axis=1)) / 2


def _curve(levels: np.ndarray, change: np.ndarray) -> np.ndarray:
    """The monotone curve (513,) over GRID that changes log brightness by `change` at `levels`; slope 1/3 to 3."""
    at = np.linspace(np.log(BLACK), np.log(1 + BLACK), 256)
    # Classes that coincide (a black gate, a white sky) are separated by a hair, and the smoothing joins them again.
    wanted = np.interp(at, levels + 1e-6 * np.arange(CLASSES), change)
    wanted = np.convolve(np.pad(wanted, 6, mode="edge"), np.full(13, 1 / 13), "valid")
    light = GRID + BLACK
    moved = np.maximum(light * np.exp(np.interp(np.log(light), at, wanted)) - BLACK, 0)
    slopes = np.clip(np.diff(moved), GRID[1] / 3, GRID[1] * 3)
    return moved[0] + np.concatenate([[0], np.cumsum(slopes)])


def _powers(rows: int, columns: int) -> np.ndarray:
    """Nine powers of x and y, -1 to 1 over the picture, at the middle of each cell of a grid: (cells, 9)."""
    y, x = np.meshgrid(*((np.arange(n) + 0.5) / n * 2 - 1 for n in (rows, columns)), indexing="ij")
    x, y = x.ravel(), y.ravel()
    return np.stack([x, y, x * x, x * y, y * y, x**3, x * x * y, x * y * y, y**3], axis=1)


def _gains(field: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The field of gains (h, w, 1) for a picture of this shape; computed small and enlarged, since it is smooth."""
    small = np.exp(_powers(*CELLS) @ field).reshape(CELLS).astype(np.float32)
    return cv2.resize(small, shape[::-1], interpolation=cv2.INTER_LINEAR)[..., None]
