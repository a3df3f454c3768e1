"""Cadence: frames that show the one before again, as in animation on twos or 16 frames a second printed to 24.

What is left without them are the film's own frames, evenly spaced where the repeats follow a rule.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

import numpy as np

LONGEST = 4
"""Frames that show one frame of a rule, at most: a picture that stands longer is meant to stand."""
LEAST_REPEATS = 3
"""A rule is one from so many repeats on."""
STEPS = tuple(
    sorted(
        {Fraction(p, q) for q in range(1, 6) for p in range(q + 1, LONGEST * q + 1)}
        | {Fraction(q + 1, q) for q in range(6, 25)},
        key=lambda step: (step.denominator, step),
    )
)
"""Film frames to one frame of the film's own, the simplest first: twos, threes, fours, 3/2 (16 to 24), 4/3 (18 to 24),
5/4 (24 to 30), ..., 25/24 (24 to 25)."""


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """Film frames first..stop (exclusive), of which every `step`-th moment has a frame of the film's own."""

    first: int
    stop: int
    step: Fraction

    def __str__(self) -> str:
        return f"{self.first}-{self.stop} by {self.step}"


def parse(text: str) -> Stretch:
    """A stretch as written: "120-168 by 2", or "by 3/2". Raises ValueError for anything else."""
    match = re.fullmatch(r"\s*(\d{1,9})\s*-\s*(\d{1,9})\s+by\s+(\d{1,3}(?:/[1-9]\d{0,2})?)\s*", text)
    stretch = match and Stretch(first=int(match[1]), stop=int(match[2]), step=Fraction(match[3]))
    if not stretch or not stretch.first < stretch.stop or not 1 < stretch.step <= LONGEST:
        raise ValueError(
            f"a stretch of repeated frames is {text!r}, but it must be written like '120-168 by 2' or "
            f"'120-168 by 3/2', with more than 1 and at most {LONGEST} film frames for each frame"
        )
    return stretch


def find(repeated: np.ndarray, first: int) -> list[Stretch]:
    """The stretches of a shot with a rule, from bool (frames,): whether each shows the one before again."""
    own = [first + int(index) for index in np.flatnonzero(~repeated | (np.arange(len(repeated)) == 0))]
    stretches: list[Stretch] = []
    index = 0
    while index < len(own):
        # A frame more that fits is no reason for an odder rule.
        fits = [(_follows(own, index, step), step) for step in STEPS]
        count, step = max(fits, key=lambda fit: fit[0] - fit[1].denominator)
        last = index + count - 1
        stop = min(ceil(own[index] + step * count), own[last + 1] if last + 1 < len(own) else first + len(repeated))
        if stop - own[index] - count >= LEAST_REPEATS and count > LEAST_REPEATS:
            stretches.append(Stretch(first=own[index], stop=stop, step=step))
            index += count
        else:
            index += 1
    return stretches


def _follows(own: Sequence[int], index: int, step: Fraction) -> int:
    """How many own frames from `index` on first show when a rule with that step says."""
    count = 1
    while index + count < len(own) and own[index + count] == ceil(own[index] + step * count):
        count += 1
    return count


@dataclass(frozen=True, kw_only=True)
class OwnFrames:
    """The film's own frames in one shot, start..stop (exclusive), and the moments that they belong to."""

    start: int
    stop: int
    stretches: tuple[Stretch, ...] = ()
    absent: Collection[int] = ()
    """Film frames that show nothing of their own."""

    def around(self, position: Fraction) -> tuple[int, int, Fraction]:
        """The own frames before and after a position, and how far it is from one to the other, 0 <= share < 1.

        The share is 0 on a frame, and where no later frame of the shot follows: that frame is then to be held.
        """
        before, begin = self._at_or_before(position)
        while before in self.absent and before > self.start:
            before, begin = self._at_or_before(Fraction(before - 1))
        after, end = self._next(position)
        while after in self.absent and after < self.stop:
            after, end = self._next(end)
        if position <= begin or after >= self.stop:
            return before, before, Fraction(0)
        return before, after, (position - begin) / (end - begin)

    def _at_or_before(self, position: Fraction) -> tuple[int, Fraction]:
        """The last frame, absent or not, that belongs to a moment no later than `position`, and that moment."""
        stretch = next((one for one in self.stretches if one.first <= position < one.stop), None)
        if stretch is None:
            frame = min(int(position), self.stop - 1)
            return frame, Fraction(frame)
        moment = stretch.first + (position - stretch.first) // stretch.step * stretch.step
        return ceil(moment), Fraction(moment)

    def _next(self, position: Fraction) -> tuple[int, Fraction]:
        """The first frame that belongs to a moment later than `position`, and that moment."""
        stretch = next((one for one in self.stretches if one.first <= position < one.stop), None)
        if stretch is None:
            return int(position) + 1, Fraction(int(position) + 1)
        moment = stretch.first + ((position - stretch.first) // stretch.step + 1) * stretch.step
        moment = min(Fraction(moment), Fraction(stretch.stop))
        return ceil(moment), moment
