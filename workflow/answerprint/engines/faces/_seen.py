"""What was measured of one face along its track, and how much may be done to it by that."""

from __future__ import annotations

import numpy as np

from ...frames.face_tracks import FaceTrack
from .. import Measures
from ._likeness import trembling
from ._options import FaceOptions
from ._quality import Condition

SHARES = (1.0, 0.5, 0.25)
"""Shares of a change at which the likeness is measured; between them, and down to none, it is taken to be linear."""
RESTLESS = (1.1, 0.005)
"""How much more than before landmarks may jump after a change: times, and shares of the face's width more. So well can
three moments tell."""


class Seen:
    """A track beside what was measured in the frames in which it was detected."""

    def __init__(self, track: FaceTrack, measures: Measures) -> None:
        places = []
        for at, frame in enumerate(track.frames):
            same = (measures["boxes"][frame, :, :4] == track.boxes[at]).all(axis=1)
            if track.scores[at] > 0 and same.any():
                places.append((int(frame), int(same.argmax())))
        self._frames, self._rows = (np.array(column, int) for column in zip(*places, strict=True))
        self._measures = measures

    def of(self, name: str) -> np.ndarray:
        """What was measured by that name, in order: (n, ...)."""
        return self._measures[name][self._frames, self._rows]

    def condition(self) -> Condition:
        """The blur and grain that the track has in the middle."""
        return Condition(blur=float(np.median(self.of("blur"))), grain=np.median(self.of("grain"), axis=0))

    def blurs(self, span: slice) -> np.ndarray:
        """The blur of each frame of a span, float32 (n,), pixels: a median of three looks, and between them linear."""
        from scipy.ndimage import median_filter

        steady = median_filter(self.of("blur"), 3, mode="nearest")
        return np.interp(np.arange(span.start, span.stop), self._frames, steady).astype(np.float32)

    def share(self, method: int, options: FaceOptions) -> tuple[float, float | None, str]:
        """The largest share at which the likeness holds, the likeness there, and what limits it."""
        measured = self.of("likeness")[:, method]
        measured = measured[np.isfinite(measured[:, 0])]
        if not len(measured):
            return 0.0, None, "its likeness could not be measured"
        share = _largest(measured.min(axis=0), options.likeness)
        if share >= options.strength:
            return options.strength, None, ""
        return share, None, "more would make it another face" if share > 0 else "any change would make it another face"

    def likeness(self, method: int, share: float) -> float:
        """The lowest likeness that was measured, at a share of the change."""
        measured = self.of("likeness")[:, method]
        lowest = measured[np.isfinite(measured[:, 0])].min(axis=0)
        return float(np.interp(share, (0.0, *SHARES[::-1]), (1.0, *lowest[::-1])))

    def trembling(self, method: int) -> tuple[float, float]:
        """How much the landmarks jump between looks, before and after: pixels."""
        points = self.of("points")[:, [0, 1 + method]]
        three = [
            points[i : i + 3]
            for i in range(len(points) - 2)
            if np.isfinite(points[i : i + 3]).all() and np.ptp(np.diff(self._frames[i : i + 3])) == 0
        ]
        if not three:
            return 0.0, 0.0
        before, after = (np.stack(three)[:, :, which] for which in (0, 1))
        return trembling(before), trembling(after)


def _largest(likeness: np.ndarray, least: float) -> float:
    """The largest share of a change at which the likeness, measured at `SHARES`, is at least so much."""
    shares, values = (0.0, *SHARES[::-1]), (1.0, *likeness[::-1].tolist())
    best = 0.0
    for low, high, above, below in zip(shares, shares[1:], values, values[1:], strict=False):
        if below >= least:
            best = high
        else:
            return low + (high - low) * (above - least) / max(above - below, 1e-9) if above >= least else best
    return best


def calm_share(shaken: tuple[float, float], width: float) -> float:
    """The share of a change at which the landmarks of a face of this width jump no more than they may."""
    before, after = shaken
    most = RESTLESS[0] * before + RESTLESS[1] * width
    return 1.0 if after <= most else (most - before) / (after - before)
