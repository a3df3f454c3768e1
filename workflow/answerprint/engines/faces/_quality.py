"""How good a face is: how blurred, how grainy, measured in the face itself."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

import cv2
import numpy as np

from ._patch import Patch, blurred

SIGMAS = (0.6, 0.85, 1.2, 1.7, 2.4, 3.4, 4.8)
"""Gaussians, in pixels, between which the bands of a face lie: a factor of the root of two apart."""
FINE = 3
"""So many of the finest bands show hardly anything but grain in most of a face; coarser ones show its shape as well."""
FACE = 0.8
"""Pixels of blur that are measured in a sharp face of 60 to 125 pixels: faces have no harder edges."""
SHARP = 1.0
"""Up to this much, measured, a face is sharp and stays as it is: the measure is good to a tenth of a pixel or two."""
POOR = (20.0, 0.06)
"""Fewer blurs than this across a face, or more grain (share of white), are too little for anything but a guess."""
GOOD = 60.0
"""So many blurs across a face are good."""

Quality = Literal["tiny", "poor", "medium", "good"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Condition:
    """What was measured in one face."""

    blur: float
    """Standard deviation of the Gaussian that its sharpest edges passed, in pixels; `FACE` in a sharp face."""
    grain: np.ndarray
    """float32 (bands,): standard deviation of the grain in each band, share of white."""

    @property
    def noise(self) -> float:
        """Standard deviation of the grain as if it were fine, share of white."""
        return float((self.grain / _white())[:FINE].max())

    def quality(self, width: float, smallest: float) -> Quality:
        """What to call a face of this width in pixels."""
        across = width / max(self.blur, FACE)
        if width < smallest:
            return "tiny"
        if across < POOR[0] or self.noise > POOR[1]:
            return "poor"
        return "good" if across >= GOOD else "medium"


def condition(patch: Patch) -> Condition:
    """Blur and grain of a face."""
    inside = patch.inside > 0.5
    if inside.sum() < 16:
        return Condition(blur=0.0, grain=np.zeros(len(SIGMAS), np.float32))
    return Condition(blur=_blur(patch.luma, inside), grain=_grain(patch.luma, inside))


def bands(image: np.ndarray) -> list[np.ndarray]:
    """What a picture (h, w) holds between each two of its Gaussians, finest first; coarser things are left out."""
    layers, below = [], image
    for sigma in SIGMAS:
        smooth = blurred(image, sigma)
        layers.append(below - smooth)
        below = smooth
    return layers


def _blur(image: np.ndarray, inside: np.ndarray) -> float:
    """The blur of the sharpest edges inside, by how much blurring once more weakens them.

    Zhuo and Sim, "Defocus map estimation from a single image" (Pattern Recognition 2011), after a Gaussian of one pixel
    against grain. With grain of 4 % it finds 0.2 to 0.4 pixels less than there is.
    """
    first, again = 1.0, 1.5
    smooth = blurred(image, first)
    slopes = [_slope(smooth), _slope(blurred(smooth, again))]
    # The steepest 4 % are edges; of those three in ten are sharper than what is returned.
    edges = inside & (slopes[0] >= np.quantile(slopes[0][inside], 0.96))
    ratio = float(np.quantile(slopes[0][edges] / np.maximum(slopes[1][edges], 1e-6), 0.7))
    passed = again**2 / max(ratio**2 - 1, 1e-3)
    return float(np.sqrt(max(passed - first**2, 0.0)))


def _slope(image: np.ndarray) -> np.ndarray:
    return np.hypot(*(cv2.Sobel(image, cv2.CV_32F, x, 1 - x) for x in (0, 1)))


def _grain(image: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Standard deviation of the grain in each band: a face is mostly skin, and the quieter quarter of it mostly grain.

    In coarser bands it is no more than fine grain would leave there; the rest is the face.
    """
    quiet = np.array([np.quantile(np.abs(band[inside]), 0.25) for band in bands(image)]) / 0.3186
    most = (quiet / _white())[:FINE].max() * _white()
    limit = np.where(np.arange(len(SIGMAS)) < FINE, quiet, most)
    return np.minimum(quiet, limit).astype(np.float32)


@cache
def _white() -> np.ndarray:
    """Standard deviations of the bands of white noise of deviation 1: (bands,)."""
    noise = np.random.default_rng(0).standard_normal((256, 256)).astype(np.float32)
    return np.array([band.std() for band in bands(noise)])
