"""How much a spot that stands out from both neighbours looks like dirt, from its own traits and how many there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from . import _spot_traits
from ._spot_traits import Regions, Scene

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
CROWD, CROWDED = 16, 1.5
"""More spots of one tone than this, in every frame, are rather snow, rain or sequins: log odds to take off for each
doubling."""
SPOT = 3
"""Spots of at least so many pixels are counted for that."""


@dataclass(frozen=True, kw_only=True)
class Score:
    """The spots of a frame, and how much each looks like dirt."""

    regions: Regions
    """Where they are."""
    traits: dict[str, np.ndarray]
    """What is known about them, as `_spot_traits.traits` names it."""
    odds: np.ndarray
    """Log odds that each is dirt."""
    tally: np.ndarray
    """How many are dark and how many are light, (2,)."""
    crowd: np.ndarray
    """How many of the tone of each there are at least, in this frame and those next to it."""


def score_spots(mask: np.ndarray, scene: Scene, nearby_tallies: Sequence[np.ndarray]) -> Score:
    """How much each spot of `mask`, bool (h, w), looks like dirt.

    `nearby_tallies` holds the tallies of neighbouring frames. Dirt lies on a picture that the neighbours explain, in
    the spot and around it; it blocks the light or lets all of it through, has a sharp edge and one sign. What moves too
    fast for the flow does so in restless surroundings. The weights are those of logistic regressions on spots of
    damaged and undamaged film; that of faint spots was found on film with 0 to 6 % of grain, in which rain, snow, fire
    and glitter count for one clip in ten.
    """
    regions = _spot_traits.regions(mask)
    step = scene.current - scene.behind
    traits = _spot_traits.traits(regions, scene, step)
    large = np.clip(np.log2(np.maximum(regions.area, 4) / 20) / 6, 0, 1.2)
    of_large = {"large": large, "jerk of large": traits["jerk"] * large, "opaque of large": traits["opaque"] * large}
    every = traits | of_large
    odds = WEIGHTS["all"] + np.asarray(sum(WEIGHTS[name] * trait for name, trait in every.items() if name in WEIGHTS))
    light = (regions.means(step, mask) > 0).astype(int)
    tally = np.bincount(light, regions.area >= SPOT, 2).astype(int)
    crowd = np.min([tally, *nearby_tallies], axis=0)[light]
    if nearby_tallies:
        odds = odds - CROWDED * np.log2(np.maximum(crowd / CROWD, 1))
    return Score(regions=regions, traits=traits, odds=odds, tally=tally, crowd=crowd)
