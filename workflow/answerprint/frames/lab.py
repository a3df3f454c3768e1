"""CIE L*a*b* of sRGB pictures, and back without leaving the gamut or the hue (IEC 61966-2-1, CIE 15, D65)."""

from __future__ import annotations

import numpy as np

_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_WHITE = _TO_XYZ.sum(axis=1)
# Rows scaled by the white point, so that r = g = b has a = b = 0 exactly but for rounding.
_TO_CONES = (_TO_XYZ / _WHITE[:, None]).astype(np.float32)
_FROM_CONES = np.linalg.inv(_TO_XYZ / _WHITE[:, None]).astype(np.float32)


def linear(values: np.ndarray) -> np.ndarray:
    """Light from code values 0..1."""
    return np.where(values <= 0.04045, values / 12.92, ((np.maximum(values, 0) + 0.055) / 1.055) ** 2.4)


def coded(light: np.ndarray) -> np.ndarray:
    """Code values from light 0..1."""
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * np.maximum(light, 0) ** (1 / 2.4) - 0.055)


def lightness(grey: np.ndarray) -> np.ndarray:
    """L* 0..100 of grey values 0..1."""
    return 116 * _bend(linear(grey)) - 16


def from_rgb(rgb: np.ndarray) -> np.ndarray:
    """L*a*b* float32 (..., 3) of RGB (..., 3), 0..1."""
    bent = _bend(times(_TO_CONES, linear(np.asarray(rgb, np.float32))))
    return np.stack(
        [116 * bent[..., 1] - 16, 500 * (bent[..., 0] - bent[..., 1]), 200 * (bent[..., 1] - bent[..., 2])], axis=-1
    ).astype(np.float32)


def to_rgb(light: np.ndarray, ab: np.ndarray) -> np.ndarray:
    """RGB float32 (h, w, 3), 0..1, of lightness (h, w) and a, b (h, w, 2).

    A colour too strong for RGB is weakened until it fits; its lightness and hue stay.
    """
    shape = light.shape
    light, ab = light.reshape(-1), ab.reshape(-1, 2)
    rgb = _light(light, ab)
    wrong = np.flatnonzero(((rgb < 0) | (rgb > 1)).any(axis=1))
    if len(wrong):
        low, high = np.zeros(len(wrong), np.float32), np.ones(len(wrong), np.float32)
        for _ in range(10):  # to a thousandth of the chroma
            middle = (low + high) / 2
            trial = _light(light[wrong], ab[wrong] * middle[:, None])
            fits = ((trial >= 0) & (trial <= 1)).all(axis=1)
            low, high = np.where(fits, middle, low), np.where(fits, high, middle)
        rgb[wrong] = _light(light[wrong], ab[wrong] * low[:, None])
    return np.clip(coded(rgb), 0, 1).astype(np.float32).reshape(*shape, 3)


def _light(light: np.ndarray, ab: np.ndarray) -> np.ndarray:
    """Linear RGB (n, 3), which may lie outside 0..1."""
    y = (light + 16) / 116
    bent = np.stack([y + ab[:, 0] / 500, y, y - ab[:, 1] / 200], axis=1)
    cones = np.where(bent > 6 / 29, bent**3, (bent - 4 / 29) * (108 / 841))
    return times(_FROM_CONES, cones)


def _bend(cones: np.ndarray) -> np.ndarray:
    return np.where(cones > (6 / 29) ** 3, np.cbrt(cones), cones * (841 / 108) + 4 / 29)


def times(matrix: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The matrix (3, 3) on the last axis of `values` (..., 3), float32, written out: BLAS rounds by its threads."""
    x, y, z = (values[..., i].astype(np.float32) for i in range(3))
    return np.stack([row[0] * x + row[1] * y + row[2] * z for row in matrix], axis=-1)
