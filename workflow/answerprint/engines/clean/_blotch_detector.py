"""Looks at one frame beside two others: which spots are dirt, and what belongs there instead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ...frames import optical_flow
from . import _detect, _moving_objects, _repair
from ._dirt_score import Scene, likeness

SURE = 6.5
"""Log odds from which on a spot is dirt, whatever else is found in other frames."""
PLAIN = 4.0
"""Log odds from which on a spot with both neighbours on one side may be large, and lie where not all moves alike."""
WIDE = np.ones((7, 7), np.uint8)
"""Spots that hold such a square are worth a flow from the one neighbour to the other;"""
BETTER = 0.8
"""it is taken where it makes the difference between the neighbours and to the frame around fall to this share,"""
JERK = 1.0
"""or where the motion found before is less straight than this, in pixels, and explains the place no better,"""
CALM = 0.03
"""and both neighbours then differ by less than this."""
SKIRT = 0.01
"""A pixel beside a spot belongs to its soft edge where it differs by more than this and the grain."""


@dataclass(frozen=True, kw_only=True)
class Witness:
    """Another frame of the shot, and the way there."""

    frame: np.ndarray
    """What pixels are taken from, (h, w, c): clean already, if it can be."""
    raw: np.ndarray
    """Its brightness as it is on the film, (h, w)."""
    steps: np.ndarray
    """Flow from the frame examined, (h, w, 2)."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What was found in one frame."""

    frame: np.ndarray
    """The frame, repaired."""
    mask: np.ndarray
    """Where it was, bool (h, w)."""
    inpainted: np.ndarray
    """Where it was filled from the frame itself, since the witnesses did not know, bool (h, w)."""
    bodies: np.ndarray
    """All that stood out, dirt or not, as `_objects.bodies` lists it."""
    tally: np.ndarray
    """How many dark and how many light spots that were, (2,)."""

    def joined(self, other: Finding) -> Finding:
        """This finding, and what the other one has found besides."""
        more = other.mask & ~self.mask
        frame = np.where(more[..., None], other.frame, self.frame)
        inpainted = self.inpainted | (more & other.inpainted)
        return Finding(frame=frame, mask=self.mask | more, inpainted=inpainted, bodies=self.bodies, tally=self.tally)

    def wide(self) -> Finding:
        """This finding without the spots that hold no square as `WIDE`."""
        count, labels = cv2.connectedComponents(self.mask.astype(np.uint8), connectivity=8)
        keep = np.zeros(count, bool)
        keep[labels[cv2.erode(self.mask.astype(np.uint8), WIDE) > 0]] = True
        keep[0] = False
        return replace(self, mask=keep[labels], inpainted=self.inpainted & keep[labels])


def nothing(frame: np.ndarray) -> Finding:
    """The finding that nothing stands out of a frame (h, w, c)."""
    mask = np.zeros(frame.shape[:2], bool)
    return Finding(frame=frame, mask=mask, inpainted=mask, bodies=np.zeros((1, 4)), tally=np.zeros(2, int))


