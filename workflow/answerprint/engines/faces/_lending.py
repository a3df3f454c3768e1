"""Detail that a sharper frame of the shot lends to a blurred face: the film's own evidence, brought there by motion."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import cv2
import numpy as np

from ...frames import optical_flow
from . import _deblur
from ._deblur import Deblurrer
from ._patch import Patch, blurred
from ._quality import Condition

UNLIKE = 0.02
"""Difference (share of white) beside the grain at which a place no longer counts as the same: a slope of light."""
ASTRAY = 1.0
"""Pixels by which motion forward and back may miss the start before it counts as lost."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Lender:
    """A sharper frame."""

    frame: np.ndarray
    """float32 (h, w, c)."""
    blur: float
    """Of the same face in it, pixels."""


def lost_detail(
    patch: Patch, condition: Condition, lender: Lender, deblurrer: Deblurrer, contrast: float
) -> np.ndarray:
    """What to add to the brightness of a face (h, w): what the lender shows of it, and then what both have lost.

    Where the lender does not show the same, only what the face itself has left is raised.
    """
    sharper = optical_flow.luma(lender.frame[patch.place])
    # Made as blurred as the face, the lender must look like it: that aligns both, and says where they are the same.
    equal = blurred(sharper, max(0.3, float(np.sqrt(max(condition.blur**2 - lender.blur**2, 0)))))
    steps, trust = _motion(patch.luma, equal, condition.noise)
    found = optical_flow.warp(sharper - equal, steps, cv2.INTER_CUBIC)
    as_sharp = dataclasses.replace(patch, luma=np.asarray(patch.luma + trust * found, np.float32))
    both = trust * (found + _deblur.lost_detail(as_sharp, lender.blur, deblurrer, contrast))
    alone = _deblur.lost_detail(patch, condition.blur, deblurrer, contrast)
    return np.asarray(both + (1 - trust) * alone, np.float32)


def _motion(face: np.ndarray, other: np.ndarray, noise: float) -> tuple[np.ndarray, np.ndarray]:
    """Flow (h, w, 2) from a face to another picture of it, and how far it can be trusted, 0..1 (h, w)."""
    looks = [optical_flow.eight_bits(blurred(image, 1.0)) for image in (face, other)]
    there, back = optical_flow.flow(looks[0], looks[1]), optical_flow.flow(looks[1], looks[0])
    unlike = blurred((face - optical_flow.warp(other, there, cv2.INTER_CUBIC)) ** 2, 2.0)
    missed = optical_flow.disagreement(there, back)
    far = unlike / (noise**2 + UNLIKE**2) + (missed / ASTRAY) ** 2
    return there, np.asarray(np.exp(-far / 2) * optical_flow.inside(there), np.float32)
