"""Tells scratches from upright objects: a scratch is in most frames near by, and does not move with the picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ._scratches import Line, smooth

REACH = 5 / 640
"""The most that a scratch moves from frame to frame, share of the width."""
SEEN = 3
"""Frames of the five that must show a scratch, its own included; all of them where a shot is shorter."""
PLAIN = 0.8, 0.15
"""Except for a line that spans this share of the height, and is no more unlike a scratch than this."""
PROMISING = 0.4
"""A line that spans that share and is no more unlike a scratch than this gets a second, closer look."""
ALIKE = 0.1, 0.2
"""How unlike a scratch a line that goes with the picture may be: a short one, and one that spans that share."""
STEADY = 0.3
"""The most for a line among others whose depth is as steady as the ground next to it: colonnades mislead the flow;"""
ROW = 1 / 8, 2
"""that is, with so many others within this share of the width on either side."""
APART = 0.2
"""Pixels by which a scratch must at least move differently from the picture, on average along its length, or the
equivalent in depth; the shorter it is, the more,"""
CHANGE = 2.0
"""Pixels apart that count as much as a complete change of depth."""
WILD = 0.05
"""Pixels apart, up to 0.3, that a line is credited for each pixel by which the motion next to it varies."""
CROWD = 1 / 12, 4
"""With so many other lines within this share of the width on either side, a line belongs to the picture."""
OWN = 0.15
"""Pixels apart below which the ends of a line belong to the picture."""
JUMP = 0.3
"""The most that counts for a line that goes with the picture in one of the frames."""
UNSURE = 0.1
"""Pixels of tolerance for each pixel that the picture moves: flow is less exact there."""


def crowded(line: Line, lines: list[Line], width: int) -> bool:
    """Whether so many upright lines run side by side that they are part of the picture, such as falling water."""
    return _near(line, lines, CROWD[0] * max(width, 384)) >= CROWD[1]


def in_a_row(line: Line, lines: list[Line], width: int) -> bool:
    """Whether a line is one of several, like columns."""
    return _near(line, lines, ROW[0] * max(width, 384)) >= ROW[1]


def _near(line: Line, lines: list[Line], distance: float) -> int:
    """How many of the other lines are within a distance in pixels."""
    middle = float(line.x.mean())
    return sum(other is not line and abs(float(other.x.mean()) - middle) < distance for other in lines)


@dataclass(frozen=True, kw_only=True)
class Track:
    """How a line compares with itself in other frames."""

    flows: dict[int, np.ndarray]
    """Flow to the other frames, by how many frames later they are."""
    apart: list[np.ndarray]
    """What `_apart` says for each frame that shows the line."""
    changed: list[np.ndarray]
    """What `_changed` says for each of them."""
    unlike: list[float]
    """How unlike a scratch the line is in its own frame and in each of them."""

    def independence(self) -> float:
        """How far the line goes its own way, in pixels."""
        # Of an even number the lower of the two in the middle: one line mistaken for another is far from it.
        apart = [float(np.nanmean(curve)) for curve in self.apart]
        changed = [CHANGE * float(np.clip(np.nanmean(curve[0]), 0, 1)) for curve in self.changed]
        independence = sorted(apart)[(len(apart) - 1) // 2] + float(np.median(changed))
        # What goes with the picture in one frame may jump to its like in the others, as bars side by side do.
        bound = min(a + c for a, c in zip(apart, changed, strict=True)) < OWN
        return min(independence, JUMP) if bound else independence

    def ends(self) -> tuple[int, int]:
        """First strip of the line, and the one after the last, that goes its own way; the whole line if none does."""
        both = np.array([a + CHANGE * b.min(axis=0) for a, b in zip(self.apart, self.changed, strict=True)])
        measured = ~np.isnan(both).all(axis=0)
        middle = np.zeros(measured.shape)
        middle[measured] = np.clip(np.nanmedian(both[:, measured], axis=0), 0, 1)
        strips = np.flatnonzero(smooth(middle, 3.0) > OWN)
        return (int(strips[0]), int(strips[-1]) + 1) if len(strips) else (0, len(measured))


def follow(
    line: Line, find: Callable[[Line, int], Line | None], flows: dict[int, np.ndarray], size: tuple[int, int]
) -> Track:
    """A line of a frame compared with itself in others.

    find: gives a line of this frame in another, by how many frames later that is. flows: flow (h, w, 2) to the other
    frames, of any size. size: height and width of the frame.
    """
    track = Track(flows=flows, apart=[], changed=[], unlike=[line.unlike])
    for step, flow in flows.items():
        other = find(line, step)
        if other is not None:
            track.apart.append(_apart(line, other, flow, size))
            track.changed.append(_changed(line, other))
            track.unlike.append(other.unlike)
    return track


def is_scratch(line: Line, track: Track, frames: int, sensitivity: float, row: bool) -> bool:
    """Whether a line is a scratch, from its track through so many other frames; row: whether it is one of several."""
    length = len(line.x) / line.strips
    # Where a scratch begins or ends, two frames have to do.
    plain = length > PLAIN[0] and line.unlike < PLAIN[1] / sensitivity
    if not track.apart or len(track.apart) + 1 < min(SEEN - plain, frames + 1):
        return False
    independence = track.independence()
    # A scratch runs off the picture; a cane, a seam or the gap between two legs begins and ends in it.
    if not line.runs_off:
        length *= length
    # A line that is short or hardly goes its own way has to look all the more like a scratch.
    limit = (ALIKE[length > PLAIN[0]] + 0.6 * min(1, independence) * length) / sensitivity
    if row and float(np.median([np.nanmean(curve[0]) for curve in track.changed])) < 0:
        limit = min(limit, STEADY / sensitivity)
    return independence * length > APART * sensitivity and float(np.median(track.unlike)) < limit


def promising(line: Line, track: Track) -> bool:
    """Whether a line looks so much like a scratch that it is worth a closer look at how the picture moves."""
    return len(line.x) > PLAIN[0] * line.strips and float(np.median(track.unlike)) < PROMISING


def reach(width: int) -> float:
    """The most that a scratch moves from frame to frame, in pixels."""
    return REACH * max(width, 384)


def same(line: Line, others: list[Line], most: float) -> Line | None:
    """The line of another frame that is this one, at most so many pixels away; None if there is none."""
    best, least = None, most
    for other in others:
        mine, its = _common(line, other)
        if other.bright == line.bright and len(mine) >= 0.5 * min(len(line.x), len(other.x)):
            distance = float(np.abs(mine - its).mean())
            if distance < least:
                best, least = other, distance
    return best


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
    light = np.median(depth) / max(float(np.median(before)), 1e-4)
    left, right = line.left[mine] - other.left[its], line.right[mine] - other.right[its]
    # Grain shows in the difference of the sides' changes as much as in the depth's, the picture's change in their mean.
    picture = max(float(np.abs(smooth(curve, 1.0)).mean()) for curve in (left - right, (left + right) / 2))
    change = np.stack([np.abs(smooth(depth - gain * before, 1.0)) for gain in (light, 1.0)]) - picture
    share = np.full((2, len(line.x)), np.nan)
    share[:, mine] = change / max(float(np.abs(depth).mean()), 1e-4)
    return share


def _apart(line: Line, other: Line, flow: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Pixels by which each strip's step to another frame lies outside what the picture does there and as a whole: (n,).

    NaN in strips that the other line does not have.
    """
    x, there = _common(line, other)
    scale = flow.shape[1] / size[1]
    top = max(line.top, other.top)
    rows = ((np.arange(top, top + len(x)) + 0.5) * flow.shape[0] / line.strips).astype(int)
    aside = max(6.0, size[1] / 64)
    moves = [np.full(len(x), np.median(flow[::4, ::4, 0]))]
    for away in (-2 * aside, -aside, aside, 2 * aside):
        columns = np.clip((x + away) * scale, 0, flow.shape[1] - 1).astype(int)
        moves.append(smooth(flow[rows, columns, 0], 3.0))
    step = smooth(there - x, 3.0)
    low, high = np.min(moves, axis=0) / scale, np.max(moves, axis=0) / scale
    speed = float(np.median(np.hypot(flow[::4, ::4, 0], flow[::4, ::4, 1]))) / scale
    outside = np.maximum(np.maximum(low - step, step - high), 0) - UNSURE * speed
    apart = np.full(len(line.x), np.nan)
    # Where motion is wild, some of it goes with any line and proves nothing: appearance decides.
    apart[top - line.top : top - line.top + len(x)] = np.maximum(outside, np.minimum(WILD * (high - low), 0.3))
    return apart
