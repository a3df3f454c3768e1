"""The odds that each spot of a frame is dirt: a few small networks weigh all that is known about it.

`lab/training/dirt_weights.py` trained them on drawn and filmed clips with dirt, and with rain, snow, fire,
glitter and things that outrun optical flow.
"""

from __future__ import annotations

import cv2
import numpy as np

from ...frames import optical_flow
from . import _dirt_weights, _moving_objects, _strokes
from ._context import Context
from ._evidence import Alignment, Evidence, Spots
from ._spot_traits import LINES, Regions

LEAST = -0.8
"""Log odds from which a small spot is dirt: that of real film is fainter, and more of a size, than what was drawn."""
SMALL, PER_DOUBLING = 0.0007, 0.2
"""A spot that covers more than this share of the picture needs so much more for each doubling,"""
LARGE, SURER, SUREST = 0.015, 1.0, 2.5
"""and one that covers this share so much at least, or still more if both neighbours have a spot like it, as of a thing
that crosses the picture."""
WEAK, WEAKER, SOME = 2.0, 1.0, 0.5
"""Evidence for a path counts from here on, for a second one, and for fellows: dirt that lies thick makes as much by
chance."""
EXTREMES = -10.0, 12.0
"""Odds of a spot by itself beyond these say no more."""
SURE = 6.0
"""What an earlier look says counts up to these log odds."""
FARTHEST = 5.0
"""Traits further than so many standard deviations from what the networks were trained on count as that far."""
TRAITS = (
    "often", "mixed", "unlike", "restless", "jerk", "opaque", "sharp", "strongest", "depth",
    "area", "thick", "long", "filled", "at edge", "lent",
    "new edge", "own edge", "more edge",
    "further", "further around", "speed", "bend",
    "again", "noise", "unrest", "crowd", "by itself", "turning", "one-sided", "apart", "earlier",
    *_strokes.TRAITS,
    "path", "second path", "fellows", "alike in one", "alike in both", "alike here",
)  # fmt: skip
"""What the networks see of a spot, in this order."""


