"""One face in one frame, and the places in it that guards look after."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from ...frames import optical_flow
from ...frames.face_detection import Box

EYE = (0.26, 0.16)
"""Half the width and height of an eye with its lids, as shares of the distance between the eyes."""
IRIS = 0.09
"""Radius of an iris as a share of the same: 12 mm of 63."""
MOUTH = (0.62, 0.36)
"""Half the width and height of a mouth that may show its teeth, as shares of the distance between its corners."""
CHEEK = (0.2, 0.16)
"""Half the width and height of the bare skin of a cheek, as shares of the distance between the eyes."""
LEAST = 8
"""A face of which fewer pixels than this are inside the picture, either way, is left alone."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Patch:
    """A face and half its size around it, cut out of a frame; places are in pixels of the patch."""

    pixels: np.ndarray
    """float32 (h, w, c)."""
    luma: np.ndarray
    """float32 (h, w): its brightness."""
    calm: np.ndarray
    """float32 (h, w): the same with less grain, where other frames show the face as well; else `luma`."""
    place: tuple[slice, slice]
    """Rows and columns of the frame."""
    box: Box
    landmarks: np.ndarray
    """float64 (5, 2): eyes, nose tip, corners of the mouth, as the picture shows them from left to right."""

    @property
    def width(self) -> float:
        """Of the face."""
        return self.box[2] - self.box[0]

    @property
    def between_eyes(self) -> float:
        """The distance between the eyes; of a face in profile a quarter of its width at least."""
        return max(float(np.hypot(*(self.landmarks[1] - self.landmarks[0]))), self.width / 4)

    @cached_property
    def inside(self) -> np.ndarray:
        """float32 (h, w): 1 in the face, falling to 0 at an ellipse a fifth larger than its box."""
        left, top, right, bottom = self.box
        axes = (0.6 * (right - left), 0.6 * (bottom - top))
        return _ellipse(self.luma.shape, ((left + right) / 2, (top + bottom) / 2), axes, 0.0, 0.7)

    @cached_property
    def eyes(self) -> np.ndarray:
        """float32 (h, w): 1 in both eyes, falling to 0 around them."""
        return np.maximum(self.eye(0), self.eye(1))

    def eye(self, which: int) -> np.ndarray:
        """float32 (h, w): 1 in the left (0) or right (1) eye of the picture, falling to 0 around it."""
        across, down = (share * self.between_eyes for share in EYE)
        return self._along(self.landmarks[:2], which, across, down)

    @cached_property
    def irises(self) -> tuple[np.ndarray, np.ndarray]:
        """float32 (h, w) of each eye: 1 in its iris, falling to 0 around it."""
        radius = max(1.0, IRIS * self.between_eyes)
        one, other = (self._along(self.landmarks[:2], i, radius, radius) for i in (0, 1))
        return one, other

    @cached_property
    def mouth(self) -> np.ndarray:
        """float32 (h, w): 1 where teeth may show, falling to 0 around it."""
        corners = self.landmarks[3:]
        # A mouth in profile is short from corner to corner, but as high as ever.
        across = max(float(np.hypot(*(corners[1] - corners[0]))), self.width / 4)
        return self._along(corners, None, MOUTH[0] * across, MOUTH[1] * across)

    @cached_property
    def skin(self) -> np.ndarray:
        """bool (h, w): the bare skin of both cheeks."""
        across, down = (share * self.between_eyes for share in CHEEK)
        lower = [0.55 * self.landmarks[i] + 0.45 * self.landmarks[3 + i] for i in (0, 1)]
        cheeks = np.maximum(*(self._along(np.array(lower), i, across, down) for i in (0, 1))) > 0.5
        return np.asarray(cheeks & (self.inside > 0.99) & (self.mouth == 0) & (self.eyes == 0))

    @cached_property
    def quiet(self) -> np.ndarray:
        """bool (h, w): the smoother half of the face beside eyes and mouth: forehead, cheeks, chin."""
        bare = (self.inside > 0.9) & (self.mouth == 0) & (self.eyes == 0)
        if not bare.any():
            return bare
        smooth = blurred(self.luma, 1.5)
        shape = blurred(np.abs(smooth - blurred(smooth, 4.0)), 3.0)
        return np.asarray(bare & (shape <= np.median(shape[bare])))

    def _along(self, points: np.ndarray, which: int | None, across: float, down: float) -> np.ndarray:
        """An ellipse around one of two points, or the middle of both (None), turned like the line between them."""
        centre = points.mean(axis=0) if which is None else points[which]
        step = points[1] - points[0]
        angle = float(np.arctan2(step[1], step[0]))
        # 1.3: the place itself is protected fully, and the fall lies outside it.
        axes = (1.3 * across, 1.3 * down)
        return _ellipse(self.luma.shape, (float(centre[0]), float(centre[1])), axes, angle, 1 / 1.3)


def cut(frame: np.ndarray, box: np.ndarray, landmarks: np.ndarray) -> Patch | None:
    """The patch of a face at `box` (4,) with `landmarks` (5, 2) of a frame (h, w, c); None where too little is seen."""
    height, width = frame.shape[:2]
    left, top, right, bottom = (float(v) for v in box[:4])
    # Half a face more on every side, so that filters see what is around the ellipse.
    x0, x1 = (int(np.clip(x, 0, width)) for x in (1.5 * left - 0.5 * right, 1.5 * right - 0.5 * left + 1))
    y0, y1 = (int(np.clip(y, 0, height)) for y in (1.5 * top - 0.5 * bottom, 1.5 * bottom - 0.5 * top + 1))
    if x1 - x0 < LEAST or y1 - y0 < LEAST:
        return None
    place = slice(y0, y1), slice(x0, x1)
    luma = optical_flow.luma(frame[place])
    return Patch(
        pixels=frame[place],
        luma=luma,
        calm=luma,
        place=place,
        box=(left - x0, top - y0, right - x0, bottom - y0),
        landmarks=np.asarray(landmarks, np.float64) - (x0, y0),
    )


def _ellipse(
    shape: tuple[int, ...], centre: tuple[float, float], axes: tuple[float, float], angle: float, full: float
) -> np.ndarray:
    """float32 (h, w): 1 up to the share `full` of an ellipse with these half axes, falling to 0 at its edge."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    x, y = x - centre[0], y - centre[1]
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    away = np.hypot(along / max(axes[0], 0.5), across / max(axes[1], 0.5))
    ramp = np.clip((1 - away) / (1 - full), 0, 1)
    return np.asarray(ramp * ramp * (3 - 2 * ramp), np.float32)


def blurred(image: np.ndarray, sigma: float) -> np.ndarray:
    """A Gaussian of `sigma` pixels over a picture (h, w)."""
    return cv2.GaussianBlur(image, (0, 0), sigma)
