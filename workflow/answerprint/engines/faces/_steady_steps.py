"""The way from a face to its portrait, averaged over frames so that what is lent does not tremble."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from ...frames import optical_flow
from ...frames.face_crops import upright
from ._patch import Patch, blurred
from ._portrait import WIDE, Portrait, steps, view

NEAR = {-2: 0.25, -1: 0.7, 0: 1.0, 1: 0.7, 2: 0.25}
"""Weights of the frames around one whose ways to the portrait are averaged along the film's motion, so that what is
lent does not tremble."""


def steady_steps(
    portrait: Portrait, frames: Mapping[int, np.ndarray], patches: Mapping[int, Patch], blur: float
) -> np.ndarray:
    """Flow from the face of frame 0 to the portrait, (h, w, 2) in pixels of its view, averaged over frames around it.

    frames, patches: by offset; the face is in all of them, and blurred by so many pixels.
    """
    own = patches[0]
    total, weights = np.zeros((*own.luma.shape, 2), np.float32), 0.0
    for offset, patch in patches.items():
        there = _moved(frames[0], frames[offset], own, portrait.softening(own, blur))
        total += NEAR[offset] * _through(portrait, own, patch, there, blur)
        weights += NEAR[offset]
    both = view(portrait, own)
    small = cv2.resize(total / weights, both.face.shape[::-1], interpolation=cv2.INTER_AREA)
    return np.asarray(small * both.scale, np.float32)


def _moved(frame: np.ndarray, other: np.ndarray, patch: Patch, softening: float) -> np.ndarray:
    """Where each pixel of a patch lies in another frame: float32 (h, w, 2), in pixels of the frame."""
    height, width = patch.luma.shape
    corner = np.array([patch.place[1].start, patch.place[0].start], np.float32)
    there = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1).astype(np.float32) + corner
    if frame is other:
        return there
    scale = min(1.0, WIDE / patch.width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    here, beyond = (_reduced(image, patch, size, max(1.0, softening * scale / 2)) for image in (frame, other))
    return there + cv2.resize(optical_flow.flow(here, beyond), (width, height), interpolation=cv2.INTER_LINEAR) / scale


def _reduced(frame: np.ndarray, patch: Patch, size: tuple[int, int], sigma: float) -> np.ndarray:
    """What a frame shows in the place of a patch, reduced and smoothed: uint8."""
    image = cv2.resize(optical_flow.luma(frame[patch.place]), size, interpolation=cv2.INTER_AREA)
    return optical_flow.eight_bits(blurred(image, sigma))


def _through(portrait: Portrait, own: Patch, patch: Patch, there: np.ndarray, blur: float) -> np.ndarray:
    """The steps (h, w, 2) from a face to the portrait, by way of the same face in another frame."""
    both = view(portrait, patch)
    flow = both.enlarged(steps(both, portrait.softening(patch, blur) * both.scale)) / both.scale
    at = there - np.array([patch.place[1].start, patch.place[0].start], np.float32)
    step = cv2.remap(
        flow, at[..., 0].copy(), at[..., 1].copy(), interpolation=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    # From the other face's patch to the portrait, and from there to where the portrait is laid on this one.
    onto = _joined(upright(portrait.landmarks, own.landmarks), _inverse(upright(portrait.landmarks, patch.landmarks)))
    place = (at + step) @ onto[:, :2].T.astype(np.float32) + onto[:, 2].astype(np.float32)
    height, width = own.luma.shape
    start = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1).astype(np.float32)
    return np.asarray(place - start, np.float32)


def _inverse(matrix: np.ndarray) -> np.ndarray:
    return np.asarray(cv2.invertAffineTransform(matrix))


def _joined(then: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Two affine matrices (2, 3) as one."""
    return np.hstack([then[:, :2] @ first[:, :2], (then[:, :2] @ first[:, 2] + then[:, 2])[:, None]])
