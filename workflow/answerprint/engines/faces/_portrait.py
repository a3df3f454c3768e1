"""A sharp portrait laid over a poor face, and the detail that it lends where both show the same."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ...frames import optical_flow
from ...frames.face_crops import crop_upright
from ...frames.face_detection import Box
from ._patch import Patch, blurred

WIDE = 128
"""Pixels to which a face is reduced where it is compared: one that needs a portrait shows nothing finer."""
LIGHT = 6
"""Shares of a face's width below which light and shadow are left out of the comparison."""
AGREES = (0.5, 0.9)
"""Correlation around a pixel at which the portrait lends nothing, and all of its detail there. Over 13 tracks and 9
people, what was missing followed what was lent one to one where the correlation was above 0.6."""
BENT = (0.4, 0.8)
"""Change of the flow from pixel to pixel up to which the way to the portrait is plain, and from which it is lost."""
ASIDE = (0.08, 0.16)
"""The same for how far a place goes another way than the face as a whole, shares of its width."""
GAIN = 2.0
"""Most by which the portrait's contrast is raised to that of the face."""
EYES = (0.97, 0.995)
"""The same for an eye as a whole: shut and open eyes, blurred, still correlate at 0.9."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Portrait:
    """A sharp picture of one person."""

    person: str
    luma: np.ndarray
    """float32 (h, w)."""
    box: Box
    landmarks: np.ndarray
    """float64 (5, 2)."""
    blur: float
    """Of the face in it, pixels."""

    @property
    def width(self) -> float:
        """Of the face."""
        return self.box[2] - self.box[0]

    def softening(self, patch: Patch, blur: float) -> float:
        """The Gaussian, in pixels of a face, that makes the portrait as blurred as the face is."""
        return float(np.sqrt(max(blur**2 - (self.blur * patch.width / self.width) ** 2, 0.09)))


@dataclass(frozen=True, kw_only=True, eq=False)
class View:
    """A face, and a portrait of the same size whose landmarks lie on its own, reduced to be compared."""

    face: np.ndarray
    """float32 (h, w)."""
    portrait: np.ndarray
    """float32 (h, w)."""
    inside: np.ndarray
    """bool (h, w): the face without its mouth."""
    width: float
    """Of the reduced face, pixels."""
    scale: float
    """By which it is reduced."""
    full: tuple[int, ...]
    """Height and width of the patch."""

    def enlarged(self, values: np.ndarray) -> np.ndarray:
        """Values (h, w, ...) for each pixel of the patch."""
        height, width = self.full[:2]
        return cv2.resize(values, (width, height), interpolation=cv2.INTER_LINEAR)


def laid(portrait: Portrait, patch: Patch, scale: float = 1.0) -> np.ndarray:
    """A portrait (h, w), turned, moved and scaled so that its landmarks lie on those of a face reduced by `scale`."""
    height, width = (max(1, round(side * scale)) for side in patch.luma.shape)
    return crop_upright(portrait.luma[..., None], portrait.landmarks, scale * patch.landmarks, width, height)[..., 0]


def view(portrait: Portrait, patch: Patch) -> View:
    """A face and a portrait side by side."""
    scale = min(1.0, WIDE / patch.width)
    other = laid(portrait, patch, scale)
    size = other.shape[::-1]
    face, inside, mouth = (
        cv2.resize(np.ascontiguousarray(image), size, interpolation=cv2.INTER_AREA)
        for image in (patch.luma, patch.inside, patch.mouth)
    )
    return View(
        face=face,
        portrait=other,
        inside=(inside > 0.3) & (mouth < 0.5),
        width=scale * patch.width,
        scale=scale,
        full=patch.luma.shape,
    )


def steps(both: View, softening: float) -> np.ndarray:
    """Flow (h, w, 2) from the face to the portrait made as blurred, in pixels of the view.

    Without light, contrast and grain, which differ between the two.
    """
    face, other = (_look(i, both.width, softening) for i in (both.face, blurred(both.portrait, softening)))
    return optical_flow.flow(face, other)


def _look(image: np.ndarray, width: float, softening: float) -> np.ndarray:
    smooth = blurred(image, max(1.0, softening / 2))
    level = blurred(smooth, width / LIGHT)
    spread = np.sqrt(blurred((smooth - level) ** 2, width / LIGHT)) + 0.01
    return optical_flow.eight_bits(0.5 + 0.2 * (smooth - level) / spread)


def fitted(both: View, guess: float) -> tuple[np.ndarray, float]:
    """Flow as by `steps`, and the softening at which the portrait comes nearest to the face, pixels of the view.

    Blur that is measured in a face alone is a third too small where 15 blurs lie across it; beside a portrait it is
    found to a tenth.
    """
    softening = guess
    for _ in range(2):
        flow = steps(both, softening)
        softening = _softening(both, optical_flow.warp(both.portrait, flow, cv2.INTER_CUBIC))
    return flow, softening


def _softening(both: View, portrait: np.ndarray) -> float:
    face = _shape(both.face, 1.0, both.width)
    tried = np.geomspace(0.6, max(both.width / 7, 0.8), 14)
    left = []
    for softening in tried:
        other = _shape(blurred(portrait, float(softening)), 1.0, both.width)
        slope, _ = _regression(face, other, both.width)
        left.append(float(((face - np.clip(slope, 0, GAIN) * other)[both.inside] ** 2).mean()))
    return float(tried[int(np.argmin(left))])


def agreement(both: View, flow: np.ndarray, softening: float) -> tuple[np.ndarray, np.ndarray]:
    """How many times the portrait's contrast the face has around each pixel, and how far they correlate: (h, w)."""
    other = optical_flow.warp(blurred(both.portrait, softening), flow, cv2.INTER_CUBIC)
    face, other = (_shape(image, max(1.0, softening / 2), both.width) for image in (both.face, other))
    return _regression(face, other, both.width)


