"""How different two colours look: CIEDE2000, of which 1 is just seen and 5 is plain."""

from __future__ import annotations

import numpy as np

from ...frames import lab


def between_pictures(one: np.ndarray, other: np.ndarray) -> float:
    """Mean CIEDE2000 of two pictures or films of equal shape (..., 3), sRGB 0..1."""
    return float(ciede2000(lab.from_rgb(one), lab.from_rgb(other)).mean())


def ciede2000(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """CIEDE2000 (...) of colours L*a*b* (..., 3).

    Sharma, Wu and Dalal, "The CIEDE2000 Color-Difference Formula: Implementation Notes", Color Research and
    Application 30 (2005), whose symbols the names follow.
    """
    one, other = np.asarray(one, np.float64), np.asarray(other, np.float64)
    chroma = np.hypot(one[..., 1], one[..., 2]) / 2 + np.hypot(other[..., 1], other[..., 2]) / 2
    green = 1.5 - 0.5 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7))
    (c1, h1), (c2, h2) = (_polar(colour[..., 1] * green, colour[..., 2]) for colour in (one, other))
    both = c1 * c2 != 0
    turn = np.where(both, (h2 - h1 + 180) % 360 - 180, 0)
    hue = np.where(both, (h1 + turn / 2) % 360, h1 + h2)
    lightness, middle = (one[..., 0] + other[..., 0]) / 2, (c1 + c2) / 2
    weight_l = 1 + 0.015 * (lightness - 50) ** 2 / np.sqrt(20 + (lightness - 50) ** 2)
    weight_h = 1 + 0.015 * middle * _hue_weight(hue)
    light, colour = (other[..., 0] - one[..., 0]) / weight_l, (c2 - c1) / (1 + 0.045 * middle)
    turned = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn) / 2) / weight_h
    rotation = 60 * np.exp(-(((hue - 275) / 25) ** 2))
    blue = -2 * np.sqrt(middle**7 / (middle**7 + 25.0**7)) * np.sin(np.radians(rotation))
    return np.asarray(np.sqrt(np.maximum(light**2 + colour**2 + turned**2 + blue * colour * turned, 0)))


def _polar(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Chroma, and hue in degrees 0..360."""
    return np.hypot(a, b), np.degrees(np.arctan2(b, a)) % 360


def _hue_weight(hue: np.ndarray) -> np.ndarray:
    terms = ((-0.17, 1, -30), (0.24, 2, 0), (0.32, 3, 6), (-0.20, 4, -63))
    return np.asarray(1 + sum(share * np.cos(np.radians(times * hue + shift)) for share, times, shift in terms))
