"""How much like dirt a spot looks that stands out of both neighbours: what is in it, around it, and how that moves."""

from __future__ import annotations

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
}
"""Log odds that each trait of a spot adds: a share or its square root for 1, motion for a doubling."""
CROWD, CROWDED = 16, 1.5
"""More spots of one tone than this, in every frame, are snow, rain or sequins rather: log odds for each doubling."""
SPOT = 3
"""Pixels of the spots that are counted for that."""
SOLID = np.ones((3, 3), np.uint8)


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One frame beside its neighbours brought onto it: pictures float32 (h, w)."""

    current: np.ndarray
    """The frame."""
    behind: np.ndarray
    """What the neighbour that is nearer in brightness shows there."""
    residual: np.ndarray
    """How far the frame is from that neighbour."""
    spread: np.ndarray
    """How far the neighbours are from one another."""
    jerk: np.ndarray
    """Pixels by which the motion from the one neighbour to the frame and on to the other is not straight."""
    noise: float
    """Standard deviation of the grain."""


def likeness(mask: np.ndarray, scene: Scene, company: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How much like dirt each spot of `mask` looks, as log odds (labels,), labels of the spots, int32 (h, w), and how
    many dark and how many light ones there are, (2,). `company` says the latter of neighbouring frames.

    Dirt lies on a picture that its neighbours explain, inside the spot and around it; it stops the light or lets all
    through, has a sharp edge and one sign. What moves too fast for the flow does so in a restless surrounding. The
    weights are those of a logistic regression on spots of damaged and undamaged film.
    """
    away, labels = cv2.distanceTransformWithLabels((~mask).astype(np.uint8), cv2.DIST_L2, 3)
    count = int(labels.max()) + 1
    edge = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_GRADIENT, SOLID) > 0

    def mean(values: np.ndarray, where: np.ndarray) -> np.ndarray:
        who = labels[where]
        return np.bincount(who, values[where], count) / np.maximum(np.bincount(who, minlength=count), 1)

    area = np.bincount(labels[mask], minlength=count)
    ring = (away > 2.5) & (away < (6 + 0.25 * np.sqrt(area))[labels])
    step = scene.current - scene.behind
    size = np.abs(step)
    depth = np.maximum(mean(size, mask), 1e-4)
    grain = 1.13 * scene.noise
    black, white = np.percentile(scene.current[::8, ::8], (0.5, 99.5))
    room = np.maximum(np.where(step > 0, white - scene.behind, scene.behind - black), 0.02)
    slope = np.hypot(cv2.Sobel(step, -1, 1, 0, scale=0.25), cv2.Sobel(step, -1, 0, 1, scale=0.25))
    # Dirt bends the flow right beside it: the mean of the logarithm makes less of that than the mean.
    jerk = mean(np.log2(scene.jerk * (480 / len(mask)) + 0.25), ring)
    big = np.clip(np.log2(np.maximum(area, 4) / 20) / 6, 0, 1.2)
    opaque = np.clip(depth / np.maximum(mean(room, mask), 1e-3), 0, 1)
    traits = {
        "often": mean((scene.spread > 0.35 * size + grain).astype(np.float32), mask),
        "mixed": 1 - np.abs(mean(step, mask)) / depth,
        "unlike": np.sqrt(np.clip((mean(scene.residual, ring) - 0.7 * scene.noise) / depth, 0, 1)),
        "restless": np.sqrt(np.clip((mean(scene.spread, ring) - grain) / depth, 0, 1.5)),
        "jerk": jerk,
        "jerk of large": jerk * big,
        "large": big,
        "opaque": opaque,
        "opaque of large": opaque * big,
        "sharp": np.clip(mean(cv2.dilate(slope, np.ones((5, 5), np.uint8)), edge) / depth, 0, 2),
    }
    odds = sum(WEIGHTS[name] * trait for name, trait in traits.items()) + WEIGHTS["all"]
    light = (mean(step, mask) > 0).astype(int)
    tally = np.bincount(light, area >= SPOT, 2).astype(int)
    if company:
        crowd = np.min([tally, *company], axis=0)
        odds -= CROWDED * np.log2(np.maximum(crowd / CROWD, 1))[light]
    return odds, labels, tally
