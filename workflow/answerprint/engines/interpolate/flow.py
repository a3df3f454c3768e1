"""In-between frames by optical flow: several guesses of the motion, each trusted where both frames agree with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ...frames import optical_flow
from .. import Card, InBetweenEngine
from . import _hold as hold
from . import _motion, _pan
from ._motion import Quality
from ._options import InBetweenOptions


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
        planes = [np.ascontiguousarray(frame.transpose(2, 0, 1), np.float32) for frame in (before, after)]
        for index, time in enumerate(times):
            steps = [_motion.enlarged(one, before.shape[:2]) if one.any() else None for one in motion.at(time)]
            drawn, doubt = self._draw(planes, time, steps)
            nearer = hold.nearer(before, after, time)
            frames[index], held[index] = hold.held(drawn.transpose(1, 2, 0), nearer, doubt)
        return np.clip(frames, 0, 1, out=frames), held

    def _draw(
        self, planes: Sequence[np.ndarray], t: float, steps: Sequence[np.ndarray | None]
    ) -> tuple[np.ndarray, np.ndarray]:
        """The frame at moment `t` (c, h, w) from both frames and the motions between them, and its doubt (h, w).

        Doubt is how much of the brightness range the two frames differ by where the motion is right, as far as known.
        """
        a, b = planes
        # A place that is the same in both frames to within 2 % of the range, as a caption is, most likely stands still.
        same = np.exp(-((cv2.GaussianBlur(_difference(a, b), (0, 0), 3) / 0.02) ** 2))
        there, back, pan, _ = steps
        still = np.float32(self.options.still) * (1 + 30 * same)
        guesses: list[tuple[np.ndarray | None, np.ndarray | None]] = [
            (there, np.ones_like(same)),
            (back, np.ones_like(same)),
            (None, still),
        ]
        if pan is not None:
            # What moves with the whole picture, as the posts of a fence do, does not move by a post: see below.
            guesses.append((pan, None))
        total, weights, doubt = np.zeros_like(a), np.zeros_like(same), np.zeros_like(same)
        for guess, prior in guesses:
            from_a, from_b, share = _views(a, b, t, guess)
            difference = _difference(from_a, from_b)
            if prior is None:
                prior = np.float32(self.options.still * 30) * _pan.alike(difference)
            gap = cv2.GaussianBlur(difference * (4 * share * (1 - share)), (0, 0), 3)
            # 0.1: a disagreement of a tenth of the brightness range costs a guess most of its weight.
            weight = prior * np.exp(gap / np.float32(-0.1)) + np.float32(1e-6)
            weights += weight
            doubt += weight * gap
            for channel, one, other in zip(total, from_a, from_b, strict=True):
                channel += weight * (other + share * (one - other))
        total /= weights
        return total, doubt / weights


def _views(
    a: np.ndarray, b: np.ndarray, t: float, steps: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Both frames (c, h, w) as one motion shows them at moment `t`, and the share of the first (h, w).

    `steps` (h, w, 2) lead from one frame to the other; None: nothing moves.
    """
    if steps is None:
        return a, b, np.full(a.shape[1:], 1 - t, np.float32)
    to_a, to_b = np.float32(-t) * steps, np.float32(1 - t) * steps
    # What is outside one frame is taken from the other.
    share_a, share_b = np.float32(1 - t) * _visible(to_a), np.float32(t) * _visible(to_b)
    from_a = np.stack([optical_flow.warp(plane, to_a) for plane in a])
    from_b = np.stack([optical_flow.warp(plane, to_b) for plane in b])
    return from_a, from_b, share_a / (share_a + share_b)


def _difference(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """How much two frames (c, h, w) differ at each place, in the mean of the channels: float32 (h, w)."""
    return np.asarray(np.abs(a - b).mean(axis=0), np.float32)


def _visible(steps: np.ndarray) -> np.ndarray:
    """1 where the steps end inside the frame, almost 0 elsewhere: float32 (h, w)."""
    return np.where(optical_flow.inside(steps), 1, 1e-3).astype(np.float32)
