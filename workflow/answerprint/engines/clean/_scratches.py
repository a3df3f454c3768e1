"""Finds scratches: thin, nearly upright lines that stay with the gate while the picture under them goes its own way.

A frame is reduced to strips, each the mean of some rows: an upright line stays, grain goes. In every strip a line must
stand out from both sides, by more than the texture around it, both as the frame shows it and once what its neighbours
show along motion is taken away, which hides lines in busy pictures least and posts most; the best path down the strips
is found by dynamic programming, so that a line may lean and waver. What counts is how long it goes on, not how strong
it is.

Kokaram, "Motion Picture Restoration" (1998), chapter 11: the horizontal profile of a scratch; Newson, Almansa,
Gousseau and Perez, "Robust automatic line scratch detection in films", IEEE Transactions on Image Processing 23
(2014): both sides alike, length against chance, and the rejection of lines that move with the scene.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ._curves import median, smooth
from ._line_paths import line_paths
from ._strips import Strips, boldest

LEAST = 0.9
"""How far a line must stand out from a strip, in units of the texture around, to gain from it."""
SCORE = 12.0
"""Sum over the strips, each clipped at 2, that makes a line: at least a fifth of the height."""
FAINT, SURE = 0.4, 5.0
"""LEAST and SCORE for a scratch that a nearby frame shows in the same place."""
TEXTURE = 4.0
"""Strips over which texture beside a line averages out, standard deviation."""
ENDS = 0.25
"""A line ends where it is less deep than this share of its deeper strips."""
BORDER = 4
"""A line runs off the picture if it ends within so many strips of its border;"""
ROOM = 0.4
"""or where the ground beyond its end leaves it less than this share of the room to stand out that it has on its way."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Course:
    """Where a line of a frame runs."""

    strips: int
    """Strips of the frame."""
    top: int
    """Its first strip."""
    x: np.ndarray
    """Its place in each strip, pixels of the full picture, float64."""

    @property
    def bottom(self) -> int:
        """The strip after its last."""
        return self.top + len(self.x)

    @cached_property
    def middle(self) -> float:
        """Its place on average."""
        return float(self.x.mean())

    @cached_property
    def span(self) -> tuple[float, float]:
        """Its leftmost and its rightmost place."""
        return float(self.x.min()), float(self.x.max())


@dataclass(frozen=True, kw_only=True, eq=False)
class Line(Course):
    """One line of one frame."""

    bright: bool
    """Lighter than the picture, or darker."""
    unlike: float
    """How unlike a scratch its profile is: how its sides, and what is beyond them, differ, in units of its depth."""
    depth: np.ndarray
    """How far it stands out from its sides in each strip, in its own tone, float64."""
    left: np.ndarray
    """Brightness to its left in each strip."""
    right: np.ndarray
    """Brightness to its right in each strip."""
    runs_off: bool
    """Whether it reaches the border of the picture, or ground so dark or so light that it would not show."""
    foreign: float
    """How far it stands out from what the neighbours show, in units of the texture there, on average."""
    new: float
    """Share of its depth that is more than what the neighbours show there, 0..1.5, in the middle."""
    unlike_new: float
    """As `unlike`, of what is more than the neighbours show."""

    def part(self, first: int, last: int) -> Line:
        """The line from its strip `first` up to, not including, its strip `last`."""
        part = slice(first, last)
        return dataclasses.replace(
            self,
            top=self.top + first,
            x=self.x[part],
            depth=self.depth[part],
            left=self.left[part],
            right=self.right[part],
        )

    def visible(self) -> Line:
        """The line without ends that the frame itself does not show: its neighbours may show them, by their absence."""
        depth = smooth(self.depth, 2.0)
        strips = np.flatnonzero(depth > ENDS * float(np.percentile(depth, 90)))
        return self.part(int(strips[0]), int(strips[-1]) + 1) if len(strips) else self


def lines(strips: Strips) -> list[Line]:
    """What looks like a scratch in a frame, the boldest first in each tone."""
    # Both tones side by side, so that one pass finds the paths of both; the margins keep them apart.
    shown, excess = strips.ridges
    return [
        _line(strips, bright, top, exact, float(excess[np.arange(top, top + len(path)), path].mean()))
        for bright, top, path, exact in _paths(shown + excess, strips.shown.shape[1])
    ]


def courses(shown: np.ndarray, width: int) -> list[Course]:
    """Where the lines run that strips (strips, w) of a frame of this width show by themselves."""
    return [
        Course(strips=len(shown), top=top, x=_full_size(exact, shown.shape[1], width))
        for _, top, _, exact in _paths(np.hstack(boldest(shown)), shown.shape[1])
    ]


def _paths(ridge: np.ndarray, wide: int) -> Iterator[tuple[bool, int, np.ndarray, np.ndarray]]:
    """Tone, first strip, columns of the ridge and exact place of each line, of bright ones beside dark ones."""
    for top, path in line_paths(ridge, wide, LEAST, SCORE):
        bright = bool(path[0] < wide)
        yield bright, top, path, _exact(ridge[top : top + len(path)], path) - (0 if bright else wide)


def _full_size(x: np.ndarray, wide: int, width: int) -> np.ndarray:
    """Places in strips so wide as places in a frame of this width."""
    return (x + 0.5) * (width / wide) - 0.5


