"""Tells scratches from upright things: a scratch is in most frames near by, and does not move with the picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ._scratches import Line, smooth

REACH = 5 / 640
"""How far a scratch moves from frame to frame at most, share of the width."""
SEEN = 3
"""Frames of the five that must show it, its own among them; all there are where a shot is shorter."""
PLAIN = 0.8, 0.15
"""Except for what spans this share of the height, and looks no more unlike a scratch than this."""
PROMISING = 0.4
"""What spans that share and looks no more unlike than this is looked at more closely."""
ALIKE = 0.1, 0.2
"""How unlike a scratch a line may look that has no life of its own: a short one, and one that spans this share."""
STEADY = 0.3
"""The most where its depth is as steady as the ground beside it and it stands among others: colonnades mislead flow;"""
ROW = 1 / 8, 2
"""so many others within this share of the width to either side."""
APART = 0.2
"""Pixels by which it must at least move otherwise than the picture, on average along its length, or its like in depth;
the more, the shorter it is,"""
CHANGE = 2.0
"""Pixels apart that count as much as a depth that changes altogether."""
WILD = 0.05
"""Pixels apart, up to 0.3, that a line is given for each pixel by which motion beside it differs."""
CROWD = 1 / 12, 4
"""Within this share of the width to either side, so many other lines make it a picture."""
OWN = 0.15
"""The same for the ends of a line: where it is less, they belong to the picture."""
JUMP = 0.3
"""The most that is believed of a line that in one of the frames has no life of its own."""
UNSURE = 0.1
"""Pixels to add for each pixel that the picture moves: there, flow is less exact."""


def crowded(line: Line, own: list[Line], width: int) -> bool:
    """Whether so many upright lines run side by side that they are a picture, such as falling water."""
    return _beside(line, own, CROWD[0] * max(width, 384)) >= CROWD[1]


def in_a_row(line: Line, own: list[Line], width: int) -> bool:
    """Whether a line is one of several, as columns are."""
    return _beside(line, own, ROW[0] * max(width, 384)) >= ROW[1]


def _beside(line: Line, own: list[Line], near: float) -> int:
    """How many other lines are so near."""
    middle = float(line.x.mean())
    return sum(other is not line and abs(float(other.x.mean()) - middle) < near for other in own)


@dataclass(frozen=True, kw_only=True)
class Company:
    """How a line compares with itself in other frames."""

    ways: dict[int, np.ndarray]
    """Flow to the other frames there are."""
    apart: list[np.ndarray]
    """For each of these frames what `_apart` says."""
    changed: list[np.ndarray]
    """And what `_changed` says."""
    unlike: list[float]
    """How unlike a scratch it looks in its own frame and in these."""

    def alone(self) -> float:
        """How much of a life of its own the line has, pixels."""
        # Of an even number the lower of the two in the middle: one line taken for another is far apart from it.
        apart = [float(np.nanmean(curve)) for curve in self.apart]
        changed = [CHANGE * float(np.clip(np.nanmean(curve[0]), 0, 1)) for curve in self.changed]
        alone = sorted(apart)[(len(apart) - 1) // 2] + float(np.median(changed))
        # What one frame shows to go with the picture may jump to its like in the others, as bars side by side do.
        return min(alone, JUMP) if min(a + c for a, c in zip(apart, changed, strict=True)) < OWN else alone

    def ends(self) -> tuple[int, int]:
        """First strip of the line, and the one after the last, that has a life of its own; all, where none has."""
        both = np.array([a + CHANGE * b.min(axis=0) for a, b in zip(self.apart, self.changed, strict=True)])
        known = ~np.isnan(both).all(axis=0)
        middle = np.zeros(known.shape)
        middle[known] = np.clip(np.nanmedian(both[:, known], axis=0), 0, 1)
        own = np.flatnonzero(smooth(middle, 3.0) > OWN)
        return (int(own[0]), int(own[-1]) + 1) if len(own) else (0, len(known))


def company(
    line: Line, find: Callable[[Line, int], Line | None], ways: dict[int, np.ndarray], size: tuple[int, int]
) -> Company:
    """Compares a line of a frame with others.

    find: gives a line of this frame in another, by how many frames that is later. ways: flow (h, w, 2) to the other
    frames there are, of any size. size: height and width of the frame.
    """
    found = Company(ways=ways, apart=[], changed=[], unlike=[line.unlike])
    for step, way in ways.items():
        other = find(line, step)
        if other is not None:
            found.apart.append(_apart(line, other, way, size))
            found.changed.append(_changed(line, other))
            found.unlike.append(other.unlike)
    return found


def is_scratch(line: Line, met: Company, frames: int, sensitivity: float, row: bool) -> bool:
    """Whether a line is a scratch, from its company in so many other frames; row: whether it is one of several."""
    long = len(line.x) / line.strips
    # Where a scratch begins or ends, two frames have to do.
    plain = long > PLAIN[0] and line.unlike < PLAIN[1] / sensitivity
    if not met.apart or len(met.apart) + 1 < min(SEEN - plain, frames + 1):
        return False
    alone = met.alone()
    # A scratch runs off the picture; a cane, a seam or the gap between two legs begins and ends in it.
    if not line.runs_off:
        long *= long
    # What hardly lives a life of its own, or is short, has to look all the more like a scratch.
    limit = (ALIKE[long > PLAIN[0]] + 0.6 * min(1, alone) * long) / sensitivity
    if row and float(np.median([np.nanmean(curve[0]) for curve in met.changed])) < 0:
        limit = min(limit, STEADY / sensitivity)
    return alone * long > APART * sensitivity and float(np.median(met.unlike)) < limit


def promising(line: Line, met: Company) -> bool:
    """Whether a line looks so much like a scratch that it is worth a closer look at how the picture moves."""
    return len(line.x) > PLAIN[0] * line.strips and float(np.median(met.unlike)) < PROMISING


def reach(width: int) -> float:
    """How far a scratch moves from frame to frame at most, pixels."""
    return REACH * max(width, 384)


def same(line: Line, others: list[Line], most: float) -> Line | None:
    """The line of another frame that is this one, there, at most so many pixels away."""
    best, least = None, most
    for other in others:
        mine, its = _common(line, other)
        if other.bright == line.bright and len(mine) >= 0.5 * min(len(line.x), len(other.x)):
            distance = float(np.abs(mine - its).mean())
            if distance < least:
                best, least = other, distance
    return best


def _common(line: Line, other: Line) -> tuple[np.ndarray, np.ndarray]:
    """Both lines where they are side by side."""
    top, bottom = max(line.top, other.top), max(line.top, other.top, min(line.bottom, other.bottom))
    return line.x[top - line.top : bottom - line.top], other.x[top - other.top : bottom - other.top]


def _changed(line: Line, other: Line) -> np.ndarray:
    """Share of a line's depth that comes and goes in each strip from frame to frame, beyond what its sides do: (2, n).

    A thing of the picture keeps its contrast, whatever the light does to all of it; a scratch is now deep, now
    shallow along the film. Once the light may differ, once it is the same. Unknown where the other line is not.
    """
    top, bottom = max(line.top, other.top), min(line.bottom, other.bottom)
    mine, its = slice(top - line.top, bottom - line.top), slice(top - other.top, bottom - other.top)
    depth, before = line.depth[mine], other.depth[its]
    light = np.median(depth) / max(float(np.median(before)), 1e-4)
    left, right = line.left[mine] - other.left[its], line.right[mine] - other.right[its]
    # Grain is in the difference of the sides' changes as much as in the depth's, the picture's own change in their sum.
    picture = max(float(np.abs(smooth(curve, 1.0)).mean()) for curve in (left - right, (left + right) / 2))
    change = np.stack([np.abs(smooth(depth - gain * before, 1.0)) for gain in (light, 1.0)]) - picture
    share = np.full((2, len(line.x)), np.nan)
    share[:, mine] = change / max(float(np.abs(depth).mean()), 1e-4)
    return share


def _apart(line: Line, other: Line, way: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Pixels by which each strip's step to another frame lies outside of what the picture does there and as a whole.

    Unknown where the other line is not.
    """
    x, there = _common(line, other)
    scale = way.shape[1] / size[1]
    top = max(line.top, other.top)
    rows = ((np.arange(top, top + len(x)) + 0.5) * way.shape[0] / line.strips).astype(int)
    aside = max(6.0, size[1] / 64)
    moves = [np.full(len(x), np.median(way[::4, ::4, 0]))]
    for away in (-2 * aside, -aside, aside, 2 * aside):
        columns = np.clip((x + away) * scale, 0, way.shape[1] - 1).astype(int)
        moves.append(smooth(way[rows, columns, 0], 3.0))
    step = smooth(there - x, 3.0)
    low, high = np.min(moves, axis=0) / scale, np.max(moves, axis=0) / scale
    speed = float(np.median(np.hypot(way[::4, ::4, 0], way[::4, ::4, 1]))) / scale
    outside = np.maximum(np.maximum(low - step, step - high), 0) - UNSURE * speed
    apart = np.full(len(line.x), np.nan)
    # Where motion is wild, some of it goes with any line, and says nothing: looks decide.
    apart[top - line.top : top - line.top + len(x)] = np.maximum(outside, np.minimum(WILD * (high - low), 0.3))
    return apart
