"""What is known about each spot of a frame in numbers: its inside, its surroundings, their motion."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

CLEAR, CLEAR_OF_GRAIN = 0.09, 3.3
"""A spot that stands out slightly is faint by as many doublings as its mean step falls short of this, of 1, plus so
many times the grain."""
SOFT_EDGE = 0.01
"""A pixel next to a spot is part of its soft edge where it differs by more than this, of 1, plus the grain."""
SOLID = np.ones((3, 3), np.uint8)
LINES = 480
"""Lengths and areas are those of a picture of so many lines."""


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One frame beside its neighbours brought onto it: pictures float32 (h, w)."""

    current: np.ndarray
    """The frame."""
    behind: np.ndarray
    """What the neighbour closer in brightness shows there."""
    residual: np.ndarray
    """How much the frame differs from it."""
    spread: np.ndarray
    """How much the neighbours differ from each other."""
    jerk: np.ndarray
    """How far, in pixels, the motion from one neighbour over the frame to the other is from a straight line."""
    strength: np.ndarray
    """How far it is outside the range of both, in units of what a clear spot needs."""
    noise: float
    """Standard deviation of the grain."""

    def with_soft_edge(self, mask: np.ndarray) -> np.ndarray:
        """Spots, bool (h, w), and their soft edges."""
        near = cv2.dilate(mask.astype(np.uint8), SOLID) > 0
        return mask | (near & (self.residual > SOFT_EDGE + self.noise))


@dataclass(frozen=True, kw_only=True)
class Regions:
    """The spots of a frame: pictures (h, w)."""

    mask: np.ndarray
    """Where they are, bool."""
    labels: np.ndarray
    """The number of the spot that is nearest to each pixel, from 1, int32."""
    away: np.ndarray
    """How far away it is, in pixels."""
    area: np.ndarray
    """Pixels of each spot, by its number."""

    @cached_property
    def ring(self) -> np.ndarray:
        """The surroundings of each spot, the wider the larger it is, bool."""
        return (self.away > 2.5) & (self.away < (6 + 0.25 * np.sqrt(self.area))[self.labels])

    @cached_property
    def box(self) -> np.ndarray:
        """The first and the last row and column of each spot, (first and last, row and column, spots)."""
        first, last = np.full((2, len(self.area)), max(self.mask.shape)), np.full((2, len(self.area)), -1)
        spot = self.labels[self.mask]
        for k, place in enumerate(np.nonzero(self.mask)):
            np.minimum.at(first[k], spot, place)
            np.maximum.at(last[k], spot, place)
        return np.stack([first, last])

    def means(self, values: np.ndarray, where: np.ndarray) -> np.ndarray:
        """Mean of `values` (h, w) over those pixels of `where`, bool (h, w), that are nearest to each spot."""
        spot = self.labels[where]
        return np.bincount(spot, values[where], len(self.area)) / np.maximum(
            np.bincount(spot, minlength=len(self.area)), 1
        )

    def greatest(self, values: np.ndarray) -> np.ndarray:
        """The greatest of `values` (h, w), which are over 0, within each spot."""
        greatest = np.zeros(len(self.area))
        np.maximum.at(greatest, self.labels[self.mask], values[self.mask])
        return greatest


def regions(mask: np.ndarray) -> Regions:
    """The connected spots of `mask`, bool (h, w)."""
    away, labels = cv2.distanceTransformWithLabels((~mask).astype(np.uint8), cv2.DIST_L2, 3)
    area = np.bincount(labels[mask], minlength=int(labels.max()) + 1)
    return Regions(mask=mask, labels=labels, away=away, area=area)


def traits(spots: Regions, scene: Scene, step: np.ndarray) -> dict[str, np.ndarray]:
    """What counts for or against dirt by itself, one number a spot; `step` is how much lighter the frame is, (h, w)."""
    mask, ring = spots.mask, spots.ring
    size = np.abs(step)
    depth = np.maximum(spots.means(size, mask), 1e-4)
    grain = 1.13 * scene.noise
    black, white = np.percentile(scene.current[::8, ::8], (0.5, 99.5))
    room = np.maximum(np.where(step > 0, white - scene.behind, scene.behind - black), 0.02)
    edge = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_GRADIENT, SOLID) > 0
    slope = np.hypot(cv2.Sobel(step, -1, 1, 0, scale=0.25), cv2.Sobel(step, -1, 0, 1, scale=0.25))
    clear, strongest = CLEAR + CLEAR_OF_GRAIN * scene.noise, spots.greatest(scene.strength)
    return {
        "often": spots.means((scene.spread > 0.35 * size + grain).astype(np.float32), mask),
        "mixed": 1 - np.abs(spots.means(step, mask)) / depth,
        "unlike": np.sqrt(np.clip((spots.means(scene.residual, ring) - 0.7 * scene.noise) / depth, 0, 1)),
        "restless": np.sqrt(np.clip((spots.means(scene.spread, ring) - grain) / depth, 0, 1.5)),
        # Dirt bends the flow right next to it: the mean of the logarithm gives that less weight than the mean would.
        "jerk": spots.means(np.log2(scene.jerk * (LINES / len(mask)) + 0.25), ring),
        "opaque": np.clip(depth / np.maximum(spots.means(room, mask), 1e-3), 0, 1),
        "sharp": np.clip(spots.means(cv2.dilate(slope, np.ones((5, 5), np.uint8)), edge) / depth, 0, 2),
        "faint": np.where(strongest < 1, np.maximum(np.log2(clear / depth), 0), 0),
        "strongest": np.log2(np.maximum(strongest, 0.25)),
        "depth": np.log2(depth),
    }
