"""Colour of one small frame: from a few points, from another picture, and into places that have none."""

from __future__ import annotations

import cv2
import numpy as np

from ...frames import optical_flow


def from_points(luma: np.ndarray, points: np.ndarray, base: np.ndarray | None) -> np.ndarray:
    """a, b float32 (h, w, 2): colours of `points` (h, w, 2; NaN where unknown) spread to where brightness is alike.

    luma: uint8 (h, w). base: the colour so far, which a point then changes only in its neighbourhood.
    The optimisation of Levin, Lischinski and Weiss, "Colorization using Optimization", SIGGRAPH 2004.
    """
    from scipy.sparse import coo_matrix, diags_array
    from scipy.sparse.linalg import splu

    height, width = luma.shape
    number = np.arange(height * width).reshape(height, width)
    bright = luma.astype(np.float64) / 255
    # 4e-4 is a deviation of 5 of 255: below it, grain alone would decide what belongs together.
    spread = np.maximum(_box(bright**2, 1) - _box(bright, 1) ** 2, 4e-4)
    rows, columns, weights = [], [], []
    for dy, dx in ((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)):
        here = np.s_[max(0, -dy) : height - max(0, dy), max(0, -dx) : width - max(0, dx)]
        there = np.s_[max(0, dy) : height - max(0, -dy), max(0, dx) : width - max(0, -dx)]
        rows.append(number[here].ravel())
        columns.append(number[there].ravel())
        # A tenth of the variance, where the paper has 0.6 of it and more: 8 % less error with some 20 points a frame.
        alike = np.exp(-((bright[here] - bright[there]) ** 2) / (0.1 * spread[here]))
        weights.append((alike + 1e-6).ravel())
    row, column, weight = (np.concatenate(x) for x in (rows, columns, weights))
    links = coo_matrix((weight, (row, column)), shape=(number.size, number.size)).tocsr()
    known = ~np.isnan(points[..., 0]).ravel()
    # 1e-3 of pull to the base: a point colours some 30 px of an even surface and fades out beyond.
    hold = np.where(known, 1e6, 0.0 if base is None else 1e-3)
    total = np.asarray(links.sum(axis=1)).ravel()
    system = diags_array(total * (1 + hold)) - links
    start = np.zeros((height, width, 2)) if base is None else base.astype(np.float64)
    wanted = np.where(known[:, None], points.reshape(-1, 2) - start.reshape(-1, 2), 0)
    solved = splu(system.tocsc()).solve((total * hold)[:, None] * wanted)
    return (start + solved.reshape(height, width, 2)).astype(np.float32)


def from_picture(luma: np.ndarray, other: np.ndarray, ab: np.ndarray) -> np.ndarray:
    """a, b float32 (h, w, 2) for the frame `luma` from a picture of the same size: brightness `other`, colour `ab`.

    A coloured version of the frame is laid onto it along the optical flow; from any other picture the colour comes
    from places of like brightness, texture and position (Welsh et al., "Transferring Color to Greyscale Images", 2002).
    """
    steps = optical_flow.flow(luma, other, "medium")
    # 0.8: coloured versions of a frame reach 0.95 and more, the next frame but a few 0.9, other scenes stay below 0.5.
    if alike(luma, optical_flow.warp(other, steps)) > 0.8:
        return optical_flow.warp(ab, steps)
    from scipy.spatial import KDTree

    features, known = _features(luma), _features(other)
    _, nearest = KDTree(known).query(features, k=5)
    return cv2.blur(ab.reshape(-1, 2)[nearest].mean(axis=1).reshape(ab.shape).astype(np.float32), (5, 5))


def fill(ab: np.ndarray, trust: np.ndarray, luma: np.ndarray) -> np.ndarray:
    """`ab` (h, w, 2), where `trust` (h, w) 0..1 is low replaced from around, along what is alike in brightness."""
    height, width = trust.shape
    # Half the size: four times as quick, and what is filled has no fine detail anyway.
    half = (width + 1) // 2, (height + 1) // 2
    known = cv2.resize(np.dstack([ab * trust[..., None], trust]), half, interpolation=cv2.INTER_AREA)
    guide = cv2.resize(luma, half, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    filled, weight = np.zeros((*guide.shape, 2), np.float32), np.full(guide.shape, 1e-6, np.float32)
    # From near to far: the small window decides wherever it holds anything to be trusted.
    for radius, say in ((2, 1.0), (5, 0.1), (14, 0.01)):
        around = guided(known, guide, radius, 0.03**2)
        # The filter is linear, not a mean with positive weights: at 5 % and less it is meaningless.
        share = np.where(around[..., 2] > 0.05, around[..., 2], 0) * np.float32(say)
        filled += (share / np.maximum(around[..., 2], 0.05))[..., None] * around[..., :2]
        weight += share
    limit = np.abs(ab).max(axis=(0, 1))
    around = np.dstack([np.clip(filled / weight[..., None], -limit, limit), weight])
    around = cv2.resize(around, (width, height), interpolation=cv2.INTER_LINEAR)
    lost = np.where(around[..., 2] > 1e-4, 1 - trust, 0)[..., None]
    return ab + lost * (around[..., :2] - ab)


def guided(image: np.ndarray, guide: np.ndarray, radius: int, edge: float) -> np.ndarray:
    """`image` (h, w, k) smoothed along `guide` (h, w), 0..1: He et al., "Guided Image Filtering", ECCV 2010."""
    slope, offset = guided_lines(image, guide, radius, edge)
    return slope * guide[..., None] + offset


def guided_lines(image: np.ndarray, guide: np.ndarray, radius: int, edge: float) -> tuple[np.ndarray, np.ndarray]:
    """Slope and offset (h, w, k) that give `image` from `guide` round each pixel; they can be enlarged."""
    mean, level = _box(guide, radius), _box(image, radius)
    variance = np.maximum(_box(guide * guide, radius) - mean * mean, 0)
    slope = (_box(image * guide[..., None], radius) - level * mean[..., None]) / (variance + edge)[..., None]
    return _box(slope, radius), _box(level - slope * mean[..., None], radius)


def _box(image: np.ndarray, radius: int) -> np.ndarray:
    side = 2 * radius + 1
    return cv2.blur(image, (side, side), borderType=cv2.BORDER_REFLECT).reshape(image.shape)


def alike(a: np.ndarray, b: np.ndarray) -> float:
    """Correlation of two pictures, -1..1; 1 when both are flat."""
    first, second = (cv2.GaussianBlur(x.astype(np.float32), (0, 0), 1.0) for x in (a, b))
    first, second = first - first.mean(), second - second.mean()
    size = float(np.sqrt((first**2).sum() * (second**2).sum()))
    return 1.0 if size < 1e-3 * first.size else float((first * second).sum()) / size


def _features(luma: np.ndarray) -> np.ndarray:
    """Brightness, texture and position of each pixel, (h * w, 4); brightness as rank, whatever the exposure."""
    height, width = luma.shape
    counts = np.bincount(luma.ravel(), minlength=256).cumsum()
    rank = (counts[luma] - 0.5 * np.bincount(luma.ravel(), minlength=256)[luma]) / luma.size
    bright = luma.astype(np.float32) / 255
    texture = np.sqrt(np.maximum(_box(bright**2, 2) - _box(bright, 2) ** 2, 0))
    y, x = np.mgrid[:height, :width]
    return np.stack([rank, 2 * texture, 0.3 * x / width, 0.3 * y / height], axis=-1).reshape(-1, 4)
