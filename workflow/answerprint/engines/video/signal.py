"""Faults of a video signal or of its colour records: lines and colour beside their place, flashing colour, dots."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .. import Card, Clip, PixelEngine, Result
from ._composite import PERIOD, System, brightness, colour_of, combed, picture
from ._time_base import REACH, TimeBase


@dataclass(frozen=True, kw_only=True)
class Options:
    """Where lines and colour lie, and which signal they went through; by default nothing is changed."""

    time_base: bool = False
    """Whether lines that jitter are moved back to their place, each as a whole."""
    torn: int = 0
    """How many of the lowest lines head switching has torn; they are covered by the lines above them, mirrored."""
    chroma: tuple[float, float] = (0.0, 0.0)
    """How far colour lies to the right of brightness, and below it, pixels. It is moved back."""
    red: tuple[float, float] = (0.0, 0.0)
    """How far the red record lies to the right of the green one, and below it, pixels. It is moved back."""
    blue: tuple[float, float] = (0.0, 0.0)
    """The same of the blue record."""
    comb: System = "none"
    """The composite signal whose flashing colours and crawling dots are taken out where the picture stands still."""

    def __post_init__(self) -> None:
        if not 0 <= self.torn <= 100:
            raise ValueError(f"torn is {self.torn}, outside 0..100 lines")
        for name in ("chroma", "red", "blue"):
            place = getattr(self, name)
            if len(place) != 2 or not all(isinstance(step, int | float) and abs(step) <= 100 for step in place):
                raise ValueError(f"{name} is {place}, not two numbers of pixels, to the right and down, up to 100")


class Signal(PixelEngine):
    """Moves lines to their place, colour onto brightness, records onto one another; combs out flashing colour."""

    card = Card(
        stage="video",
        name="signal",
        kind="repair",
        summary="Lines and colour moved back to their place, records laid on each other, cross-colour taken out.",
        paper="Kokaram, Rayner, van Roosmalen and Biemond, ICASSP 1997 (lines)",
        licence="Apache-2.0",
        radius=2 * REACH,
    )
    Options = Options

    def run(self, clip: Clip) -> Result:
        """The core frames; those that nothing is asked for are the film's own bits, and grey ones have no colour."""
        frames = clip.frames[clip.core].copy()
        if self.options == Options():
            return Result(frames=frames, mask=np.zeros(frames.shape[:3], bool))
        base = TimeBase(clip.frames) if self.options.time_base else None
        for k, i in enumerate(clip.indices):
            frames[k] = base.steadied(i) if base else clip.frames[i]
            if frames.shape[3] == 3:
                frames[k] = self._coloured(frames[k], clip, i, base)
            frames[k] = covered(frames[k], self.options.torn)
        return Result(frames=frames, mask=(frames != clip.frames[clip.core]).any(axis=3))

    def _coloured(self, frame: np.ndarray, clip: Clip, i: int, base: TimeBase | None) -> np.ndarray:
        """Frame `i`, whose lines are in their place, with its colour in its own."""
        options = self.options
        if options.comb != "none":
            reach = PERIOD[options.comb]
            low, high = max(0, i - reach), min(len(clip.frames), i + reach + 1)
            around = [base.roughly(j) if base else clip.frames[j] for j in range(low, high)]
            around[i - low] = frame
            frame = combed(np.stack(around), i - low, options.comb)
        if any(options.chroma):
            grey = brightness(frame)
            colour = colour_of(frame, grey)
            planes = [moved_back(colour[..., c], options.chroma) for c in (0, 1)]
            frame = picture(grey, np.stack(planes, axis=2))
        for channel, place in ((0, options.red), (2, options.blue)):
            if any(place):
                frame = frame.copy()
                frame[..., channel] = moved_back(frame[..., channel], place)
        return frame


def covered(frame: np.ndarray, torn: int) -> np.ndarray:
    """A frame (h, w, c) whose lowest lines, so many, are those above them, mirrored."""
    torn = min(torn, len(frame) // 2)
    if not torn:
        return frame
    whole = len(frame) - torn
    return np.concatenate([frame[:whole], frame[whole - torn : whole][::-1]])


def moved_back(plane: np.ndarray, place: tuple[float, float]) -> np.ndarray:
    """A plane (h, w) moved to the left and up by `place`, pixels; the lines at its edges are repeated."""
    step = np.array([[1, 0, place[0]], [0, 1, place[1]]], float)
    plane = np.ascontiguousarray(plane)
    kind = cv2.INTER_LANCZOS4 | cv2.WARP_INVERSE_MAP
    moved = cv2.warpAffine(plane, step, plane.shape[::-1], flags=kind, borderMode=cv2.BORDER_REPLICATE)
    # Ringing beside hard edges is cut to what the nearest 3x3 pixels hold.
    square = np.ones((3, 3), np.uint8)
    nearest = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    least, most = (
        cv2.warpAffine(bound, step, plane.shape[::-1], flags=nearest, borderMode=cv2.BORDER_REPLICATE)
        for bound in (cv2.erode(plane, square), cv2.dilate(plane, square))
    )
    return np.asarray(np.clip(moved, least, most))
