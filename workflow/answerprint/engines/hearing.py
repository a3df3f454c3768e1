"""What an engine of the stage voices hears in a film: whose voice is like whose, and where one gives way to another."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..film.sound import Spans
from . import Engine

Turns = list[tuple[float, float, int]]
"""Start and end in seconds, and the number of the voice."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Voice:
    """What some stretches of sound say of the voice in them."""

    seconds: float
    """How much sound it was made from."""
    data: Any
    """What its engine compares."""


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """What the distances of an engine mean."""

    least: float
    """Seconds below which a stretch says nothing of its voice."""
    same: float
    """Distance up to which two long stretches are one voice."""
    short: float
    """What is added to it, over the seconds of the shorter stretch: the shorter, the more a voice strays."""
    slope: float
    """Log odds of one unit of distance."""
    steeper: float
    """How many times as much a distance counts beyond the limit as within it."""
    enough: float
    """Seconds below which a distance says less, in proportion."""
    against: float
    """Log odds, below zero, that a distance is worth at the most against a person whose voice is known."""
    mixed: float
    """How much further apart samples of one person may be before one of them counts as another's voice."""


class Hearing(ABC):
    """The voices of one film."""

    calibration: ClassVar[Calibration]

    @abstractmethod
    def voice(self, spans: Spans) -> Voice:
        """The voice in some spans (seconds), taken together."""

    @abstractmethod
    def together(self, voices: Sequence[Voice]) -> Voice:
        """One voice from several that are the same person's."""

    @abstractmethod
    def distance(self, a: Voice, b: Voice) -> float:
        """How different two voices are, of at least `calibration.least` seconds each."""

    @abstractmethod
    def pieces(self, spans: Spans) -> Turns:
        """`spans` divided where the voice changes, in order; one number if it is one voice."""

    @abstractmethod
    def turns(self) -> Turns:
        """Who speaks when in the whole film, in order; turns may overlap where the engine hears two at once."""

    def limit(self, a: Voice, b: Voice) -> float:
        """The largest distance at which two voices may be one."""
        return self.calibration.same + self.calibration.short / max(min(a.seconds, b.seconds), 1e-3)


class VoiceEngine(Engine, ABC):
    """Base of the engines of the stage voices."""

    @abstractmethod
    def listen(self, samples: np.ndarray, spans: Spans) -> Hearing:
        """What is heard in `samples` (float32, mono, 16 kHz), in which somebody speaks within `spans` (seconds)."""