def _plain(both: View, flow: np.ndarray) -> np.ndarray:
    """How far the way to the portrait is one that a head could go, 0..1 (h, w)."""
    middle = np.median(flow[both.inside], axis=0) if both.inside.any() else np.zeros(2)
    aside = np.hypot(*np.moveaxis(flow - middle, 2, 0)) / both.width
    return (1 - _ramp(blurred(bending(flow), both.width / 30), BENT)) * (1 - _ramp(aside, ASIDE))


def bending(flow: np.ndarray) -> np.ndarray:
    """By how many pixels a flow (h, w, 2) changes from each pixel to the next: float32 (h, w).

    A head that turns and speaks bends by 0.1 to 0.5; flow from one person to another by 0.7 and more.
    """
    squares = sum((step**2).sum(axis=2) for step in np.gradient(flow, axis=(0, 1)))
    return np.sqrt(np.asarray(squares, np.float32))


def _shape(image: np.ndarray, smooth: float, width: float) -> np.ndarray:
    """A picture without grain and without light."""
    image = blurred(image, smooth)
    return image - blurred(image, width / LIGHT)


def _regression(face: np.ndarray, other: np.ndarray, width: float) -> tuple[np.ndarray, np.ndarray]:
    """Slope of one picture (h, w) on another around each pixel, and their correlation."""
    window = max(3.0, width / 12)
    both, one, two = (blurred(values, window) for values in (face * other, face * face, other * other))
    return both / (two + 1e-5), both / np.sqrt((one + 1e-6) * (two + 1e-6))


def lent_detail(portrait: Portrait, patch: Patch, blur: float, flow: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What a face (h, w) lacks and its portrait shows, and how far that is to be trusted, 0..1 (h, w).

    blur: of the face, pixels; flow: from the face to the portrait, (h, w, 2) in pixels of its view. The portrait's
    detail gets the contrast that the face has around it; nothing that the face still shows is taken from it.
    """
    both, softening = view(portrait, patch), portrait.softening(patch, blur)
    slope, alike = agreement(both, flow, softening * both.scale)
    trust = _ramp(alike, AGREES) * _plain(both, flow)
    sharp = optical_flow.warp(laid(portrait, patch), both.enlarged(flow) / both.scale, cv2.INTER_CUBIC)
    trust, slope = both.enlarged(trust), both.enlarged(np.clip(slope, 0, GAIN))
    softer = blurred(sharp, softening)
    for number in (0, 1):
        eye = patch.eye(number)
        trust = trust * (1 - eye * (1 - _ramp(_correlation(patch.luma, softer, eye), EYES)))
    return np.asarray(slope * (sharp - softer), np.float32), np.asarray(trust, np.float32)


def _correlation(face: np.ndarray, other: np.ndarray, place: np.ndarray) -> float:
    """How far two pictures (h, w) correlate in a place, weights (h, w); 0 where it is not in the picture."""
    if place.sum() < 4:
        return 0.0
    one, two = (blurred(image, 1.0) for image in (face, other))
    one, two = (image - np.average(image, weights=place) for image in (one, two))
    product, *squares = (float((place * values).sum()) for values in (one * two, one * one, two * two))
    return product / float(np.sqrt(squares[0] * squares[1]) + 1e-9)


def _ramp(values: np.ndarray | float, ends: tuple[float, float]) -> np.ndarray:
    return np.clip((values - ends[0]) / (ends[1] - ends[0]), 0, 1)
