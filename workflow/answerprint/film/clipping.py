"""Clipping: how much of a floating-point source lies outside of what working files hold, black to white."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import planes

SLACK = 1 / 65535
"""Outside by less is a rounding error: one step of 16 bits."""


class Clipping:
    """Counts the samples of a film that will be clipped; films of whole numbers have none."""

    def __init__(self) -> None:
        self._frames = self._samples = self._above = self._below = self._undefined = 0

    def add(self, frame: Any) -> None:
        """Count those of the next frame, as decoded."""
        if not planes.is_floating_point(frame.format.name):
            return
        samples = planes.of(frame).samples
        above, below, undefined = (
            sum(int(np.count_nonzero(test(plane))) for plane in samples)
            for test in (lambda p: p > 1 + SLACK, lambda p: p < -SLACK, np.isnan)
        )
        self._samples += sum(plane.size for plane in samples)
        self._frames += bool(above or below or undefined)
        self._above, self._below, self._undefined = (
            self._above + above,
            self._below + below,
            self._undefined + undefined,
        )

    def warnings(self) -> tuple[str, ...]:
        """A sentence on what is clipped; none if nothing is."""
        counts = {
            "lie above white": self._above,
            "lie below black": self._below,
            "are not numbers and become black": self._undefined,
        }
        shares = [f"{_percent(count / self._samples)} {what}" for what, count in counts.items() if count]
        if not shares:
            return ()
        return (
            f"Floating-point samples are clipped, in {self._frames} of the frames: {', '.join(shares)}. "
            "To keep them, bring the film into the range from 0 to 1 first.",
        )


def _percent(share: float) -> str:
    return f"{share:.1%}" if share >= 0.001 else "under 0.1%"
