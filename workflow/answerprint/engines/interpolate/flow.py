"""In-between frames by optical flow: several guesses of the motion, each trusted where both frames agree with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import cv2
import numpy as np

from ...frames import optical_flow
from .. import Card, InBetweenEngine
from . import _hold as hold
from . import _pan
from ._options import InBetweenOptions

Quality = Literal["auto", "fine", "fast"]
SMALL = 400
"""Motion of frames up to this width is measured at full size with `quality: auto`: it gains 1.1 dB on triplets of 256
pixels, and nothing on those of 854, where it takes seven times as long."""


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
        there, back = self.flow(before, after), self.flow(after, before)
        pan = _pan.step(before, after, there)
        frames = np.empty((len(times), *before.shape), np.float32)
        held = np.empty(len(times))
        planes = [np.ascontiguousarray(frame.transpose(2, 0, 1), np.float32) for frame in (before, after)]
        for index, time in enumerate(times):
            drawn, doubt = self._draw(planes, time, (there, back, pan))
            nearer = hold.nearer(before, after, time)
            frames[index], held[index] = hold.held(drawn.transpose(1, 2, 0), nearer, doubt)
        return np.clip(frames, 0, 1, out=frames), held

    def flow(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Flow from frame a to frame b, float32 (h, w, 2) in pixels."""
        height, width = a.shape[:2]
        small = (min(width, self.options.width), max(1, round(height * min(1.0, self.options.width / width))))
        first, second = (
            optical_flow.eight_bits(cv2.resize(optical_flow.luma(x), small, interpolation=cv2.INTER_AREA))
            for x in (a, b)
        )
        fine = self.options.quality == "fine" or (self.options.quality == "auto" and width <= SMALL)
        preset: optical_flow.Preset = "fast" if self.options.quality == "fast" else "medium"
        flow = _fine(first, second) if fine else optical_flow.flow(first, second, preset)
        if small == (width, height):
            return flow
        larger = np.asarray(cv2.resize(flow, (width, height)), np.float32)
        return larger * np.array([width / small[0], height / small[1]], np.float32)

    def _draw(
        self, planes: Sequence[np.ndarray], t: float, motion: tuple[np.ndarray, np.ndarray, np.ndarray | None]
    ) -> tuple[np.ndarray, np.ndarray]:
        """The frame at moment `t` (c, h, w) from both frames and the motion between them, and its doubt (h, w).

        `motion`: flow each way, and the step (2,) of the whole picture where it pans.

        Doubt is how much of the brightness range the two frames differ by where the motion is right, as far as known.
        """
        (a, b), (there, back, pan) = planes, motion
        # A place that is the same in both frames to within 2 % of the range, as a caption is, most likely stands still.
        same = np.exp(-((cv2.GaussianBlur(_difference(a, b), (0, 0), 3) / 0.02) ** 2))
        # Each flow is right where the other is wrong: at opposite sides of a moving object.
        guesses: list[tuple[np.ndarray | None, np.ndarray | None]] = [
            (_project(there, t), np.ones_like(same)),
            (-_project(back, 1 - t), np.ones_like(same)),
            (None, np.float32(self.options.still) * (1 + 30 * same)),
        ]
        if pan is not None:
            # What moves with the whole picture, as the posts of a fence do, does not move by a post: see below.
            guesses.append((np.broadcast_to(pan, there.shape), None))
        total, weights, doubt = np.zeros_like(a), np.zeros_like(same), np.zeros_like(same)
        for steps, prior in guesses:
            from_a, from_b, share = _views(a, b, t, steps)
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


def _project(steps: np.ndarray, t: float) -> np.ndarray:
    """Flow through each pixel at moment `t`, from the flow of the pixels at moment 0, by fixed-point iteration."""
    passing = steps
    for _ in range(4):
        passing = optical_flow.warp(steps, (-t * passing).astype(np.float32))
    return passing


def _visible(steps: np.ndarray) -> np.ndarray:
    """1 where the steps end inside the frame, almost 0 elsewhere: float32 (h, w)."""
    return np.where(optical_flow.inside(steps), 1, 1e-3).astype(np.float32)


@lru_cache(maxsize=64)
def _solver(height: int, width: int) -> cv2.DISOpticalFlow:
    """DIS at full size with a patch every other pixel: 0.7 dB better on UCF101 triplets than its medium preset.

    One for each size: a solver that has adapted to small pictures stays that way.
    """
    solver = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    solver.setFinestScale(0)
    solver.setPatchStride(2)
    return solver


def _fine(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Flow from a to b, uint8 (h, w), at full size: float32 (h, w, 2)."""
    height, width = a.shape
    # DIS refuses pictures under about 16 pixels and reads past the edge of very thin ones: pad them by repetition.
    bottom, right = max(0, 32 - height), max(0, 32 - width)
    if bottom or right:
        a, b = (cv2.copyMakeBorder(x, 0, bottom, 0, right, cv2.BORDER_REPLICATE) for x in (a, b))
    return np.asarray(_solver(*a.shape).calc(a, b, None), np.float32)[:height, :width]  # type: ignore[call-overload]
