"""Tells scratches from upright objects: a scratch is in most frames near by, and does not move with the picture.

What is measured of a line and of itself in the frames near by is weighed by a regression trained on drawn film.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ._curves import known_mean, median, smooth
from ._scratch_weights import LINE, LINE_BIAS, TOGETHER, TOGETHER_BIAS
from ._scratches import Line

REACH = 8 / 640
"""The most that a scratch moves from frame to frame, share of the width: steadied film passes its weave on to it."""
CHANGE = 2.0
"""Pixels apart that count as much as a complete change of depth."""
WILD = 0.05
"""Pixels apart, up to 0.3, that a line is credited for each pixel by which the motion next to it varies."""
CROWD = 1 / 12
"""Lines within this share of the width on either side run beside a line: falling water, columns, a fence."""
UNSURE = 0.1
"""Pixels of tolerance for each pixel that the picture moves: flow is less exact there."""
NAMES = (
    "length", "runs off", "unlike", "unlike here", "apart", "least apart", "changed", "foreign", "foreign elsewhere",
    "seen", "neighbours", "crooked", "shape", "speed", "lines", "faint", "new",
    "new elsewhere", "unlike what is new",
)  # fmt: skip
"""What `measures` says of a line."""


def measures(line: Line, track: Track, lines: list[Line], width: int) -> np.ndarray:
    """What is known of a line of a frame with these lines: as many numbers as NAMES has, float64."""
    size = max(width, 384)
    apart = [known_mean(curve) for curve in track.apart] or [0.0]
    changed = [min(max(known_mean(curve[0]), -0.5), 1.0) for curve in track.changed] or [0.0]
    near = sum(other is not line and abs(other.middle - line.middle) < CROWD * size for other in lines)
    return np.array(
        [
            len(line.x) / line.strips,
            line.runs_off,
            min(statistics.median(track.unlike), 2),
            min(line.unlike, 2),
            # Of an even number the lower of the two in the middle: one line mistaken for another is far from it.
            min(sorted(apart)[(len(apart) - 1) // 2], 2),
            min(1, *(a + CHANGE * c for a, c in zip(apart, changed, strict=True))),
            statistics.median(changed),
            line.foreign,
            statistics.median(track.foreign or [line.foreign]),
            (1 + len(track.apart)) / (1 + len(track.motions)),
            np.log1p(near),
            np.log1p(100 * np.abs(np.diff(line.x, 2)).mean() * 640 / size),
            np.log1p(statistics.median(track.shape or [0.0]) * 640 / size),
            np.log1p(track.speed * 640 / size),
            np.log1p(len(lines)),
            np.log(max(float(median(line.depth)), 1e-3)),
            line.new,
            statistics.median(track.new or [line.new]),
            min(line.unlike_new, 2),
        ]
    )


def traits(measures: np.ndarray) -> np.ndarray:
    """What the regression weighs: the measures (m,), and the product of every two of them."""
    first, second = np.triu_indices(len(measures))
    return np.concatenate([measures, measures[first] * measures[second]])


@dataclass(frozen=True, kw_only=True)
class Weights:
    """Coefficients of two regressions."""

    line: tuple[float, ...] = LINE
    """Of the traits of a line in one frame."""
    line_bias: float = LINE_BIAS
    together: tuple[float, ...] = TOGETHER
    """Of what the frames say together."""
    together_bias: float = TOGETHER_BIAS

    def of_line(self, measures: np.ndarray) -> float:
        """The log odds that a line with these measures is a scratch, at most 8 either way."""
        return float(np.clip(traits(measures) @ np.array(self.line) + self.line_bias, -8, 8))

    def of_frames(self, opinions: Opinions) -> float:
        """The log odds by all frames together."""
        return float(opinions.traits() @ np.array(self.together) + self.together_bias)


@dataclass(frozen=True, kw_only=True)
class Opinions:
    """Log odds that a line is a scratch, frame by frame."""

    own: float
    """By its own frame."""
    others: list[float | None]
    """By the frames near it; None where a frame does not show the line."""

    def traits(self) -> np.ndarray:
        """What the second regression weighs: both, and the share of frames that do not show the line."""
        heard = [odds for odds in self.others if odds is not None]
        present = len(heard) / max(len(self.others), 1)
        return np.array([self.own, present * float(np.mean(heard or [0.0])), 1 - present])


@dataclass(frozen=True, kw_only=True, eq=False)
class Motion:
    """How the picture moves to another frame."""

    flow: np.ndarray
    """Flow (h, w, 2), of any size."""

    @cached_property
    def across(self) -> np.float32:
        """The step to the right in the middle of all, pixels of the flow."""
        return np.median(self.flow[::4, ::4, 0])

    @cached_property
    def distance(self) -> float:
        """The length of the step in the middle of all, pixels of the flow."""
        return float(np.median(np.hypot(self.flow[::4, ::4, 0], self.flow[::4, ::4, 1])))


@dataclass(frozen=True, kw_only=True)
class Track:
    """How a line compares with itself in other frames."""

    motions: dict[int, Motion]
    """Motion to the other frames, by how many frames later they are."""
    aside: dict[int, float]
    """Pixels that the line stands further right in those that show it."""
    apart: list[np.ndarray]
    """What `_apart` says for each frame that shows the line."""
    changed: list[np.ndarray]
    """What `_changed` says for each of them."""
    unlike: list[float]
    """How unlike a scratch the line is in its own frame and in each of them."""
    foreign: list[float]
    """How far it stands out there from what the neighbours show."""
    new: list[float]
    """Share of its depth there that is more than the neighbours show."""
    shape: list[float]
    """How far its course there is from its course here, beyond a step to the side, pixels."""
    speed: float
    """Pixels that the picture moves from frame to frame, in the middle."""


def follow(
    line: Line, find: Callable[[Line, int], Line | None], motions: dict[int, Motion], size: tuple[int, int]
) -> Track:
    """A line of a frame compared with itself in others.

    find: gives a line of this frame in another, by how many frames later that is. motions: motion to the other frames.
    size: height and width of the frame.
    """
    speed = min((motion.distance / abs(step) for step, motion in motions.items()), default=0.0)
    if motions:
        speed *= size[1] / next(iter(motions.values())).flow.shape[1]
    track = Track(
        motions=motions, aside={}, apart=[], changed=[], unlike=[line.unlike], foreign=[], new=[], shape=[], speed=speed
    )
    for step, motion in motions.items():
        other = find(line, step)
        if other is not None:
            here, there = _common(line, other)
            track.aside[step] = float(median(there - here))
            away = smooth(there - here, 1.0)
            track.apart.append(_apart(line, other, motion, size))
            track.changed.append(_changed(line, other))
            track.unlike.append(other.unlike)
            track.foreign.append(other.foreign)
            track.new.append(other.new)
            track.shape.append(float(np.abs(away - median(away)).mean()))
    return track


def reach(width: int) -> float:
    """The most that a scratch moves from frame to frame, in pixels."""
    return REACH * max(width, 384)


def same(line: Line, others: list[Line], most: float) -> Line | None:
    """The line of another frame that is this one, at most so many pixels away; None if there is none."""
    best, least = None, most
    for other in others:
        if other.bright != line.bright or _gap(line, other) > least + 1:
            continue
        mine, its = _common(line, other)
        if len(mine) >= 0.5 * min(len(line.x), len(other.x)):
            distance = float(np.abs(mine - its).mean())
            if distance < least:
                best, least = other, distance
    return best


def _gap(line: Line, other: Line) -> float:
    """Pixels that lie between two lines everywhere; negative where they do not lie side by side."""
    return max(line.span[0] - other.span[1], other.span[0] - line.span[1])


def _common(line: Line, other: Line) -> tuple[np.ndarray, np.ndarray]:
    """The columns of both lines in the strips that both have."""
    top, bottom = max(line.top, other.top), max(line.top, other.top, min(line.bottom, other.bottom))
    return line.x[top - line.top : bottom - line.top], other.x[top - other.top : bottom - other.top]


def _changed(line: Line, other: Line) -> np.ndarray:
    """Share of a line's depth that comes and goes in each strip from frame to frame, beyond what its sides do: (2, n).

    An object keeps its contrast, however the light on the whole picture changes; a scratch is now deep, now shallow
    along the film. The first row allows for a change of light, the second does not. NaN in strips that the other line
    does not have.
    """
    top, bottom = max(line.top, other.top), min(line.bottom, other.bottom)
    mine, its = slice(top - line.top, bottom - line.top), slice(top - other.top, bottom - other.top)
    depth, before = line.depth[mine], other.depth[its]
    light = median(depth) / max(float(median(before)), 1e-4)
    left, right = line.left[mine] - other.left[its], line.right[mine] - other.right[its]
    # Grain shows in the difference of the sides' changes as much as in the depth's, the picture's change in their mean.
    picture = max(float(np.abs(smooth(curve, 1.0)).mean()) for curve in (left - right, (left + right) / 2))
    change = np.stack([np.abs(smooth(depth - gain * before, 1.0)) for gain in (light, 1.0)]) - picture
    share = np.full((2, len(line.x)), np.nan)
    share[:, mine] = change / max(float(np.abs(depth).mean()), 1e-4)
    return share


def _apart(line: Line, other: Line, motion: Motion, size: tuple[int, int]) -> np.ndarray:
    """Pixels by which each strip's step to another frame lies outside what the picture does there and as a whole: (n,).

    NaN in strips that the other line does not have.
    """
    x, there = _common(line, other)
    flow = motion.flow
    scale = flow.shape[1] / size[1]
    top = max(line.top, other.top)
    rows = ((np.arange(top, top + len(x)) + 0.5) * flow.shape[0] / line.strips).astype(int)
    aside = max(6.0, size[1] / 64)
    away = np.array([[-2 * aside], [-aside], [aside], [2 * aside]])
    columns = np.clip((x + away) * scale, 0, flow.shape[1] - 1).astype(int)
    moves = [np.full(len(x), motion.across), *(smooth(beside, 3.0) for beside in flow[rows, columns, 0])]
    step = smooth(there - x, 3.0)
    low, high = np.min(moves, axis=0) / scale, np.max(moves, axis=0) / scale
    outside = np.maximum(np.maximum(low - step, step - high), 0) - UNSURE * motion.distance / scale
    apart = np.full(len(line.x), np.nan)
    # Where motion is wild, some of it goes with any line and proves nothing: appearance decides.
    apart[top - line.top : top - line.top + len(x)] = np.maximum(outside, np.minimum(WILD * (high - low), 0.3))
    return apart
