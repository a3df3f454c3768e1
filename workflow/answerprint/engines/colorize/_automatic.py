"""Colour without a person: each frame guessed by a network, steadied over the shot, below a person's hints."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from ...frames import lab, optical_flow
from .. import Clip, Measures
from .._weights import NetworkEngine, NetworkOptions
from . import _carry, _said, _steady, _through_shot
from ._options import HintsOptions
from ._shot_colour import ShotColour

Guess = tuple[np.ndarray, np.ndarray]
"""a and b float32 (h, w, 2) of a grey picture, and confidence in them (h, w), 0..1."""
MOST = 128.0
"""Largest a and b: more is no colour."""
COLOURED = 3.0
"""Mean chroma from which a shot has colours of its own, and keeps them; grey film in colour files has less than 1."""


@dataclass(frozen=True, kw_only=True)
class AutomaticOptions(HintsOptions, NetworkOptions):
    """How strong the colours of a network are, and what a person said about them."""

    saturation: float = 1.0
    """Share of the colour that is shown, 0..2."""
    caution: float = 1.0
    """How fast colours fade out with the confidence in them: its power, 0..4. 0 shows all colours in full."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.saturation <= 2 or not 0 <= self.caution <= 4:
            raise ValueError("saturation must be within 0..2, and caution within 0..4")


class AutomaticColour(NetworkEngine, ShotColour):
    """An engine with a network that guesses the colours of single frames."""

    options: AutomaticOptions

    @abstractmethod
    def guesses(self, pictures: Iterable[np.ndarray]) -> Iterator[Guess]:
        """The colours of grey pictures (height, width), 0..1, each alone, at one smaller size."""

    def load(self) -> None:
        """Raises FilmError if a picture of the hints or the weights are missing, or the weights do not fit."""
        ShotColour.load(self)
        NetworkEngine.load(self)

    def measure(self, clip: Clip) -> Measures:
        """`luma` uint8 (core, h, w), `guess` float16 (core, y, x, 2), `confidence` float16 (core, y, x) and `chroma`.

        chroma: the mean of each frame's own, (core,).
        """
        frames = [clip.frames[index] for index in clip.indices]
        guesses = list(self.guesses(optical_flow.luma(frame) for frame in frames))
        return {
            "luma": self.lumas(clip),
            "guess": np.clip(np.stack([ab for ab, _ in guesses]), -MOST, MOST).astype(np.float16),
            "confidence": np.stack([sure for _, sure in guesses]).astype(np.float16),
            "chroma": np.array([_chroma(frame) for frame in frames], np.float32),
        }

    def plan(self, measures: Measures, *, first: int) -> Measures:
        """`coloured` bool (n,), `ab` float16 (n, h, w, 2) and the `trust` in it, float16 (n, h, w), 0..1.

        A shot that has colours keeps them. Raises FilmError when a reference picture cannot be read.
        """
        lumas = measures["luma"]
        if np.median(measures["chroma"]) > COLOURED:
            return {"coloured": np.zeros(len(lumas), bool)}
        ab, trust = _steady.steadied(lumas, measures["guess"], measures["confidence"])
        for colours, sure in zip(ab, trust, strict=True):
            colours *= self.options.saturation * sure[..., None] ** self.options.caution
        frames = range(first, first + len(lumas))
        pictures = _said.pictures(self.options, frames, lumas)
        marks = _said.marks(self.options, frames, lumas.shape[1:])
        if pictures or marks:
            said, share = _through_shot.carried(lumas, pictures, marks, _carry.followed, ab)
            for i in range(len(lumas)):
                ab[i] += share[i][..., None] * (said[i] - ab[i])
                trust[i] += share[i] * (1 - trust[i])
        return {"coloured": np.ones(len(lumas), bool), "ab": ab, "trust": trust}


def _chroma(frame: np.ndarray) -> float:
    """Mean chroma of a frame (h, w, c)."""
    if frame.shape[2] == 1:
        return 0.0
    ab = lab.from_rgb(frame[::4, ::4])[..., 1:]
    return float(np.hypot(ab[..., 0], ab[..., 1]).mean())
