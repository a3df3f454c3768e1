"""Two witnesses: TransNet V2 and the test for breaks, weighed together."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...film import shots
from ...film.shots import Shot, Transition
from .. import Card
from . import _gradual
from ._break_measures import edges_left
from ._break_weights import WITNESSES
from ._detector import ShotDetector, ThresholdOptions
from .breaks import Breaks, without_blends
from .transnet import TransNet, gradual_spans

SAME = 0.3
"""Share of edges lost up to which two pictures show the same: of 53 dissolves drawn from the training clips none stayed
below, and of 209 pieces of one shot, as long as a dissolve, three in four did."""


class Witnesses(ShotDetector):
    """Cuts that TransNet V2 or a break in the picture shows; dissolves and fades from TransNet V2."""

    card = Card(
        stage="shots",
        name="witnesses",
        summary="Finds cuts by a network and by breaks that no motion explains; dissolves and fades by the network.",
        paper="Soucek and Lokoc, TransNet V2, 2020; logistic regression over residuals of DIS flow",
        licence="MIT",
        gpu=True,
    )
    Options = ThresholdOptions
    _transnet: Any = None

    def load(self) -> None:
        """Build the network."""
        self._transnet = TransNet(device=self.device)
        self._transnet.load()

    def detect(self, proxy: np.ndarray) -> dict[int, Transition]:
        """Frames at which shots begin, and how, from tiny pictures uint8 (n, 27, 48, 3)."""
        return {shot.start: shot.transition for shot in self.shots(proxy) if shot.start}

    def shots(self, proxy: np.ndarray) -> tuple[Shot, ...]:
        """The shots, each with the confidence of both witnesses together."""
        single, whole = self._transnet.probabilities(proxy)
        together = weigh(Breaks().probabilities(proxy), single)
        likely = [int(frame) for frame in np.flatnonzero(together >= self.options.threshold)]
        cuts = without_blends(likely, together, proxy)
        starts: dict[int, Transition] = {cut: "cut" for cut in cuts}
        confidence = {cut: round(float(together[cut]), 3) for cut in cuts}
        spread = _gradual.spreads(proxy)
        for begin, end in gradual_spans(single, whole, self.options.threshold):
            # The network marks the frame before a cut, and often a frame on either side as well.
            if any(begin <= cut <= end for cut in cuts):
                continue
            found = _gradual.start((begin, end), spread, cuts)
            if not found or (found[1] == "dissolve" and _same_after(proxy, begin, end)):
                continue
            start, transition = found
            starts[start] = transition
            sure = round(float(single[begin:end].max()), 3)
            confidence[start] = max(confidence.get(start, 0.0), sure)
        return shots.from_starts(starts, len(proxy), confidence)


def _same_after(proxy: np.ndarray, begin: int, end: int) -> bool:
    """Whether frames begin..end of a supposed dissolve lead back to the same picture: its light only changed."""
    return edges_left(proxy[max(0, begin - 3)], proxy[min(len(proxy) - 1, end + 2)]) < SAME


def weigh(breaks: np.ndarray, network: np.ndarray) -> np.ndarray:
    """Confidence that a shot begins at each frame, 0..1: float64 (n,).

    `breaks`: the probability of a break before each frame; `network`: that each frame is the last before a cut.
    """
    odds = WITNESSES["bias"] + WITNESSES["breaks"] * log_odds(breaks) + WITNESSES["network"] * log_odds(marked(network))
    together: np.ndarray = 1 / (1 + np.exp(-odds))
    together[0] = 0
    return together


def marked(network: np.ndarray) -> np.ndarray:
    """What the network says of a cut at each frame: its highest probability for the two frames before, or this one."""
    before = np.concatenate([[0, 0], network])
    return np.maximum.reduce([before[:-2], before[1:-1], before[2:]])


def log_odds(probabilities: np.ndarray) -> np.ndarray:
    """Probabilities as log odds, at most 8 either way, so that neither witness outweighs all doubt."""
    bounded = np.clip(probabilities.astype(np.float64), 1 / (1 + np.exp(8)), 1 / (1 + np.exp(-8)))
    odds: np.ndarray = np.log(bounded / (1 - bounded))
    return odds
