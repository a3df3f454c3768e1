"""Faults of a video signal or of its colour records: colour beside its place, flashing colour, crawling dots."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .. import Card, Clip, PixelEngine, Result
from ._composite import System, brightness, colour_of, combed, picture


@dataclass(frozen=True, kw_only=True)
class Options:
    """Where colour lies, and which signal it went through; by default nothing is changed."""

    chroma: tuple[float, float] = (0.0, 0.0)
    """How far colour lies to the right of brightness, and below it, pixels. It is moved back."""
    red: tuple[float, float] = (0.0, 0.0)
    """How far the red record lies to the right of the green one, and below it, pixels. It is moved back."""
    blue: tuple[float, float] = (0.0, 0.0)
    """The same of the blue record."""
    comb: System = "none"
    """The composite signal whose flashing colours and crawling dots are taken out where the picture stands still."""

    def __post_init__(self) -> None:
        for name in ("chroma", "red", "blue"):
            place = getattr(self, name)
            if len(place) != 2 or not all(isinstance(step, int | float) and abs(step) <= 100 for step in place):
                raise ValueError(f"{name} is {place}, not two numbers of pixels, to the right and down, up to 100")


class Signal(PixelEngine):
    """Moves colour back onto brightness, and records onto one another; adds up frames where colour flashes."""

    card = Card(
        stage="video",
        name="signal",
        kind="repair",
        summary="Colour moved back to its place, records laid on each other, cross-colour and dot crawl taken out.",
        paper="-",
        licence="Apache-2.0",
        radius=2,
    )
    Options = Options

    def run(self, clip: Clip) -> Result:
        """The core frames; those that nothing is asked for, and grey ones, are the film's own bits."""
        frames = clip.frames[clip.core].copy()
        options = self.options
        if frames.shape[3] == 1 or options == Options():
            return Result(frames=frames, mask=np.zeros(frames.shape[:3], bool))
        for k, i in enumerate(clip.indices):
            frame = combed(clip.frames, i, options.comb) if options.comb != "none" else frames[k]
            if any(options.chroma):
                grey = brightness(frame)
                colour = colour_of(frame, grey)
                planes = [moved_back(colour[..., c], options.chroma) for c in (0, 1)]
                frame = picture(grey, np.stack(planes, axis=2))
            for channel, place in ((0, options.red), (2, options.blue)):
                if any(place):
                    frame = frame.copy()
                    frame[..., channel] = moved_back(frame[..., channel], place)
            frames[k] = frame
        return Result(frames=frames, mask=np.ones(frames.shape[:3], bool))


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
