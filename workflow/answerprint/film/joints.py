"""Joints: where a file's clock jumps because recordings were joined, and film time across them."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import pairwise

LONGEST = 10
"""A step of the clock by more than so many seconds, and so many usual steps, is a joint and no pause."""
STEPS = 100
BACK = 1
"""A clock that goes back by more than so many seconds was set anew."""

Joint = tuple[Fraction, Fraction]
"""What the clock should show next, and what it shows instead: seconds."""


def close(times: Sequence[Fraction | None]) -> tuple[tuple[Fraction | None, ...], list[tuple[int, Joint]]]:
    """Times without the jumps of the clock, and those jumps, each with the frame that follows it.

    After a jump the frames go on after one usual step. Times that are incomplete stay as they are.
    """
    if len(times) < 3 or any(time is None for time in times):
        return tuple(times), []
    clock = [time for time in times if time is not None]
    forward = [b - a for a, b in pairwise(clock) if b > a]
    if not forward:
        return tuple(times), []
    usual = statistics.median_low(forward)
    moved, closed, jumps = Fraction(0), [clock[0]], []
    for index, (before, after) in enumerate(pairwise(clock), start=1):
        step = after - before
        if (step > LONGEST and step > STEPS * usual) or step < -BACK:
            due = before + usual
            jumps.append((index, (due, after)))
            moved += after - due
        closed.append(after - moved)
    return tuple(closed), jumps


class FilmClock:
    """Film time by a file's clock, for times that come in the order of the film."""

    def __init__(self, start: Fraction, joints: Iterable[Joint] = ()) -> None:
        self._start = start
        self._joints = list(joints)
        self._last: Fraction | None = None

    def seconds(self, time: Fraction) -> Fraction:
        """Seconds after the first picture."""
        while self._joints and self._passed(time, *self._joints[0]):
            due, shown = self._joints.pop(0)
            self._start += shown - due
        self._last = time
        return time - self._start

    def _passed(self, time: Fraction, due: Fraction, shown: Fraction) -> bool:
        """Whether a time lies behind the next joint: nearer to what the clock shows there than to what is due."""
        if shown > due:
            return time > (due + shown) / 2
        return self._last is not None and time < self._last - (due - shown) / 2

    def shift(self, seconds: Fraction) -> None:
        """From here on, everything is so much earlier."""
        self._start += seconds
