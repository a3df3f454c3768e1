"""What another element shows of the frames that a stage reads, by the film's numbers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..engines import Element
from ..frames.window import FrameWindow
from ..plan.fingerprint import Bounds, ElementPlace


class ElementWindow:
    """The frames of an element for consecutive parts of a film."""

    def __init__(self, paths: Sequence[Path], bounds: Bounds, place: ElementPlace) -> None:
        self._window, self._place = FrameWindow(paths, bounds), place

    def frames(self, low: int, high: int) -> Element:
        """What the element shows of the film frames low..high."""
        present = np.zeros(high - low, bool)
        for start, _, number in self._place.runs:
            present[max(start - low, 0) : max(start + number - low, 0)] = True
        return Element(frames=self._window.frames(low, high), present=present)
