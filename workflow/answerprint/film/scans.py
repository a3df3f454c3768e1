"""Stretches of a film that were scanned in different ways: progressive, either field first, or film with pulldown.

A tape joined from several sources holds all of them. Each frame has a vote; the stretches are the run of states that
contradicts the fewest votes, where every change of state counts as much as several of them (Viterbi, 1967).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from .pulldown import CYCLE

Way = Literal["progressive", "tff", "bff", "pulldown"]

CHANGE = 12.0
"""Votes that a change of state must save."""
DECIDED = 20
"""Moving frames with a vote that a stretch must have, or it belongs to the one before it."""
SURE = 50
"""And where the whole film has the rhythm of pulldown, which still or jerky scenes hide now and then."""
UNSEEN = 0.6
"""What a frame that moves without repeated fields close by counts against pulldown, and one with them for it."""
MARKED = 0.25
"""What a progressive vote counts against fields where the file says that it holds fields: calm fields look whole."""
NEAR, CUT = 12, 0.3
"""A stretch begins at the cut within so many frames where most has changed, if that is this share of the picture."""


@dataclass(frozen=True, kw_only=True)
class Scan:
    """How frames first..stop were scanned."""

    first: int
    stop: int
    way: Way
    top_first: bool = True
    """Whether the top field comes first; counts in fields and pulldown."""

    @property
    def order(self) -> str:
        """progressive, or which field comes first."""
        return "progressive" if self.way == "progressive" else "tff" if self.top_first else "bff"


@dataclass(frozen=True, kw_only=True)
class Votes:
    """What was seen in each frame of a film."""

    orders: Sequence[str]
    """tff, bff, progressive or undetermined."""
    repeats: Sequence[str]
    """The field that repeats the frame before's: top, bottom or neither."""
    moving: Sequence[bool]
    marked: Sequence[bool]
    """Whether the file says that the frame holds fields."""
    changes: Sequence[float]
    """Share of the picture that differs from the frame before."""


def stretches(votes: Votes, combed: Callable[[int, int], bool], *, pulldown: bool, sure: bool) -> tuple[Scan, ...]:
    """The stretches of a film that is not the same throughout; none if it is.

    combed: whether frames first..stop are; pulldown: whether the rate allows pulldown; sure: whether the film as a
    whole has it, so that a stretch without needs more to show for it.
    """
    if len(votes.orders) < 2 * DECIDED:
        return ()
    ways: list[Way] = ["progressive", "tff", "bff", *(("pulldown",) if pulldown else ())]
    states = _cheapest(np.stack([_against(votes, way) for way in ways]))
    runs = _merged(_runs([ways[state] for state in states]))
    runs = _merged([(a, b, way if way not in ("tff", "bff") or combed(a, b) else "progressive") for a, b, way in runs])
    least = SURE if sure else DECIDED
    runs = _merged(_telling(runs, lambda a, b: _decided(votes, a, b) >= least))
    if len(runs) < 2:
        return ()
    begins = [0, *(_cut(votes.changes, first) for first, _, _ in runs[1:]), len(votes.orders)]
    return tuple(
        Scan(first=first, stop=stop, way=way, top_first=_top_first(votes, first, stop))
        for first, stop, (_, _, way) in zip(begins[:-1], begins[1:], runs, strict=True)
    )


Run = tuple[int, int, Way]


def _against(votes: Votes, way: Way) -> np.ndarray:
    """What each frame's vote counts against a way of scanning, (n,)."""
    orders = np.array(votes.orders)
    rhythm = _in_rhythm(votes.repeats)
    counts = np.array(votes.moving) & (orders != "undetermined")
    if way == "pulldown":
        cost = np.where(rhythm, 0.0, UNSEEN)
    elif way == "progressive":
        cost = (orders != "progressive") + UNSEEN * rhythm
    else:
        progressive = np.where(votes.marked, MARKED, 1.0)
        cost = np.where(orders == way, 0.0, np.where(orders == "progressive", progressive, 1.0)) + UNSEEN * rhythm
    return np.asarray(np.where(counts, cost, 0.0))


def _in_rhythm(repeats: Sequence[str]) -> np.ndarray:
    """Whether a repeated field close to a frame recurs a cycle later or came a cycle before: bool (n,)."""
    kinds = np.array(repeats)
    recurs = np.zeros(len(kinds), bool)
    same = (kinds[CYCLE:] == kinds[:-CYCLE]) & (kinds[CYCLE:] != "neither")
    recurs[CYCLE:] |= same
    recurs[:-CYCLE] |= same
    around = np.convolve(recurs, np.ones(2 * CYCLE - 1))
    return np.asarray(around[CYCLE - 1 : CYCLE - 1 + len(kinds)] > 0)


def _cheapest(costs: np.ndarray) -> list[int]:
    """The state of each frame in the run of states that costs least, from costs (states, n)."""
    total = costs[:, 0]
    came_from = []
    for column in costs.T[1:]:
        best = int(total.argmin())
        stays = total <= total[best] + CHANGE
        came_from.append(np.where(stays, np.arange(len(total)), best))
        total = np.where(stays, total, total[best] + CHANGE) + column
    path = [int(total.argmin())]
    for origin in reversed(came_from):
        path.append(int(origin[path[-1]]))
    return path[::-1]


def _runs(ways: Sequence[Way]) -> Iterator[Run]:
    for index, way in enumerate(ways):
        yield index, index + 1, way


def _merged(runs: Iterator[Run] | Sequence[Run]) -> list[Run]:
    """Runs of frames, neighbours of one way as one."""
    merged: list[Run] = []
    for first, stop, way in runs:
        if merged and merged[-1][2] == way:
            first = merged.pop()[0]
        merged.append((first, stop, way))
    return merged


def _telling(runs: Sequence[Run], tells: Callable[[int, int], bool]) -> Iterator[Run]:
    """The runs, those that say too little as the one before them, or at the start as the first that says enough."""
    way = next((way for first, stop, way in runs if tells(first, stop)), runs[0][2])
    for first, stop, own in runs:
        way = own if tells(first, stop) else way
        yield first, stop, way


def _decided(votes: Votes, first: int, stop: int) -> int:
    pairs = zip(votes.orders[first:stop], votes.moving[first:stop], strict=True)
    return sum(moves and order != "undetermined" for order, moves in pairs)


def _top_first(votes: Votes, first: int, stop: int) -> bool:
    orders = list(votes.orders[first:stop])
    return orders.count("tff") >= orders.count("bff")


def _cut(changes: Sequence[float], first: int) -> int:
    """Where a stretch that seems to begin at `first` does: at the cut close by, if there is one."""
    low = max(1, first - NEAR)
    near = np.array(changes[low : first + NEAR + 1])
    return low + int(near.argmax()) if near.max() >= CUT else first
