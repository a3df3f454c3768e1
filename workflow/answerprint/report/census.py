"""Census: how many pixels each combination of stages changed, counted over every frame from the change maps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ..plan.chain import KINDS, STAGES
from ..prints.change_maps import ELEMENT

UNTOUCHED = "untouched"
Census = dict[int, Counter[int]]
"""By the first frame of a shot: how many pixels have each value in the change map."""


def count(maps: Iterable[tuple[int, np.ndarray]], shots: Sequence[Mapping[str, Any]]) -> Census:
    """The census of some frames: (film frame, change map uint16 (h, w)) of each."""
    starts = [int(shot["start"]) for shot in shots]
    totals: Census = {}
    for frame, marks in maps:
        start = max((start for start in starts if start <= frame), default=0)
        numbers = np.bincount(marks.ravel(), minlength=1 << len(STAGES))
        totals.setdefault(start, Counter()).update(
            {int(value): int(numbers[value]) for value in np.flatnonzero(numbers)}
        )
    return totals


def to_json(totals: Census) -> dict[str, dict[str, int]]:
    """The census as JSON takes it."""
    return {str(start): {str(value): number for value, number in numbers.items()} for start, numbers in totals.items()}


def from_json(rows: Iterable[Mapping[str, Mapping[str, int]]]) -> Census:
    """The census of several parts together."""
    totals: Census = {}
    for row in rows:
        for start, numbers in row.items():
            totals.setdefault(int(start), Counter()).update({int(value): number for value, number in numbers.items()})
    return totals


def whole(totals: Census) -> Counter[int]:
    """The census of the whole film."""
    together: Counter[int] = Counter()
    for numbers in totals.values():
        together.update(numbers)
    return together


def by_stage(numbers: Mapping[int, int]) -> dict[str, float]:
    """The share of pixels 0..1 that each stage changed, in the order of the stages; without those that changed none."""
    total = sum(numbers.values())
    shares = {
        stage: sum(number for value, number in numbers.items() if value >> bit & 1) / total
        for bit, stage in enumerate(STAGES)
        if total
    }
    return {stage: share for stage, share in shares.items() if share}


def of_elements(numbers: Mapping[int, int]) -> float:
    """The share of pixels 0..1 that are another element's."""
    total = sum(numbers.values())
    return sum(number for value, number in numbers.items() if value & ELEMENT) / total if total else 0.0


def by_kind(numbers: Mapping[int, int], kinds: Mapping[str, str], drawn: float = 0.0) -> dict[str, float]:
    """The share of pixels by the highest class that touched each: repair, enhance, generate, or untouched; sums to 1.

    kinds: the class of each stage; drawn: the share of pixels that were drawn from fields before the first stage, which
    is a repair too. Stages are taken to touch as many of them as of the others.
    """
    shares = dict.fromkeys([UNTOUCHED, *KINDS], 0.0)
    total = sum(numbers.values())
    for value, number in numbers.items():
        touched = [kinds[stage] for bit, stage in enumerate(STAGES) if value >> bit & 1 and stage in kinds]
        shares[max(touched, key=KINDS.index) if touched else UNTOUCHED] += number / total
    between = shares[UNTOUCHED] * drawn
    return {**shares, UNTOUCHED: shares[UNTOUCHED] - between, "repair": shares["repair"] + between}
