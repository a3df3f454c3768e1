"""What neighbouring frames say about a frame: its grain, what of it is steady, and which points glitter."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ...frames import optical_flow
from ..denoise import _noise

LEAST_NOISE = 0.1 / 255
"""Deviation that is assumed at least, so that digital film without grain is compared too."""
GLITTER = 0.06
"""Brightness by which a point must outshine a neighbouring frame to count as glitter; grain is added to it."""
POINT = 5
"""Side of the square that a glittering point fits in, pixels."""


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """A frame's brightness beside that of its neighbours along motion."""

    steady: np.ndarray
    """float32 (h, w): the mean of the frame and its neighbours where they show the same."""
    noise: np.ndarray
    """float32 (h, w): standard deviation of the grain; 0 where the frame stands alone."""
    glitter: np.ndarray
    """float32 (h, w), 0..1: points whose brightness a neighbour does not share, and what is around them."""


def surroundings(luma: np.ndarray, neighbours: list[np.ndarray]) -> Surroundings:
    """What brightnesses (h, w) of the frames before and after say about that of a frame."""
    if not neighbours:
        nothing = np.zeros_like(luma)
        return Surroundings(steady=luma, noise=nothing, glitter=nothing)
    flows = _flows(luma, neighbours)
    noise = _grain(luma, neighbours, flows)
    total, weights = luma.copy(), np.ones_like(luma)
    points, others = _points(luma), np.full_like(luma, np.inf)
    for other, steps in zip(neighbours, flows, strict=True):
        moved = optical_flow.warp(other, steps, cv2.INTER_CUBIC)
        weight = _trust(luma - moved, noise)
        total += weight * moved
        weights += weight
        # A point may lie a pixel beside the place that the flow leads to.
        brightest = optical_flow.warp(cv2.dilate(_points(other), np.ones((3, 3), np.uint8)), steps)
        others = np.minimum(others, brightest)
    unstable = (points - others > GLITTER + 3 * noise).astype(np.uint8)
    wide = cv2.dilate(unstable, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (POINT, POINT))).astype(np.float32)
    return Surroundings(steady=total / weights, noise=noise, glitter=cv2.GaussianBlur(wide, (0, 0), 0.8))


def _flows(luma: np.ndarray, neighbours: list[np.ndarray]) -> list[np.ndarray]:
    """Flow (h, w, 2) from a frame to each neighbour, seen at half size, where grain is averaged."""
    height, width = luma.shape
    look, *others = (_look(picture) for picture in (luma, *neighbours))
    flows = [optical_flow.flow(look, other, "fast") for other in others]
    return [2 * cv2.resize(flow, (width, height), interpolation=cv2.INTER_LINEAR) for flow in flows]


def _look(luma: np.ndarray) -> np.ndarray:
    """What the optical flow sees of a picture (h, w)."""
    half = (luma.shape[1] + 1) // 2, (luma.shape[0] + 1) // 2
    small = cv2.resize(luma, half, interpolation=cv2.INTER_AREA)
    return optical_flow.eight_bits(cv2.GaussianBlur(small, (0, 0), 0.8))


def _points(luma: np.ndarray) -> np.ndarray:
    """By how much small bright points stand out of what is around them (h, w)."""
    return cv2.morphologyEx(luma, cv2.MORPH_TOPHAT, np.ones((POINT, POINT), np.uint8))


def _grain(luma: np.ndarray, neighbours: list[np.ndarray], flows: list[np.ndarray]) -> np.ndarray:
    """Standard deviation of the grain at each pixel (h, w), from differences to the neighbours by brightness.

    Whole-pixel steps, because reading between pixels would smooth the grain away. Frames shown twice have none.
    """
    light = cv2.blur(luma, (5, 5))
    curves = []
    for other, steps in zip(neighbours, flows, strict=True):
        moved = optical_flow.warp(other, np.rint(steps), cv2.INTER_NEAREST)
        curves.append(_noise.curve(luma - moved, light)[:, None] / np.sqrt(2))
    known = [curve for curve in curves if np.isfinite(curve).any()]
    if not known:
        return np.full_like(luma, LEAST_NOISE)
    curve = _noise.complete(np.stack(known))[:, 0]
    places = np.clip(light * _noise.BINS - 0.5, 0, _noise.BINS - 1)
    level = np.interp(places.ravel(), np.arange(_noise.BINS), curve).reshape(luma.shape)
    return np.maximum(level, LEAST_NOISE).astype(np.float32)


def _trust(difference: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """How far a neighbour shows the same as a frame, 0..1 (h, w): it differs by no more than grain."""
    ratio = (difference / noise) ** 2 / 2
    wide, narrow = cv2.blur(ratio, (7, 7)), cv2.blur(ratio, (3, 3))
    return np.exp(-2.0 * np.maximum(wide - 1.15, 0) - np.maximum(narrow - 2.2, 0))
