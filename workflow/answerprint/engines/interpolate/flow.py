"""In-between frames by optical flow: several guesses of the motion, each trusted where both frames agree with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import cv2
import numpy as np

from ...frames import optical_flow
from ...runtime import numbers
from .. import Card, InBetweenEngine

Quality = Literal["fast", "fine"]


@dataclass(frozen=True, kw_only=True)
class FlowOptions:
    """The rate, and how carefully motion is measured."""

    rate: str = "2x"
    """The wanted rate: a factor such as 2x, or frames a second such as 50 or 60000/1001."""
    quality: Quality = "fine"
    """fine: motion at full size; fast: at half the size, four times as fast, about 0.5 dB worse."""
    width: int = 640
    """Motion of wider frames is measured on a copy of at most this width, in pixels (64 or more)."""
    still: float = 0.2
    """How readily a place is assumed to stand still, 0..1: keeps captions and logos in place."""

    def __post_init__(self) -> None:
        if not 0 < numbers.parse(self.rate.removesuffix("x")) <= 1000:
            raise ValueError(f"rate is {self.rate!r}, but it must be a factor such as 2x or frames a second such as 50")
        if self.quality not in ("fast", "fine"):
            raise ValueError(f"quality is {self.quality!r}, but it must be fast or fine")
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

    def between(self, before: np.ndarray, after: np.ndarray, time: float) -> np.ndarray:
        """The frame at `time`, 0 < time < 1, between `before` (0) and `after` (1): float32 (h, w, c), 0..1.

        Reversing time gives the same frame: between(a, b, t) equals between(b, a, 1 - t) up to rounding.
        """
        return self.betweens(before, after, [time])[0]

    def betweens(self, a: np.ndarray, b: np.ndarray, times: Sequence[float]) -> np.ndarray:
        """The frames at several moments, with the motion measured once: float32 (len(times), h, w, c)."""
        a, b = (np.ascontiguousarray(x, np.float32) for x in (a, b))
        if a.shape != b.shape:
            raise ValueError(f"frames of shapes {a.shape} and {b.shape} cannot be interpolated")
        if np.array_equal(a, b):  # a held frame: drawing it again would soften it
            return np.stack([a] * len(times)) if times else np.empty((0, *a.shape), np.float32)
        there, back = self.flow(a, b), self.flow(b, a)
        drawn = [self._draw(a, b, t, there, back) for t in times]
        return np.stack(drawn) if drawn else np.empty((0, *a.shape), np.float32)

    def flow(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Flow from frame a to frame b, float32 (h, w, 2) in pixels."""
        height, width = a.shape[:2]
        small = (min(width, self.options.width), max(1, round(height * min(1.0, self.options.width / width))))
        first, second = (
            optical_flow.eight_bits(cv2.resize(optical_flow.luma(x), small, interpolation=cv2.INTER_AREA))
            for x in (a, b)
        )
        flow = _fine(first, second) if self.options.quality == "fine" else optical_flow.flow(first, second, "fast")
        if small == (width, height):
            return flow
        larger = np.asarray(cv2.resize(flow, (width, height)), np.float32)
        return larger * np.array([width / small[0], height / small[1]], np.float32)

    def _draw(self, a: np.ndarray, b: np.ndarray, t: float, there: np.ndarray, back: np.ndarray) -> np.ndarray:
        """The frame at moment `t` from both frames and the flow between them, each way."""
        # A place that is the same in both frames to within 2 % of the range, as a caption is, most likely stands still.
        same = np.exp(-((cv2.GaussianBlur(np.abs(a - b).mean(axis=2), (0, 0), 3) / 0.02) ** 2))
        ones = np.ones_like(same)
        # Each flow is right where the other is wrong: at opposite sides of a moving object.
        guesses = (
            (_project(there, t), ones),
            (-_project(back, 1 - t), ones),
            (np.zeros_like(there), self.options.still * (1 + 30 * same)),
        )
        total = np.zeros(a.shape, np.float32)
        weights = np.zeros(a.shape[:2], np.float32)
        for steps, prior in guesses:
            to_a, to_b = (-t * steps).astype(np.float32), ((1 - t) * steps).astype(np.float32)
            from_a, from_b = optical_flow.warp(a, to_a), optical_flow.warp(b, to_b)
            # What is outside one frame is taken from the other.
            share_a, share_b = (1 - t) * _visible(to_a), t * _visible(to_b)
            share_a = share_a / (share_a + share_b)
            share_b = 1 - share_a
            gap = np.abs(from_a - from_b).mean(axis=2) * (4 * share_a * share_b)
            # 0.1: a disagreement of a tenth of the brightness range costs a guess most of its weight.
            weight = prior * np.exp(-cv2.GaussianBlur(gap, (0, 0), 3) / 0.1) + 1e-6
            # In place, and freed at once: a frame of 2160p takes 100 MB.
            from_a *= (weight * share_a)[..., None]
            total += from_a
            from_b *= (weight * share_b)[..., None]
            total += from_b
            weights += weight
            del from_a, from_b
        total /= weights[..., None]
        return np.clip(total, 0, 1, out=total)


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
