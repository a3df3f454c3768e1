"""Detail that a sharper frame of the shot lends to a blurred face: the film's own evidence, brought there by motion."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import cv2
import numpy as np

from ...frames import optical_flow
from . import _deblur
from ._deblur import Deblurrer
from ._motion import motion
from ._patch import Patch, blurred
from ._quality import Condition


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
    steps, trust = motion(patch.luma, equal, condition.noise**2)
    found = optical_flow.warp(sharper - equal, steps, cv2.INTER_CUBIC)
    luma, calm = (np.asarray(image + trust * found, np.float32) for image in (patch.luma, patch.calm))
    as_sharp = dataclasses.replace(patch, luma=luma, calm=calm)
    both = trust * (found + _deblur.lost_detail(as_sharp, lender.blur, deblurrer, contrast))
    alone = _deblur.lost_detail(patch, condition.blur, deblurrer, contrast)
    return np.asarray(both + (1 - trust) * alone, np.float32)
