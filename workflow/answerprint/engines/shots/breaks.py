"""Breaks: cuts where no motion from the frames before explains the picture."""

from __future__ import annotations

import numpy as np

from ...film import shots
from ...film.shots import Shot, Transition
from .. import Card
from . import _break_measures
from ._break_weights import BIAS, WEIGHTS
from ._detector import ShotDetector, ThresholdOptions


class Breaks(ShotDetector):
    """Cuts by what is left of the picture after motion compensation, weighed by a logistic regression."""

    card = Card(
        stage="shots",
        name="breaks",
        summary="Finds cuts where dense motion cannot explain a frame by those before it; no dissolves or fades.",
        paper="logistic regression over residuals of DIS flow (Kroeger et al. 2016), trained here on spliced clips",
        licence="MIT",
    )
    Options = ThresholdOptions

    def detect(self, proxy: np.ndarray) -> dict[int, Transition]:
        """Frames at which shots begin after a cut, from pictures uint8 (n, h, w, 3)."""
        return {cut: "cut" for cut in self.cuts(self.probabilities(proxy), proxy)}

    def shots(self, proxy: np.ndarray) -> tuple[Shot, ...]:
        """The shots, each as certain as its break is plain."""
        probabilities = self.probabilities(proxy)
        cuts = self.cuts(probabilities, proxy)
        starts: dict[int, Transition] = {cut: "cut" for cut in cuts}
        return shots.from_starts(starts, len(proxy), {cut: round(float(probabilities[cut]), 3) for cut in cuts})

    def probabilities(self, proxy: np.ndarray) -> np.ndarray:
        """How likely a shot begins at each frame: float64 (n,), 0..1; 0 at the first frame."""
        if len(proxy) < 2:
            return np.zeros(len(proxy))
        features = _break_measures.features(_break_measures.measures(proxy))
        odds = np.clip(features @ np.array(WEIGHTS) + BIAS, -30, 30)
        probabilities: np.ndarray = 1 / (1 + np.exp(-odds))
        probabilities[0] = 0
        return probabilities

    def cuts(self, probabilities: np.ndarray, proxy: np.ndarray) -> list[int]:
        """Frames at which a cut is likely enough. Of two cuts around one blended frame, the likelier counts."""
        likely = [int(frame) for frame in np.flatnonzero(probabilities >= self.options.threshold)]
        return without_blends(likely, probabilities, proxy)


def without_blends(cuts: list[int], probabilities: np.ndarray, proxy: np.ndarray) -> list[int]:
    """The cuts without the less likely of two that lie on either side of a single frame that blends its neighbours."""
    kept = list(cuts)
    for frame in cuts:
        if frame in kept and frame + 1 in kept and frame + 1 < len(proxy) and _blended(proxy[frame - 1 : frame + 2]):
            kept.remove(frame if probabilities[frame] < probabilities[frame + 1] else frame + 1)
    return kept


def _blended(pictures: np.ndarray) -> bool:
    """Whether the second of uint8 pictures (3, h, w, 3) is a mixture of the first and third."""
    first, middle, last = pictures.astype(np.float32)
    step = last - first
    share = float((step * (middle - first)).sum() / max(float((step * step).sum()), 1e-6))
    rest = np.abs(middle - first - share * step).mean()
    return 0.1 < share < 0.9 and bool(rest < 0.25 * np.abs(step).mean())