def dirty(odds: np.ndarray, alike_in_both: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Which spots are dirt, bool (n,), by their log odds, how many spots like them both neighbours have, and the share
    of the picture each covers."""
    least = LEAST + PER_DOUBLING * np.log2(np.maximum(share / SMALL, 1))
    return (odds > least) & ((share < LARGE) | (odds > np.where(alike_in_both > 0, SUREST, SURER)))


def with_context(traits: np.ndarray, context: Context) -> np.ndarray:
    """All that the networks see of each spot, float64 (n, TRAITS), from its own traits and what other frames say."""
    least = (context.path, WEAK), (context.second_path, WEAKER), (context.fellows, SOME)
    alike = (np.log2(1 + one) for one in (context.alike_in_one, context.alike_in_both, context.alike_here))
    return np.column_stack([traits, *(np.maximum(evidence, weak) for evidence, weak in least), *alike])


def log_odds(traits: np.ndarray) -> np.ndarray:
    """The log odds (n,) that the spots of a frame are dirt, from the traits of all of them, (n, TRAITS).

    Each is seen beside a sum over all of them (Zaheer et al., Deep Sets, NeurIPS 2017): a doubtful spot is rather dirt
    in a frame with many that are sure, and less so where many are doubtful. The mean of several networks, trained
    alike, errs less than each (Lakshminarayanan et al., Deep Ensembles, NeurIPS 2017).
    """
    weights = _dirt_weights
    values = ((traits - weights.MEAN) / weights.SPREAD).clip(-FARTHEST, FARTHEST)
    own, each, both, last = (
        lambda inputs, layer=layer: inputs @ layer[0] + layer[1]
        for layer in (weights.OWN, weights.EACH, weights.BOTH, weights.LAST)
    )
    one = np.maximum(own(values), 0)
    everywhere = np.log1p(np.maximum(each(values), 0).sum(axis=1, keepdims=True))
    beside = np.broadcast_to(everywhere, (*one.shape[:2], everywhere.shape[2]))
    hidden = np.maximum(both(np.concatenate([one, beside], axis=2)), 0)
    return last(hidden).mean(axis=0)[:, 0]


def traits(
    evidence: Evidence, alignment: Alignment, spots: Spots, again: np.ndarray, turning: np.ndarray
) -> np.ndarray:
    """What the networks see of each spot in its frame alone, by its number from 1: float64 (n, traits).

    `again` is the share of each that both neighbours show in another place, and `turning` that of the body it belongs
    to which they have close by, by its number from 0.
    """
    regions, scene = spots.score.regions, spots.scene
    between = np.subtract(*(optical_flow.luma(one) for one in alignment.warped))
    # At an edge that the camera uncovers a frame further off stands in for one of them.
    told = alignment.visible & ~np.logical_or(*alignment.lent)
    unrest = np.maximum(np.abs(between) - 1.13 * scene.noise, 0)
    known = (
        spots.score.traits
        | _shape(regions, alignment)
        | _edge(spots)
        | _surroundings(spots, alignment)
        | {"again": again, "crowd": np.log2(np.maximum(spots.score.crowd, 1))}
        | _strokes.moved(regions, 2 ** spots.score.traits["depth"], between * told)
        | {"by itself": spots.score.odds.clip(*EXTREMES), "turning": np.minimum(turning, 1)}
    )
    known["noise"] = np.full(len(again), scene.noise * 30)
    known["one-sided"] = np.full(len(again), float(evidence.one_sided))
    earlier = np.zeros_like(spots.step) if evidence.earlier is None else evidence.earlier
    known["earlier"] = regions.means(earlier.clip(-SURE, SURE), regions.mask)
    known["apart"] = np.full(len(again), float(evidence.apart))
    known["unrest"] = np.full(len(again), np.log2(max(float(unrest.mean()), 1e-4)))
    return np.stack([known[name] for name in TRAITS if name in known], axis=1).astype(np.float64)[1:]


def _shape(regions: Regions, alignment: Alignment) -> dict[str, np.ndarray]:
    """How large a spot is, in doublings, how compact, and whether it lies at the edge of the picture."""
    mask = regions.mask
    height, width = mask.shape
    scale = LINES / height
    first, last = regions.box
    sides = np.maximum(last - first + 1, 1)
    at_edge = (first <= 1).any(axis=0) | (last[0] >= height - 2) | (last[1] >= width - 2)
    inside = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 3)
    return {
        "area": np.log2(np.maximum(regions.area, 1) * scale**2),
        "thick": np.log2(np.maximum(regions.greatest(inside), 0.5) * scale),
        "long": np.log2(sides.max(axis=0) * scale),
        "filled": regions.area / sides.prod(axis=0),
        "at edge": at_edge.astype(np.float64),
        "lent": regions.means(np.logical_or(*alignment.lent).astype(np.float32), mask),
    }


def _edge(spots: Spots) -> dict[str, np.ndarray]:
    """What taking a spot away does along its edge: the share where an edge appears or goes, and how much is new."""
    regions, scene = spots.score.regions, spots.scene
    torn = _moving_objects.Torn(
        odds=np.zeros(0), current=scene.current, repaired=scene.behind, step=scene.residual, noise=scene.noise
    )
    edges = _moving_objects.edges(scene.with_soft_edge(regions.mask), torn)
    spot = regions.labels[edges.band]
    size = np.maximum(np.bincount(spot, minlength=len(regions.area)), 1)
    new, own, more = (np.bincount(spot, one, len(regions.area)) / size for one in (edges.new, edges.own, edges.more))
    return {"new edge": new, "own edge": own, "more edge": more / 2 ** spots.score.traits["depth"]}


def _surroundings(spots: Spots, alignment: Alignment) -> dict[str, np.ndarray]:
    """How well the frames behind the neighbours agree with them there, how fast it moves, and how evenly."""
    regions, ring = spots.score.regions, spots.score.regions.ring
    depth = 2 ** spots.score.traits["depth"]
    differences = alignment.unlike
    unlike = sum(differences, np.zeros_like(spots.step)) / max(len(differences), 1)
    flow = alignment.flows[0] * (LINES / len(ring))
    spread = sum(
        np.maximum(regions.means(flow[..., k] ** 2, ring) - regions.means(flow[..., k], ring) ** 2, 0) for k in (0, 1)
    )
    return {
        "further": np.sqrt(np.clip(regions.means(unlike, regions.mask) / depth, 0, 2)),
        "further around": np.sqrt(np.clip((regions.means(unlike, ring) - 1.13 * spots.scene.noise) / depth, 0, 2)),
        "speed": np.log2(regions.means(np.hypot(flow[..., 0], flow[..., 1]), ring) + 0.25),
        "bend": np.log2(np.sqrt(spread) + 0.1),
    }
