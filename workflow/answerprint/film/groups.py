"""Groups: the runs of frames of an edition that lossy prints encode by themselves, each as a closed group of pictures.

A group lies within one shot and lasts about four seconds at most. Where groups begin follows from the shots alone, so
that the frames of a print do not depend on how the film was cut into parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import ceil

from .frame_rates import Retiming
from .shots import Shot

SECONDS = 4
"""A player can begin at each group, and streams are cut there: 2 to 6 seconds are usual. Starting afresh costs bits."""


@dataclass(frozen=True, kw_only=True)
class Group:
    """Frames start..stop (exclusive) of an edition."""

    start: int
    stop: int


def of_edition(shots: Sequence[Shot], retiming: Retiming) -> tuple[Group, ...]:
    """The groups of an edition of a film with these shots, in order, without gaps."""
    longest = max(1, round(SECONDS * retiming.after))
    groups = []
    for shot in shots:
        # An output frame belongs to the shot that the film shows at that time.
        start, stop = retiming.begins(shot.start), retiming.begins(shot.stop)
        number = ceil((stop - start) / longest)
        edges = [start + (stop - start) * index // number for index in range(number + 1)] if number > 0 else []
        groups += [Group(start=a, stop=b) for a, b in pairwise(edges)]
    return tuple(groups)


def longest_in_film(rate: Fraction) -> int:
    """The most film frames that a group may span, at any rate of its edition."""
    return ceil(SECONDS * rate) + 1
