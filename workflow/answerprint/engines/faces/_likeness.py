"""Whether a face is still the same person, and as steady, after what was done to it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import cv2
import numpy as np

from ...frames.face_detection import Detector
from ...frames.optical_flow import eight_bits
from ..identity.dlib import Dlib
from ._patch import Patch

WIDEST = 160
"""Pixels to which a patch is reduced for the detector: it looks at faces of 48."""


class Witness:
    """Describes faces by dlib's network, and looks for their landmarks; both are read when first needed."""

    def likeness(self, patch: Patch, changed: Sequence[np.ndarray]) -> np.ndarray:
        """How much a face is like itself with each other brightness (h, w): cosines of the descriptors, up to 1."""
        before, *after = (self.describe(patch, image) for image in (patch.luma, *changed))
        return np.array([before @ one / np.linalg.norm(before) / np.linalg.norm(one) for one in after])

    def landmarks(self, patch: Patch, image: np.ndarray) -> np.ndarray:
        """The five landmarks (5, 2) of the face of a patch in the picture (h, w), in pixels of the patch.

        NaN where the detector finds no face there.
        """
        scale = min(1.0, WIDEST / max(image.shape))
        size = tuple(max(1, round(side * scale)) for side in image.shape[::-1])
        small = cv2.resize(image, size, interpolation=cv2.INTER_AREA) if scale < 1 else image
        middle = np.array([patch.box[0] + patch.box[2], patch.box[1] + patch.box[3]]) / 2
        faces = self.detector(small[..., None])
        near = [np.array(face.landmarks) / scale for face in faces]
        distances = [float(np.hypot(*(points.mean(axis=0) - middle))) for points in near]
        if not near or min(distances) > patch.width / 3:
            return np.full((5, 2), np.nan)
        return near[int(np.argmin(distances))]

    def describe(self, patch: Patch, image: np.ndarray) -> np.ndarray:
        """The descriptor (128,) of the face of a patch in the picture (h, w)."""
        return self._identity.describe(np.repeat(eight_bits(image)[..., None], 3, axis=2), patch.box)

    @cached_property
    def _identity(self) -> Any:
        identity = Dlib()
        identity.load()
        return identity

    @cached_property
    def detector(self) -> Detector:
        """MTCNN."""
        return Detector()


def trembling(points: np.ndarray) -> float:
    """How much landmarks (n, 3, 5, 2), at three moments as far from each other, jump to and fro: pixels.

    The standard deviation of their second differences, each point for itself; 0 where none was found three times.
    """
    bends = points[:, 0] - 2 * points[:, 1] + points[:, 2]
    return float(np.sqrt(np.nanmean(bends**2))) if np.isfinite(bends).any() else 0.0
