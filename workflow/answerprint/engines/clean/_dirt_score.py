"""How much a spot that stands out from both neighbours looks like dirt: its inside, its surroundings, their motion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

WEIGHTS = {
    "all": 1.25,
    "often": -4.63,
    "mixed": -5.88,
    "unlike": -1.58,
    "restless": -4.03,
    "jerk": -0.20,
    "jerk of large": -1.08,
    "large": 0.41,
    "opaque": 2.46,
    "opaque of large": 4.12,
    "sharp": 1.51,
    "faint": -4.7,
}
"""Log odds that each trait of a spot adds: per 1 for a share or its square root, per doubling for motion and what is
faint."""
CLEAR, CLEAR_OF_GRAIN = 0.09, 3.3
"""A spot that stands out slightly is faint by as many doublings as its mean step falls short of this, of 1, plus so
many times the grain."""
CROWD, CROWDED = 16, 1.5
"""More spots of one tone than this, in every frame, are rather snow, rain or sequins: log odds to take off for each
doubling."""
SPOT = 3
"""Spots of at least so many pixels are counted for that."""
SOLID = np.ones((3, 3), np.uint8)


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
    """How far it is outside the range of both, in units of what a spot of any size needs."""
    noise: float
    """Standard deviation of the grain."""


def score_spots(
    mask: np.ndarray, scene: Scene, nearby_tallies: Sequence[np.ndarray]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Log odds that each spot of `mask` is dirt (labels,), the labels, int32 (h, w), and a tally of spots (2,).

    The tally counts dark and light spots; `nearby_tallies` holds those of neighbouring frames. Dirt lies on a picture
    that the neighbours explain, in the spot and around it; it blocks the light or lets all of it through, has a sharp
    edge and one sign. What moves too fast for the flow does so in restless surroundings. The weights are those of
    logistic regressions on spots of damaged and undamaged film; that of faint spots was found on film with 0 to 6 % of
    grain, in which rain, snow, fire and glitter count for one clip in ten.
    """
    away, labels = cv2.distanceTransformWithLabels((~mask).astype(np.uint8), cv2.DIST_L2, 3)
    count = int(labels.max()) + 1
    area = np.bincount(labels[mask], minlength=count)
    step = scene.current - scene.behind
    traits = _traits(_Regions(mask=mask, labels=labels, away=away, area=area), scene, step)
    odds = np.asarray(sum(WEIGHTS[name] * trait for name, trait in traits.items()) + WEIGHTS["all"])
    light = (_means(labels, step, mask, count) > 0).astype(int)
    tally = np.bincount(light, area >= SPOT, 2).astype(int)
    if nearby_tallies:
        crowd = np.min([tally, *nearby_tallies], axis=0)
        odds -= CROWDED * np.log2(np.maximum(crowd / CROWD, 1))[light]
    return odds, labels, tally


@dataclass(frozen=True, kw_only=True)
class _Regions:
    """The spots of a frame: pictures (h, w)."""

    mask: np.ndarray
    """Where they are, bool."""
    labels: np.ndarray
    """The number of the spot that is nearest to each pixel, int32."""
    away: np.ndarray
    """How far away it is, in pixels."""
    area: np.ndarray
    """Pixels of each spot, by its number."""


def _traits(spots: _Regions, scene: Scene, step: np.ndarray) -> dict[str, np.ndarray]:
    """What counts for or against dirt, by the names of WEIGHTS, one number a spot."""
    mask, area = spots.mask, spots.area

    def mean(values: np.ndarray, where: np.ndarray) -> np.ndarray:
        return _means(spots.labels, values, where, len(area))

    edge = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_GRADIENT, SOLID) > 0
    ring = (spots.away > 2.5) & (spots.away < (6 + 0.25 * np.sqrt(area))[spots.labels])
    size = np.abs(step)
    depth = np.maximum(mean(size, mask), 1e-4)
    grain = 1.13 * scene.noise
    black, white = np.percentile(scene.current[::8, ::8], (0.5, 99.5))
    room = np.maximum(np.where(step > 0, white - scene.behind, scene.behind - black), 0.02)
    clear = CLEAR + CLEAR_OF_GRAIN * scene.noise
    strongest = np.zeros(len(area))
    np.maximum.at(strongest, spots.labels[mask], scene.strength[mask])
    slope = np.hypot(cv2.Sobel(step, -1, 1, 0, scale=0.25), cv2.Sobel(step, -1, 0, 1, scale=0.25))
    # Dirt bends the flow right next to it: the mean of the logarithm gives that less weight than the mean would.
    jerk = mean(np.log2(scene.jerk * (480 / len(mask)) + 0.25), ring)
    large = np.clip(np.log2(np.maximum(area, 4) / 20) / 6, 0, 1.2)
    opaque = np.clip(depth / np.maximum(mean(room, mask), 1e-3), 0, 1)
    return {
        "often": mean((scene.spread > 0.35 * size + grain).astype(np.float32), mask),
        "mixed": 1 - np.abs(mean(step, mask)) / depth,
        "unlike": np.sqrt(np.clip((mean(scene.residual, ring) - 0.7 * scene.noise) / depth, 0, 1)),
        "restless": np.sqrt(np.clip((mean(scene.spread, ring) - grain) / depth, 0, 1.5)),
        "jerk": jerk,
        "jerk of large": jerk * large,
        "large": large,
        "opaque": opaque,
        "opaque of large": opaque * large,
        "sharp": np.clip(mean(cv2.dilate(slope, np.ones((5, 5), np.uint8)), edge) / depth, 0, 2),
        "faint": np.where(strongest < 1, np.maximum(np.log2(clear / depth), 0), 0),
    }


def _means(labels: np.ndarray, values: np.ndarray, where: np.ndarray, count: int) -> np.ndarray:
    """Mean of `values` (h, w) over the pixels of `where` that belong to each of `count` spots."""
    spot = labels[where]
    return np.bincount(spot, values[where], count) / np.maximum(np.bincount(spot, minlength=count), 1)
