"""Looks at one frame beside two others: which spots are dirt, and what belongs there instead."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ... import motion
from . import _detect, _objects, _repair

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
    bodies: np.ndarray
    """All that stood out, dirt or not, as `_objects.bodies` lists it."""


def examine(
    frame: np.ndarray,
    pair: list[Witness],
    *,
    beyond: list[Witness],
    like: list[np.ndarray],
    still: np.ndarray | None,
    sensitivity: float,
    smallest: int,
) -> Finding:
    """Finds and repairs what only `frame` (h, w, c) shows, not the `pair` that stands beside it.

    `beyond` are the frames behind those two, or none; `like` the bodies in neighbouring frames. `still` is given
    where both witnesses stand on one side: the flow from the nearer to the farther one.
    """
    grey = motion.luma(frame)
    sources, raws, warped = [], [], []
    for witness in pair:
        moved = motion.warp(witness.frame, witness.steps)
        gain, offset = _detect.brightness(motion.luma(moved), grey)
        sources.append(gain * witness.frame + offset)
        raws.append(gain * witness.raw + offset)
        warped.append(gain * moved + offset)
    differences = []
    for near, witness in zip(warped, beyond, strict=False):
        target, moved = motion.luma(near), motion.warp(witness.raw, witness.steps)
        gain, offset = _detect.brightness(moved, target)
        differences.append(np.abs(target - gain * moved - offset))
    found = [
        _detect.evidence(frame[..., c].copy(), warped[0][..., c].copy(), warped[1][..., c].copy(), differences)
        for c in range(frame.shape[2])
    ]
    known = motion.inside(pair[0].steps) & motion.inside(pair[1].steps)
    mask = _detect.candidates(found, known, sensitivity, smallest)
    if not mask.any():
        return Finding(frame=frame, mask=mask, bodies=np.zeros((1, 4)))

    # The flow under dirt is made up; what surrounds it says better how the picture moves there.
    doubtful = cv2.dilate(mask.astype(np.uint8), _repair.RING) > 0
    ways = [_repair.fill_in_coarse(witness.steps, doubtful, 2) for witness in pair]
    for picture, source, way in zip(warped, sources, ways, strict=True):
        picture[doubtful] = _repair.along(source, way, doubtful)
    to_before, to_after = frame - warped[0], frame - warped[1]
    step = np.where(np.abs(to_before) < np.abs(to_after), to_before, to_after)
    size, signed = np.abs(step).mean(axis=2), step.mean(axis=2)
    noise = max(f.noise for f in found)
    spread = np.abs(warped[0] - warped[1]).mean(axis=2)

    bodies = _objects.bodies(mask, signed)
    travelling = _objects.travelling(*bodies, like)
    mask = _detect.agreed(mask, size, spread, noise) & ~travelling
    if still is not None:
        mask = _objects.small_at_rest(mask, still)
    mask = _objects.standing(mask, grey, signed, raws, ways)
    mask |= (cv2.dilate(mask.astype(np.uint8), _detect.SQUARE) > 0) & (size > SKIRT + noise)
    repaired = _repair.fill(frame, warped[0], warped[1], mask, noise)
    return Finding(frame=repaired, mask=mask, bodies=bodies[1])
