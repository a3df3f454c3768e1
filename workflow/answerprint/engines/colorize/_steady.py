"""Colours that were guessed frame by frame, averaged along motion over the shot, so that they do not flicker."""

from __future__ import annotations

import cv2
import numpy as np

from ...frames import optical_flow
from . import _carry, _said, _spread

KEPT = 0.93
"""Share of what earlier frames say that counts in the next: a guess is felt for some 14 frames, either way in time."""
LEAST = 0.05
"""Weight of a guess without any confidence, so that there is always a colour."""


def steadied(lumas: np.ndarray, guesses: np.ndarray, confidence: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """a and b float16 (n, h, w, 2), and confidence float16 (n, h, w), of a shot's frames of brightness (n, h, w).

    guesses: a and b (n, y, x, 2) of each frame alone, at any smaller size; confidence: in them, (n, y, x), 0..1. The
    mean over a shot, both ways in time, of what is followed along motion; what comes into view starts anew.
    """
    sums = np.zeros((*lumas.shape, 4), np.float16)
    state = np.zeros((*lumas.shape[1:], 4), np.float32)
    for i, luma in enumerate(lumas):
        if i:
            state = _moved(state, lumas[i - 1], luma)
        state = state + _said_by(luma, guesses[i], confidence[i])
        sums[i] = state
    state = np.zeros_like(state)
    for i in range(len(lumas) - 1, -1, -1):
        # What later frames say is added to what this and earlier ones did: the frame itself counts once.
        if i < len(lumas) - 1:
            later = state + _said_by(lumas[i + 1], guesses[i + 1], confidence[i + 1])
            state = _moved(later, lumas[i + 1], lumas[i])
        total = sums[i].astype(np.float32) + state
        sums[i, ..., :3] = total[..., :3] / np.maximum(total[..., 3:], 1e-6)
    return sums[..., :2], sums[..., 2]


def _said_by(luma: np.ndarray, guess: np.ndarray, confidence: np.ndarray) -> np.ndarray:
    """a, b, confidence, each times its weight, and the weight: (h, w, 4), aligned with the edges of brightness."""
    height, width = luma.shape
    values = np.dstack([guess, confidence]).astype(np.float32)
    small = cv2.resize(luma, values.shape[1::-1], interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    slope, offset = _spread.guided_lines(values, small, 1, 0.05**2)
    slope, offset = (_said.enlarged(one, width, height) for one in (slope, offset))
    values = slope * (luma.astype(np.float32) / 255)[..., None] + offset
    sure = np.clip(values[..., 2:], 0, 1)
    weight = LEAST + sure**2
    return np.dstack([values[..., :2] * weight, sure * weight, weight])


def _moved(state: np.ndarray, here: np.ndarray, there: np.ndarray) -> np.ndarray:
    """What is known of the frame `here`, as far as it can be followed to its neighbour `there`."""
    steps, sure = _carry.followed_to(here, there)
    return optical_flow.warp(state, steps) * (KEPT * sure)[..., None]
