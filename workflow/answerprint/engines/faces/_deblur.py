"""Detail of a face that its blur has weakened, raised as far as it stands above the grain."""

from __future__ import annotations

import cv2
import numpy as np

from ._patch import Patch, blurred
from ._quality import FACE, FINE, SIGMAS, Condition, bands

MOST = 3.0
"""A band is raised to so many times itself at most."""
TRUST = 0.7
"""Share of the measured grain that is taken off a band's energy before the rest counts as the face."""
HALO = 0.005
"""A pixel may pass the brightest and darkest of the 5x5 around it by this share of white."""


def lost_detail(patch: Patch, condition: Condition, contrast: float) -> np.ndarray:
    """What to add to the brightness of a face (h, w) to undo its blur.

    Each band gets the gain of a Wiener filter (1949) for a Gaussian blur, by how far it stands above the grain around
    each pixel. In fine bands a gain below one leaves the band as it is, so that grain and the texture of skin are
    neither raised nor lost; in coarse ones, where grain is blotches, it takes them off: 0.1 dB more. `contrast`: most
    that a pixel may change, as a share of the brightness range of the 5x5 around it.
    """
    spread = max(condition.blur**2 - FACE**2, 0.0)
    image, added = patch.luma, np.zeros_like(patch.luma)
    for number, (band, sigma) in enumerate(zip(bands(image), SIGMAS, strict=True)):
        finer = SIGMAS[number - 1] if number else 0.4
        # A Gaussian passes exp(-(sigma w)^2 / 2) of the frequency w; a band's is 1 over the mean of its two sigmas.
        inverse = min(MOST, float(np.exp(spread / (sigma * finer) / 2)))
        energy = blurred(band * band, 1.5 * sigma)
        signal = np.maximum(energy - TRUST * condition.grain[number] ** 2, 0) / (energy + 1e-12)
        gain = signal * inverse / (1 + (inverse**2 - 1) * (1 - signal))
        added += (np.maximum(gain, 1) if number < FINE else gain) * band - band
    box = np.ones((5, 5), np.uint8)
    low, high = cv2.erode(image, box), cv2.dilate(image, box)
    limit = contrast * (high - low)
    least, most = np.maximum(-limit, low - HALO - image), np.minimum(limit, high + HALO - image)
    added = np.clip(added, least, most)
    # To keep the likeness, light and shadow of the face, all that is wider than a tenth of it, stay.
    wide = blurred(added, max(2.0, patch.width / 10))
    return np.asarray(np.clip(added - wide, least, most), np.float32)