def traced(strips: Strips, guide: Line, reach: float) -> Line | None:
    """The scratch of a nearby frame, searched for in this one's strips, within `reach` pixels of where it was there.

    There is less to choose from, so less evidence is needed. None where there is no line.
    """
    rows = strips.shown
    scale = rows.shape[1] / strips.width
    aside = int(np.ceil(reach * scale)) + 3
    place = (np.interp(np.arange(len(rows)), np.arange(guide.top, guide.bottom), guide.x) + 0.5) * scale - 0.5
    start = np.rint(place).astype(int) - aside
    wide = rows.shape[1]
    at = start[:, None] + np.arange(2 * aside + 1)
    column = np.clip(at, 0, wide - 1) + (0 if guide.bright else wide)
    shown, excess = (np.take_along_axis(ridge, column, 1) for ridge in strips.ridges)
    band = shown + excess
    band[(at < 3) | (at >= wide - 3)] = -1
    paths = line_paths(band, 0, FAINT, SURE, most=1)
    if not paths:
        return None
    top, path = paths[0]
    strip = slice(top, top + len(path))
    foreign = excess[np.arange(top, top + len(path)), path]
    return _line(strips, guide.bright, top, _exact(band[strip], path) + start[strip], float(foreign.mean()))


def without(picture: np.ndarray, width: int, lines: Sequence[Course], aside: int = 4) -> np.ndarray:
    """A picture (h, w) of a frame of this width with its lines bridged, from `aside` pixels on either side."""
    bare = picture.copy()
    for line in lines:
        strip = (np.arange(len(picture)) + 0.5) * line.strips / len(picture) - 0.5
        rows = np.flatnonzero((strip > line.top - 1) & (strip < line.bottom))
        x = np.interp(strip[rows], np.arange(line.top, line.bottom), line.x)
        centre = np.rint((x + 0.5) * picture.shape[1] / width - 0.5).astype(int)
        at = np.clip(centre[:, None] + np.arange(-aside, aside + 1), 0, picture.shape[1] - 1)
        share = np.linspace(0, 1, 2 * aside + 1, dtype=np.float32)
        bare[rows[:, None], at] = bare[rows[:, None], at[:, :1]] * (1 - share) + bare[rows[:, None], at[:, -1:]] * share
    return bare


def _line(strips: Strips, bright: bool, top: int, x: np.ndarray, foreign: float) -> Line:
    """What the strips of a frame show along a path in them."""
    rows = strips.shown
    stands, left, right = _profile(rows, bright, top, x)
    excess, before, after = _profile(strips.excess, bright, top, x)
    depth, more = stands[:, 7:10].mean(axis=1), excess[:, 7:10].mean(axis=1)
    return Line(
        strips=len(rows),
        bright=bright,
        top=top,
        x=_full_size(x, rows.shape[1], strips.width),
        unlike=_unlike(stands, depth, left - right),
        depth=depth,
        left=left,
        right=right,
        runs_off=_runs_off(rows, bright, top, x, (left + right) / 2),
        foreign=foreign,
        new=min(max(float(median(more) / max(float(median(depth)), 1e-3)), 0.0), 1.5),
        unlike_new=_unlike(excess, more, before - after),
    )


def _profile(rows: np.ndarray, bright: bool, top: int, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How far a path and 8 pixels on either side stand out from its sides, (n, 17); and both sides, (n,)."""
    at = np.clip(np.rint(x).astype(int)[:, None] + np.arange(-8, 9), 0, rows.shape[1] - 1)
    profile = np.take_along_axis(rows[top : top + len(x)], at, 1)
    left, right = profile[:, 3:6].mean(axis=1), profile[:, 11:14].mean(axis=1)
    return (1 if bright else -1) * (profile - (left + right)[:, None] / 2), left, right


def _runs_off(rows: np.ndarray, bright: bool, top: int, x: np.ndarray, ground: np.ndarray) -> bool:
    """Whether a line from strip `top` on, over this `ground`, ends only because it would not show further on."""
    bottom = top + len(x)

    def room(brightness: float) -> float:
        return 1 - brightness if bright else brightness

    for left, column, beyond in (
        (top, x[0], slice(top - 3, top)),
        (len(rows) - bottom, x[-1], slice(bottom, bottom + 3)),
    ):
        if left <= BORDER:
            return True
        # A path that leans may leave the picture at the side.
        middle = min(max(round(column), 0), rows.shape[1] - 1)
        near = slice(max(0, middle - 4), middle + 5)
        if room(float(rows[beyond, near].mean())) < ROOM * room(float(median(ground))):
            return True
    return False


def _exact(ridge: np.ndarray, path: np.ndarray) -> np.ndarray:
    """The path to a fraction of a pixel, from the centre of gravity of the ridge, smoothed along the line."""
    at = np.clip(path[:, None] + np.arange(-2, 3), 0, ridge.shape[1] - 1)
    weight = np.clip(np.take_along_axis(ridge, at, 1), 0, 8) + 1e-3
    return smooth((weight * at).sum(axis=1), 2.0) / smooth(weight.sum(axis=1), 2.0)


def _unlike(stands: np.ndarray, depth: np.ndarray, slope: np.ndarray) -> float:
    """How unlike a scratch a profile is: a scratch lies on the picture, so its sides and what is beyond are alike.

    stands: the profile minus its sides. slope: the left side minus the right one. Texture under a scratch makes its
    sides differ now this way, now that way; the edge of an object always the same way.
    """
    usual = max(float(median(depth)), 1e-3)
    shape = median(stands)
    far = max(abs(shape[:3].mean()), abs(shape[-3:].mean())) / max(float(shape.max()), 1e-4)
    return float(far + median(np.abs(smooth(slope, TEXTURE))) / usual / 2)
