"""Where a gradual transition begins a shot: a dissolve in its middle, a fade in the middle of its black or white."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ...film.shots import Transition

EVEN = 6.0
"""Standard deviation, of 255, below which a picture counts as even, as black and white are."""
LEFT = 0.2
"""Share of the most that a transition shows, below which its least must be: light that merely sinks leaves more."""
ALIKE = 2.0
"""By how much the deviation of black differs from frame to frame, because of grain, at most."""
BESIDE = 1
"""Frames on either side of those that the network marks in which a fade may reach its black."""


def spreads(proxy: np.ndarray) -> np.ndarray:
    """The standard deviation of each of the pictures uint8 (n, h, w, 3): float64 (n,), 0..255."""
    return np.array([picture.std() for picture in proxy])


def start(marked: tuple[int, int], spread: np.ndarray, cuts: Iterable[int]) -> tuple[int, Transition] | None:
    """Where the transition that the network marks begins a shot, and how, from the `spreads` of the film.

    None where it begins none: a fade whose black begins or ends with the film, or at a cut.
    """
    begin, end = marked
    black = _black(begin, end, spread)
    if not black:
        return (begin + end) // 2, "dissolve"
    first, stop = black
    if any(first <= edge <= stop for edge in (0, len(spread), *cuts)):
        return None
    return (first + stop) // 2, "fade"


def _black(begin: int, end: int, spread: np.ndarray) -> tuple[int, int] | None:
    """The even frames, first..stop, that frames begin..end lead to or come from; None if they pass none."""
    low, high = max(0, begin - BESIDE), end + BESIDE
    first = low + int(spread[low:high].argmin())
    if spread[first] >= min(EVEN, LEFT * spread[low:high].max()):
        return None
    stop = first + 1
    while first and spread[first - 1] < EVEN:
        first -= 1
    while stop < len(spread) and spread[stop] < EVEN:
        stop += 1
    # A dark scene may be even too, but it is less so than the black that it sinks into.
    evenest = first + np.flatnonzero(spread[first:stop] <= spread[first:stop].min() + ALIKE)
    return int(evenest[0]), int(evenest[-1]) + 1
