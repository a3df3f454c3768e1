"""What every engine that finds shots can do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...film import shots
from ...film.shots import Shot, Transition
from .. import Engine


@dataclass(frozen=True, kw_only=True)
class ThresholdOptions:
    """How certain a break must be."""

    threshold: float = 0.5
    """Probability from which a frame begins a shot, 0..1."""

    def __post_init__(self) -> None:
        if not 0 < self.threshold < 1:
            raise ValueError("threshold must be between 0 and 1")


class ShotDetector(Engine):
    """Base of the engines that find shots in the proxy pictures of a whole film."""

    def detect(self, proxy: np.ndarray) -> dict[int, Transition]:
        """Frames at which shots begin, and how, from tiny pictures uint8 (n, 27, 48, 3)."""
        raise NotImplementedError(f"{self.card.name} has no detect")

    def shots(self, proxy: np.ndarray) -> tuple[Shot, ...]:
        """The shots of the film with these pictures, each with a confidence where the engine has one."""
        return shots.from_starts(self.detect(proxy), len(proxy))
