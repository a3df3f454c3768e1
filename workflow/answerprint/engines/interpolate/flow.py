"""In-between frames by optical flow: several guesses of the motion, each trusted where both frames agree with it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from .. import Card, InBetweenEngine
from . import _hold as hold
from . import _motion, _pan, _views
from ._motion import Quality
from ._options import InBetweenOptions

MORE, WIDE = 30, 4.0
"""Places that are the same in both frames, as a caption is, most likely stand still: that counts 30 times more. The
same, in the mean over 4 pixels around, because a limb may pass between, tells what moves with the whole picture, as the
posts of a fence do, and not by a post."""


@dataclass(frozen=True, kw_only=True)
class FlowOptions(InBetweenOptions):
    """The rate, and how carefully motion is measured."""

    quality: Quality = "auto"
    """fine: motion measured at full size; fast: at half the size with a coarse step, 0.5 dB worse; auto: fine for
    frames up to 400 pixels wide, half the size with a fine step for larger ones."""
    width: int = 640
    """Motion of wider frames is measured on a copy of at most this width, in pixels (64 or more)."""
    still: float = 0.2
    """How readily a place is assumed to stand still, 0..1: keeps captions and logos in place."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.width < 64:
            raise ValueError(f"width is {self.width}, but it must be 64 or more")
        if not 0 <= self.still <= 1:
            raise ValueError(f"still is {self.still}, but it must be 0 to 1")


class Flow(InBetweenEngine):
    """Frames between two frames, drawn along the motion from one to the other."""

    card = Card(
        stage="interpolate",
        name="flow",
        kind="generate",
        radius=1,
        retimes=True,
        summary="optical flow both ways, projected to the wanted moment, trusted where both frames agree; no model",
        paper="Kroeger et al., Fast Optical Flow using Dense Inverse Search, ECCV 2016; "
        "Baker et al., A Database and Evaluation Methodology for Optical Flow, IJCV 92(1), 2011 (interpolation)",
        licence="Apache-2.0",
        cost=0.04,
        memory=70,
    )
    Options = FlowOptions
    options: FlowOptions

    def draw(self, before: np.ndarray, after: np.ndarray, times: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
        """The frames at several moments, with the motion measured once, and the share of each that is held.

        Reversing time gives the same frame: at t from a to b as at 1 - t from b to a, up to rounding.
        """
        motion = _motion.measure(before, after, self.options.quality, self.options.width)
        frames = np.empty((len(times), *before.shape), np.float32)
        held = np.empty(len(times))
        for index, time in enumerate(times):
            steps = motion.at(time)
            evidence = self._with_stillness(_views.seen(*motion.grey, steps, time), pans=motion.pan is not None)
            drawn = _views.rendered((before, after), steps, time, evidence.odds)
            doubt = cv2.resize(evidence.doubt, (before.shape[1], before.shape[0]))
            frames[index], held[index] = hold.held(drawn, hold.nearer(before, after, time), doubt)
        return np.clip(frames, 0, 1, out=frames), held

    def _with_stillness(self, evidence: _views.Evidence, *, pans: bool) -> _views.Evidence:
        """The evidence, in which a place that both frames show alike stands still or moves with the picture."""
        still, panned = (
            np.abs(evidence.views[2 * motion] - evidence.views[2 * motion + 1]) for motion in (_views.STILL, _views.PAN)
        )
        counts = {
            _views.STILL: self.options.still * (1 + MORE * _pan.alike(still, _views.REACH)),
            _views.PAN: pans * self.options.still * MORE * _pan.alike(panned, WIDE),
        }
        odds = evidence.odds.copy()
        for motion, count in counts.items():
            odds[2 * motion : 2 * motion + 2] += np.log(np.maximum(count / _views.TRUST[motion], 1e-6))
        return dataclasses.replace(evidence, odds=odds)
