"""Motion from a frame to its two neighbours that dirt in the frame does not bend.

A bold blotch draws the flow to what resembles it. The neighbours disagree there then, and over motion it is not even
a candidate. So where something wide is in neither of them along the first motion, the frame is cut down to what they
show, and motion measured again: robust estimation, which trims what does not fit (Huber, Robust Statistics, 1981).
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ...frames import optical_flow
from . import _detect
from ._evidence import WIDE

PASSES = 2
"""How many times motion is measured again."""
SLACK = 4
"""How far a frame may exceed what its neighbours show, of 255: the motion is not exact yet, and there is grain."""
BOLD = 20
"""Motion is measured again where a frame exceeds that by more than this, of 255, over a whole square of WIDE."""


def flows(view: np.ndarray, others: Sequence[np.ndarray], first: Sequence[np.ndarray]) -> Sequence[np.ndarray]:
    """Flow, float32 (h, w, 2), from a view to each of two others, all uint8 (h, w); `first` may be bent by dirt."""
    moved = _moved(others, first)
    light = [_match(picture, view) for picture in moved]
    calm = _cut_down(view, moved, light)
    if not cv2.erode((cv2.absdiff(view, calm) > BOLD).astype(np.uint8), WIDE).any():
        return first
    found = _measured(calm, others)
    for _ in range(PASSES - 1):
        found = _measured(_cut_down(view, _moved(others, found), light), others)
    return found


def between(before: np.ndarray, after: np.ndarray, share: float) -> tuple[np.ndarray, np.ndarray]:
    """Flow to two views, uint8 (h, w), from a moment `share` of the way from the first to the second."""
    whole = optical_flow.flow(before, after, "fast")
    flow = whole
    for _ in range(2):
        flow = optical_flow.warp(whole, -share * flow)
    return -share * flow, (1 - share) * flow


def _moved(others: Sequence[np.ndarray], along: Sequence[np.ndarray]) -> list[np.ndarray]:
    return [optical_flow.warp(other, flow) for other, flow in zip(others, along, strict=True)]


def _measured(view: np.ndarray, others: Sequence[np.ndarray]) -> list[np.ndarray]:
    return [optical_flow.flow(view, other, "fast") for other in others]


def _match(picture: np.ndarray, view: np.ndarray) -> tuple[float, float]:
    """Gain and offset, of 255, that make a picture as bright as a view, both uint8 (h, w)."""
    every = _detect.sampling(view)
    gain, offset = _detect.fit_brightness(*(a[every] / np.float32(255) for a in (picture, view)))
    return float(gain), 255 * float(offset)


def _cut_down(view: np.ndarray, moved: Sequence[np.ndarray], light: Sequence[tuple[float, float]]) -> np.ndarray:
    """A view without what exceeds both pictures that were moved onto it, uint8 (h, w)."""
    shown = [cv2.convertScaleAbs(a, alpha=gain, beta=offset) for a, (gain, offset) in zip(moved, light, strict=True)]
    low, high = cv2.subtract(cv2.min(*shown), SLACK), cv2.add(cv2.max(*shown), SLACK)  # type: ignore[call-overload]
    return np.asarray(cv2.max(cv2.min(view, high), low))