def examine(
    frame: np.ndarray,
    pair: list[Witness],
    *,
    beyond: list[Witness],
    like: list[np.ndarray],
    company: list[np.ndarray],
    still: np.ndarray | None,
    through: Callable[[], tuple[np.ndarray, np.ndarray]] | None,
    sensitivity: float,
    smallest: int,
    doubt: float = 0.0,
) -> Finding:
    """Finds and repairs what only `frame` (h, w, c) shows, not the `pair` that stands beside it.

    `beyond` are the frames behind those two, or none; `like` the bodies in neighbouring frames, `company` how many
    spots those have. `still` is given where both witnesses stand on one side: the flow from the nearer to the farther
    one. `through` finds flow to the pair that does not ask the frame. `doubt` is the log odds that a spot has to reach.
    """
    grey = optical_flow.luma(frame)
    sources, raws, warped = [], [], []
    for witness in pair:
        moved = optical_flow.warp(witness.frame, witness.steps)
        gain, offset = _detect.brightness(optical_flow.luma(moved), grey)
        sources.append(gain * witness.frame + offset)
        raws.append(gain * witness.raw + offset)
        warped.append(gain * moved + offset)
    differences = []
    for near, witness in zip(warped, beyond, strict=False):
        target, moved = optical_flow.luma(near), optical_flow.warp(witness.raw, witness.steps)
        gain, offset = _detect.brightness(moved, target)
        differences.append(np.abs(target - gain * moved - offset))
    found = [
        _detect.evidence(frame[..., c].copy(), warped[0][..., c].copy(), warped[1][..., c].copy(), differences)
        for c in range(frame.shape[2])
    ]
    known = optical_flow.inside(pair[0].steps) & optical_flow.inside(pair[1].steps)
    mask = _detect.candidates(found, known, sensitivity, smallest)
    if not mask.any():
        return nothing(frame)

    # The flow under dirt is made up; what surrounds it says better how the picture moves there.
    doubtful = cv2.dilate(mask.astype(np.uint8), _repair.RING) > 0
    ways = [_repair.fill_in_coarse(witness.steps, doubtful, 2) for witness in pair]
    for picture, source, way in zip(warped, sources, ways, strict=True):
        picture[doubtful] = _repair.along(source, way, doubtful)
    if through is not None and cv2.erode(mask.astype(np.uint8), WIDE).any():
        _choose(frame, mask, warped, sources, ways, through(), doubtful)
    to_before, to_after = frame - warped[0], frame - warped[1]
    step = np.where(np.abs(to_before) < np.abs(to_after), to_before, to_after)
    size, signed = _mean(np.abs(step)), _mean(step)
    noise = max(f.noise for f in found)
    spread = _mean(cv2.absdiff(*warped).reshape(frame.shape))

    # Dirt in one dye layer of a colour film stands out in that layer only.
    layer = np.abs(step).argmax(axis=2)[..., None] if frame.shape[2] > 1 else np.zeros((1, 1, 1), np.intp)
    bold, most = (_pick(a, layer) for a in (frame, step))
    # Straight motion takes as long a step on either side; two witnesses on one side lie one step and two away.
    jerk = ways[0] + ways[1] if still is None else 2 * ways[0] - ways[1]
    scene = Scene(
        current=bold,
        behind=bold - most,
        residual=size,
        spread=spread,
        jerk=np.hypot(jerk[..., 0], jerk[..., 1]),
        noise=noise,
    )
    bodies = _moving_objects.bodies(mask, signed)
    odds, labels, tally = likeness(mask, scene, company)
    mask &= (odds > doubt)[labels] & ~_moving_objects.travelling(*bodies, like)
    sure = mask & (odds > SURE)[labels]
    if still is not None:
        mask = _moving_objects.bordered(mask, scene.current, scene.behind)
        plain = mask & (odds > PLAIN)[labels]
        mask = plain | _moving_objects.at_rest(mask & ~plain, still)
        sure &= mask
    excess = [raw - optical_flow.luma(source) for raw, source in zip(raws, sources, strict=True)]
    # A large spot that looks like nothing but dirt is not a thing, though something as light may be near by.
    mask = sure | _moving_objects.standing(mask & ~sure, grey, signed, raws, excess, ways, between=still is None)
    mask |= (cv2.dilate(mask.astype(np.uint8), _detect.SQUARE) > 0) & (size > SKIRT + noise)
    repaired, inpainted = _repair.filled(frame, warped[0], warped[1], mask, noise)
    likely = np.where(labels > 0, odds[labels], 0.0)
    severed = _moving_objects.severed(mask, likely, grey, optical_flow.luma(repaired), size, noise)
    mask, inpainted = mask & ~severed, inpainted & ~severed
    repaired = np.where(mask[..., None], repaired, frame)
    return Finding(frame=repaired, mask=mask, inpainted=inpainted, bodies=bodies[1], tally=tally)


def _choose(
    frame: np.ndarray,
    mask: np.ndarray,
    warped: list[np.ndarray],
    sources: list[np.ndarray],
    ways: list[np.ndarray],
    others: tuple[np.ndarray, np.ndarray],
    doubtful: np.ndarray,
) -> None:
    """Takes, in place, the `others` for the `ways` of those spots over which the neighbours then agree better.

    Or about as well, where the `ways` are not straight: a flow that is bent alike to both sides agrees with itself.
    """
    anew = [_repair.along(source, way, doubtful) for source, way in zip(sources, others, strict=True)]
    count, labels = cv2.connectedComponents(doubtful.astype(np.uint8), connectivity=8)
    inside, rim = labels[doubtful], ~mask[doubtful]
    size = np.maximum(np.bincount(inside, minlength=count), 1)
    astray = []
    for a, b in ((warped[0][doubtful], warped[1][doubtful]), anew):
        unlike = np.abs(a - b).mean(axis=1)
        off = np.minimum(np.abs(a - frame[doubtful]), np.abs(b - frame[doubtful])).mean(axis=1)
        astray.append(np.bincount(inside, unlike + off * rim, count) / size)
    jerk = np.bincount(inside, np.abs(ways[0] + ways[1])[doubtful].max(axis=1), count) / size
    straighter = (jerk > JERK) & (astray[1] < np.minimum(1.1 * astray[0] + 0.002, CALM))
    better = ((astray[1] < BETTER * astray[0]) | straighter)[inside]
    where = np.zeros_like(doubtful)
    where[doubtful] = better
    for picture, way, other, new in zip(warped, ways, others, anew, strict=True):
        picture[where] = new[better]
        way[where] = other[where]


def _mean(picture: np.ndarray) -> np.ndarray:
    """Mean over the channels of (h, w, c): (h, w)."""
    return picture[..., 0] if picture.shape[2] == 1 else picture.mean(axis=2)


def _pick(picture: np.ndarray, layer: np.ndarray) -> np.ndarray:
    """The channel `layer` (h, w, 1) of each pixel of (h, w, c): (h, w)."""
    return picture[..., 0] if picture.shape[2] == 1 else np.take_along_axis(picture, layer, axis=2)[..., 0]
