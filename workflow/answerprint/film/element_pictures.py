"""Tiny pictures of two elements compared: what of them is compared, and how one is cropped against the other."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np

FINE, COARSE = 0.7, 6.0
"""Tiny pictures are compared by what is larger than the one blur and smaller than the other, in their pixels: exposure
and vignettes change little of it."""
OUTSTANDING = 0.5
"""A picture may differ from those before and after by this share of their median difference more than they do."""
SURE, MOST_CROP = 0.8, 0.3
"""Correlation that two pictures must have with such a map between them; how much larger one may be, or turned."""


def cropped(film: np.ndarray, element: np.ndarray, pairs: Iterable[tuple[int, int]]) -> np.ndarray:
    """How the element's pictures lie seen from the film's: the median of the affine maps (2, 3) of some pairs."""
    maps = []
    for i, j in pairs:
        one, other = (
            cv2.resize(picture.astype(np.float32).mean(axis=2), None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
            for picture in (film[i], element[j])
        )
        start, all_over = np.eye(2, 3, dtype=np.float32), np.ones(one.shape, np.uint8)
        try:
            score, found = cv2.findTransformECC(one, other, start, cv2.MOTION_AFFINE, (3, 60, 1e-4), all_over, 5)
        except cv2.error:  # It does not converge where the two share nothing.
            continue
        if score > SURE and np.abs(found - np.eye(2, 3))[:, :2].max() < MOST_CROP:
            maps.append(found)
    middle = np.median(maps, axis=0) if maps else np.eye(2, 3)
    # From pixels of a quarter the size, whose centres are halves.
    middle[:, 2] = (middle[:, 2] + 1.5 * (middle[:, :2].sum(axis=1) - 1)) / 4
    return np.asarray(middle, np.float32)


def bands(proxies: np.ndarray, crop: np.ndarray | None = None) -> np.ndarray:
    """The bands of pictures, (n, k), without what stands out from those before and after, as dirt on one frame does."""
    rows = np.stack([band(picture, crop) for picture in proxies])
    if len(rows) < 3:
        return rows
    before, after = rows[:-2], rows[2:]
    step = OUTSTANDING * float(np.median(np.abs(after - before)))
    calm = np.clip(rows[1:-1], np.minimum(before, after) - step, np.maximum(before, after) + step)
    return np.concatenate([rows[:1], calm, rows[-1:]])


def band(picture: np.ndarray, crop: np.ndarray | None = None) -> np.ndarray:
    """The brightness of a proxy without what is very large or very fine, float32 (k,); `crop`: where its pixels lie."""
    grey = picture.astype(np.float32).mean(axis=2)
    if crop is not None:
        flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        grey = cv2.warpAffine(grey, crop, grey.shape[::-1], flags=flags, borderMode=cv2.BORDER_REPLICATE)
    middle = cv2.GaussianBlur(grey, (0, 0), FINE) - cv2.GaussianBlur(grey, (0, 0), COARSE)
    # A blotch in an even picture would outweigh all else.
    most = 4 * float(np.abs(middle).mean())
    return np.clip(middle, -most, most).ravel()


def unit(rows: np.ndarray) -> np.ndarray:
    """Rows of unit length; those without any detail become nearly nothing, and are like no other."""
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 0.3 * rows.shape[-1] ** 0.5))


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    """The correlation of two bands (k,), -1..1."""
    return float(unit(one) @ unit(other))
