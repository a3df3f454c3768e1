"""What a composite signal leaves in a picture: colours that flash on fine detail, dots that crawl along coloured edges.

Both turn over from frame to frame: at each frame in NTSC, at every second one in PAL. So where nothing moves, a frame
and one in which they are the other way round add up to the picture without them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

System = Literal["none", "ntsc", "pal"]

WEIGHTS = np.array([0.299, 0.587, 0.114], np.float32)
"""Brightness of analogue video, ITU-R BT.470."""
PERIOD = {"none": 0, "ntsc": 1, "pal": 2}
"""How many frames away what a composite signal leaves is the other way round."""
STILL = 0.012
"""A place stands still where the blurred brightness of two frames differs by less than this, of 1."""
EDGED = 0.004
"""Slope of colour, of 1 a pixel, from which dots crawl."""


@dataclass(frozen=True, kw_only=True)
class Flashing:
    """How colour changes to and fro in the still parts of a frame."""

    fine: float
    """Root mean square on the finest detail, share of white."""
    flat: float
    """The same where the picture is flat: noise of colour."""
    turn: float
    """What differs between the frame before and the one after, against what changes to and fro: 0 NTSC, 1 PAL."""


def brightness(frame: np.ndarray) -> np.ndarray:
    """Brightness of a frame (h, w, 3) as analogue video weighs it, (h, w)."""
    return np.asarray(frame @ WEIGHTS, np.float32)


def flashing(before: np.ndarray, now: np.ndarray, after: np.ndarray) -> Flashing:
    """How colour flashes in the frame `now`, all (h, w, 3)."""
    greys = [brightness(frame) for frame in (before, now, after)]
    still = _still(greys[0], greys[1]) & _still(greys[2], greys[1])
    nothing = Flashing(fine=0.0, flat=0.0, turn=0.0)
    if still.mean() < 0.02:
        return nothing
    colours = [colour_of(frame, grey) for frame, grey in zip((before, now, after), greys, strict=True)]
    change = cv2.GaussianBlur(colours[0] - 2 * colours[1] + colours[2], (0, 0), 1.0)
    turned = cv2.GaussianBlur(colours[2] - colours[0], (0, 0), 1.0)
    detail = cv2.GaussianBlur(np.abs(greys[1] - cv2.GaussianBlur(greys[1], (0, 1), 1.2, sigmaY=1e-6)), (0, 0), 1.5)
    low, high = np.quantile(detail[still][::7], [0.4, 0.9])
    fine, flat = still & (detail > high), still & (detail < low)
    if not fine.any() or not flat.any():
        return nothing
    power, noise = float((change[fine] ** 2).mean()), float((change[flat] ** 2).mean())
    turn = float((turned[fine] ** 2).mean()) / max(power, 1e-12)
    return Flashing(fine=power**0.5, flat=noise**0.5, turn=turn**0.5)


def colour_of(frame: np.ndarray, grey: np.ndarray) -> np.ndarray:
    """The colour differences red and blue minus brightness: (h, w, 2)."""
    return np.stack([frame[..., 0] - grey, frame[..., 2] - grey], axis=2)


def picture(grey: np.ndarray, colour: np.ndarray) -> np.ndarray:
    """The frame (h, w, 3) of brightness (h, w) and colour differences (h, w, 2)."""
    red, blue = grey + colour[..., 0], grey + colour[..., 1]
    green = (grey - WEIGHTS[0] * red - WEIGHTS[2] * blue) / WEIGHTS[1]
    return np.stack([red, green, blue], axis=2)


def combed(frames: np.ndarray, i: int, system: System) -> np.ndarray:
    """Frame `i` of a shot (n, h, w, 3) without what the composite signal left where it stands still: (h, w, 3)."""
    grey = brightness(frames[i])
    colour = colour_of(frames[i], grey)
    total, change, step = np.zeros(grey.shape, np.float32), np.zeros_like(colour), np.zeros_like(grey)
    for j in (i - PERIOD[system], i + PERIOD[system]):
        if not 0 <= j < len(frames):
            continue
        other = brightness(frames[j])
        weight = cv2.GaussianBlur(_still(other, grey).astype(np.float32), (0, 0), 1.0)
        total += weight
        change += weight[..., None] * (colour_of(frames[j], other) - colour)
        step += weight * (other - grey)
    # Half of the mean change cancels what is the other way round; in doubt, less of it is made.
    share = 0.5 / np.maximum(total, 1)
    crawl = step * share
    crawl = (crawl - cv2.GaussianBlur(crawl, (0, 1), 1.5, sigmaY=1e-6)) * _coloured_edges(colour)
    return picture(grey + crawl, colour + share[..., None] * change)


def _still(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    difference = cv2.GaussianBlur(one - other, (0, 0), 1.5)
    return np.asarray(cv2.GaussianBlur(np.abs(difference), (0, 0), 3.0) < STILL)


def _coloured_edges(colour: np.ndarray) -> np.ndarray:
    """Where brightness may carry dots, 0..1: (h, w)."""
    soft = cv2.GaussianBlur(colour, (0, 0), 1.5)
    slope = np.abs(cv2.Sobel(soft, -1, 1, 0, scale=1 / 8)) + np.abs(cv2.Sobel(soft, -1, 0, 1, scale=1 / 8))
    return np.asarray(cv2.GaussianBlur(np.clip(slope.max(axis=2) / EDGED, 0, 1), (0, 0), 2.0))
