"""A frame reduced to strips, each the mean of some rows, in which upright lines stay and grain goes.

Kokaram, "Motion Picture Restoration" (1998), chapter 11: the horizontal profile of a scratch.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np

STRIPS = 60
"""Strips a frame is cut into; a line of the picture's height has one point in each."""
WIDE = 960
"""Wider pictures are searched at half the width, or a quarter: a scratch is 1 to 5 pixels wide at 640."""
FLOOR = 0.004
"""Texture and grain that a strip of any film has, of 1."""
CLIP = -1.0, 2.0
"""The least and the most that counts of how far a line stands out from one strip."""


@dataclass(frozen=True, kw_only=True)
class Strips:
    """A frame reduced to strips, at most WIDE wide."""

    shown: np.ndarray
    """Its brightness, (strips, w)."""
    excess: np.ndarray
    """Its brightness minus what the frames next to it show there along motion, (strips, w); 0 where there are none."""
    width: int
    """Width of the frame, pixels."""
    moved: dict[int, np.ndarray] = field(default_factory=dict)
    """What each frame near by shows there along motion, (strips, w), by how many frames later it is."""

    @cached_property
    def ridges(self) -> tuple[np.ndarray, np.ndarray]:
        """How far a bright line would stand out from each place and, beside that, a dark one, (strips, 2 w): as shown,
        and of the excess."""
        shown, excess = (np.hstack(boldest(rows)) for rows in (self.shown, self.excess))
        return shown, excess


def shrunk(picture: np.ndarray) -> np.ndarray:
    """A frame's brightness (h, w), at most WIDE wide."""
    height, width = picture.shape
    shrink = 1
    while width / shrink > WIDE:
        shrink *= 2
    return (
        picture
        if shrink == 1
        else cv2.resize(picture, (width // shrink, height // shrink), interpolation=cv2.INTER_AREA)
    )


def strips(picture: np.ndarray) -> np.ndarray:
    """Means of groups of rows of a picture (h, w): (strips, w)."""
    return cv2.resize(picture, (picture.shape[1], min(STRIPS, len(picture) // 2)), interpolation=cv2.INTER_AREA)


def boldest(rows: np.ndarray) -> list[np.ndarray]:
    """How far a bright and a dark line stands out from the rows, in units of the texture there, clipped.

    Of two widths the better one counts.
    """
    widths = _sides(rows, 1), _sides(rows, 5)
    ridges = []
    for bright in (True, False):
        narrow, broad = (
            (np.minimum(left, right) if bright else np.minimum(-left, -right)) / texture
            for left, right, texture in widths
        )
        ridges.append(np.clip(cv2.max(narrow, broad), *CLIP))
    return ridges


def _sides(rows: np.ndarray, centre: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How far a line `centre` pixels wide is above its left and its right side, and the texture around it."""
    fine = np.array([0.25, 0.5, 0.25], np.float32)
    middle = cv2.filter2D(rows, -1, fine[None]) if centre == 1 else cv2.blur(rows, (centre, 1))
    side, away = cv2.blur(rows, (3, 1)), centre // 2 + 3
    wide = cv2.copyMakeBorder(side, 0, 0, away, away, cv2.BORDER_REPLICATE)
    to_left, to_right = middle - wide[:, : -2 * away], middle - wide[:, 2 * away :]
    texture = FLOOR + cv2.blur(np.minimum(np.abs(to_left + to_right) / 2, 0.1), (33, 9))
    return to_left, to_right, texture
