"""How the dominant background moves from one frame to the next."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ...frames.optical_flow import luma

WORKING_SIZE = 960
"""Longest side of the pictures on which motion is measured, pixels; 0.03 px there is still 0.13 px of a 4K scan."""


def texture(frame: np.ndarray) -> np.ndarray:
    """Local contrast of a frame, uint8 at working size, which flicker, fades and vignettes do not change."""
    grey = luma(frame)
    if max(grey.shape) > WORKING_SIZE:
        factor = WORKING_SIZE / max(grey.shape)
        grey = cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    detail = grey - cv2.blur(grey, (25, 25))
    # 0.015 is the usual grain: flat areas stay flat and offer no corners; with 0.03 dark scenes were flat too.
    contrast = np.sqrt(np.maximum(cv2.blur(detail * detail, (25, 25)), 0)) + 0.015
    return np.clip(detail / contrast * 40 + 128.5, 0, 255).astype(np.uint8)


def motion(before: np.ndarray, now: np.ndarray, scale: float = 1.0) -> tuple[np.ndarray, float]:
    """Step (dx, dy, angle) of the dominant background about the picture's centre, and the share of points that agree.

    before, now: as `texture` gives them, of frames `scale` times as large. Zeros where fewer than 12 points, or than a
    quarter of those followed, agree: blank frames, cuts, noise.
    """
    return dominant(followed(before, now), scale)


@dataclass(frozen=True, kw_only=True)
class Points:
    """Points followed from one frame to the next."""

    before: np.ndarray
    after: np.ndarray
    """Where they were and are: (n, 2), x and y in pixels about the picture's centre."""
    sought: int
    """How many were looked for."""


def followed(before: np.ndarray, now: np.ndarray) -> Points:
    """The points of a picture (h, w) that are found in the next one and back; none where there are fewer than 12."""
    none = Points(before=np.empty((0, 2)), after=np.empty((0, 2)), sought=0)
    height, width = now.shape
    if min(height, width) < 32:
        return none
    corners = cv2.goodFeaturesToTrack(before, 250, 0.02, max(6, width / 50), blockSize=5)
    if corners is None or len(corners) < 12:
        return none
    follow = {"winSize": (17, 17), "maxLevel": 3, "criteria": (3, 15, 0.02)}
    there, found, _ = cv2.calcOpticalFlowPyrLK(before, now, corners, None, **follow)  # type: ignore[call-overload]
    back, found_back, _ = cv2.calcOpticalFlowPyrLK(now, before, there, None, **follow)  # type: ignore[call-overload]
    returns = (np.abs(back - corners).max(axis=(1, 2)) < 0.3) & (found[:, 0] > 0) & (found_back[:, 0] > 0)
    if returns.sum() < 12:
        return none
    centre = np.array([(width - 1) / 2, (height - 1) / 2])
    a, b = (points[returns, 0].astype(float) - centre for points in (corners, there))
    return Points(before=a, after=b, sought=len(corners))


def dominant(points: Points, scale: float) -> tuple[np.ndarray, float]:
    """The step that most points have in common, and the share of those looked for that do, as `motion` gives them."""
    nothing = np.zeros(3), 0.0
    if not points.sought:
        return nothing
    a, b = points.before, points.after
    _, agree = cv2.estimateAffinePartial2D(a, b, ransacReprojThreshold=1.0, maxIters=500, refineIters=0)
    if agree is None or agree.sum() < max(12, len(a) / 4):
        return nothing
    fit = _similarity(a, b, agree[:, 0].astype(float))
    return np.array([fit[2] * scale, fit[3] * scale, np.arctan2(fit[1], fit[0])]), float(agree.sum() / points.sought)


def _similarity(a: np.ndarray, b: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The similarity (p, q, dx, dy), x' = p x - q y + dx and y' = q x + p y + dy, by Tukey's robust least squares."""
    ones, zeros = np.ones(len(a)), np.zeros(len(a))
    rows = np.stack(
        [np.stack([a[:, 0], -a[:, 1], ones, zeros], 1), np.stack([a[:, 1], a[:, 0], zeros, ones], 1)], axis=1
    )
    fit = np.array([1.0, 0.0, 0.0, 0.0])
    for _ in range(5):
        weighted = rows * weights[:, None, None]
        fit = np.linalg.lstsq(
            np.einsum("nij,nik->jk", weighted, rows), np.einsum("nij,ni->j", weighted, b), rcond=None
        )[0]
        error = np.hypot(*(rows @ fit - b).T)
        spread = max(3 * float(np.median(error[weights > 0])), 0.15)
        weights = np.clip(1 - (error / spread) ** 2, 0, 1) ** 2
    return fit
