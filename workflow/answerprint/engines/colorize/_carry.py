"""Carries colour from frame to frame: where it comes from, how far to trust it, and how two sources are mixed."""

from __future__ import annotations

import cv2
import numpy as np

from ...frames import optical_flow
from . import _spread

Colour = tuple[np.ndarray, np.ndarray]
"""a and b of a frame (h, w, 2), and the trust 0..1 in them (h, w)."""


def onto_next(colour: Colour, here: np.ndarray, there: np.ndarray) -> Colour:
    """Colour of the frame `there`, from that of the neighbour `here`; brightness uint8 (h, w).

    What `there` uncovers is filled from around it.
    """
    ab, trust = colour
    steps, back = optical_flow.flow(there, here), optical_flow.flow(here, there)
    sure = _sure(there, here, steps, back)
    moved = optical_flow.warp(ab, steps, cv2.INTER_CUBIC)
    kept = optical_flow.warp(trust, steps)
    # Filled colour keeps a third of the trust, so that the other side of the shot can overrule it.
    return _spread.fill(moved, sure, there), np.maximum(kept * (sure + (1 - sure) / 3), 1e-3)


def followed(colour: Colour, here: np.ndarray, there: np.ndarray) -> Colour:
    """The same as `onto_next`, but nothing is filled: trust stays along motion and ends where that cannot be followed.

    For colour that lies on another, which takes its place.
    """
    ab, trust = colour
    steps, kept = followed_to(here, there)
    return optical_flow.warp(ab, steps, cv2.INTER_CUBIC), np.maximum(optical_flow.warp(trust, steps) * kept, 1e-3)


def followed_to(here: np.ndarray, there: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Steps (h, w, 2) from the frame `there` back to its neighbour `here`, and whether they lead to the same, 0..1."""
    steps, back = optical_flow.flow(there, here), optical_flow.flow(here, there)
    return steps, np.minimum(2 * _sure(there, here, steps, back), 1)


def mixed(onward: Colour, backward: Colour, near: float) -> Colour:
    """Colour of a frame between two coloured ones, by trust and by how near, 0..1, it is to the one after it."""
    first, second = onward[1] * (1 - near), backward[1] * near
    share = first / (first + second)
    return share[..., None] * onward[0] + (1 - share[..., None]) * backward[0], np.maximum(onward[1], backward[1])


def _sure(here: np.ndarray, other: np.ndarray, steps: np.ndarray, back: np.ndarray) -> np.ndarray:
    """0..1: whether the flow leads to the same thing and back again. 1.5 pixels or 20 of 255 in brightness give 1/e."""
    gap = cv2.absdiff(here, optical_flow.warp(other, steps)).astype(np.float32)
    miss = optical_flow.disagreement(steps, back)
    sure = np.exp(-((miss / 1.5) ** 2) - (cv2.GaussianBlur(gap, (0, 0), 1.0) / 20) ** 2)
    return (sure * optical_flow.inside(steps)).astype(np.float32)
