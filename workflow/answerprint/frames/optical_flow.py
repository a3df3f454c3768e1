"""Motion between two frames: dense flow both ways, warping along it, and where it cannot be trusted.

Flow is DIS (Kroeger et al., "Fast Optical Flow using Dense Inverse Search", ECCV 2016), which gives the same
bits at any number of threads. `flow(a, b)[y, x]` is the step (dx, dy) that leads from pixel (x, y) of a to b.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import cv2
import numpy as np

Preset = Literal["ultrafast", "fast", "medium"]


def luma(frame: np.ndarray) -> np.ndarray:
    """Brightness of a frame (h, w, c) as float32 (h, w), with the weights of ITU-R BT.709."""
    if frame.shape[2] == 1:
        return np.ascontiguousarray(frame[..., 0], np.float32)
    return frame.astype(np.float32, copy=False) @ np.array([0.2126, 0.7152, 0.0722], np.float32)


def eight_bits(image: np.ndarray) -> np.ndarray:
    """A picture 0..1 as uint8, rounded."""
    return np.clip(image * 255.0 + 0.5, 0, 255).astype(np.uint8)


@lru_cache(maxsize=64)
def _solver(preset: Preset, height: int, width: int) -> cv2.DISOpticalFlow:
    # One for each size: a small picture lowers a solver's finest scale for good, and with it later results.
    # It does so at the end of the first call, so that this one must not count.
    solver = cv2.DISOpticalFlow.create(
        {
            "ultrafast": cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST,
            "fast": cv2.DISOPTICAL_FLOW_PRESET_FAST,
            "medium": cv2.DISOPTICAL_FLOW_PRESET_MEDIUM,
        }[preset]
    )
    blank = np.zeros((height, width), np.uint8)
    solver.calc(blank, blank, None)  # type: ignore[call-overload]
    return solver


def flow(a: np.ndarray, b: np.ndarray, preset: Preset = "medium") -> np.ndarray:
    """Flow from a to b, float32 (h, w, 2), for brightness pictures uint8 (h, w)."""
    height, width = a.shape
    # DIS refuses pictures under about 16 pixels and reads past the edge of very thin ones: pad them by repetition.
    bottom, right = max(0, 32 - height), max(0, 32 - width)
    if bottom or right:
        a, b = (cv2.copyMakeBorder(x, 0, bottom, 0, right, cv2.BORDER_REPLICATE) for x in (a, b))
    found: np.ndarray = _solver(preset, *a.shape).calc(a, b, None)  # type: ignore[call-overload]
    return found[:height, :width]


@lru_cache(maxsize=4)
def _grid(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return x, y


def warp(image: np.ndarray, steps: np.ndarray, interpolation: int = cv2.INTER_LINEAR) -> np.ndarray:
    """`image` (h, w) or (h, w, c) read at each pixel plus its step: brings b onto a when steps = flow(a, b)."""
    x, y = _grid(*steps.shape[:2])
    moved = cv2.remap(image, x + steps[..., 0], y + steps[..., 1], interpolation, borderMode=cv2.BORDER_REPLICATE)
    return moved.reshape(image.shape[:2] + image.shape[2:])


def inside(steps: np.ndarray) -> np.ndarray:
    """True where a step ends inside the picture: bool (h, w)."""
    height, width = steps.shape[:2]
    x, y = _grid(height, width)
    to_x, to_y = x + steps[..., 0], y + steps[..., 1]
    return (to_x >= 0) & (to_x <= width - 1) & (to_y >= 0) & (to_y <= height - 1)


def disagreement(forward: np.ndarray, backward: np.ndarray) -> np.ndarray:
    """How far, in pixels, one lands from the start after going forward and back: float32 (h, w).

    Sundaram, Brox and Keutzer, "Dense point trajectories by GPU-accelerated large displacement optical flow" (2010).
    """
    back = warp(backward, forward)
    return np.hypot(forward[..., 0] + back[..., 0], forward[..., 1] + back[..., 1])
