"""What every engine that finds shots can do."""

from __future__ import annotations

import numpy as np

from ...film import shots
from ...film.shots import Shot, Transition
from .. import Engine


class ShotDetector(Engine):
    """Base of the engines that find shots in the proxy pictures of a whole film."""

    def detect(self, proxy: np.ndarray) -> dict[int, Transition]:
        """Frames at which shots begin, and how, from tiny pictures uint8 (n, 27, 48, 3)."""
        raise NotImplementedError(f"{self.card.name} has no detect")

    def shots(self, proxy: np.ndarray) -> tuple[Shot, ...]:
        """The shots of the film with these pictures, each with a confidence where the engine has one."""
        return shots.from_starts(self.detect(proxy), len(proxy))
