"""The quality at which a group of pictures has the VMAF that is asked for, found with a few probes.

A probe encodes frames at one quality and measures them. VMAF falls almost in a straight line with CRF near the values
that anyone asks for: two probes of a few frames find the line, and one of the whole group says how far off it lies.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil, floor, log2

Probe = Callable[[float], float]
"""VMAF by CRF."""

CHECKS = 2
"""Probes of the whole group, at most."""
SURE = 2.0
"""CRF by which a quality may differ from one that was probed."""
APART = 3.0
"""CRF between the probes of a few frames, at least."""
SLOPE = 1.0
"""VMAF that a step of CRF costs, until two probes have shown it."""
LEAST_SLOPE = 0.2
"""What it costs at least: lines as flat as those of black frames meet no target."""
STEP = 0.25
"""Steps of CRF: each costs 1 to 2 % of the bits."""

WORST = 51.0
"""The largest CRF that all codecs have."""


@dataclass(frozen=True, kw_only=True)
class Scale:
    """The CRF values that may be chosen for a codec, from best to worst, and the one to try first."""

    best: float
    first: float
    worst: float


# Beyond the worst, flat and dark shots still have a high VMAF, but show blocks and bands.
SCALES = {
    "x264": Scale(best=8, first=22, worst=32),
    "x265": Scale(best=8, first=24, worst=34),
    "svtav1": Scale(best=10, first=36, worst=54),
}


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The quality of a group, and the VMAF that its probes promise at it."""

    quality: float
    vmaf: float


def choose(few: Probe, whole: Probe, scale: Scale, target: float) -> Choice:
    """The worst quality of a scale at which a group is expected to reach `target`; the best where none does.

    `few` measures some frames of the group, which show how fast its VMAF falls; `whole` measures all of them.
    """
    points = {scale.first: few(scale.first)}
    second = _crossing(points, scale, target, SLOPE)
    # Two probes too near to each other would show the slope badly.
    second = scale.first - APART if abs(second - scale.first) < APART else second
    points[second] = few(second)
    slope = _slope(points, target, SLOPE)
    crf = _crossing(points, scale, target, slope)
    checked: dict[float, float] = {}
    for _ in range(CHECKS):
        checked[crf] = whole(crf)
        before, crf = crf, _crossing(checked, scale, target, slope)
        # So near to a check the line is as good as another one.
        if crf in checked or abs(crf - before) <= SURE:
            break
    nearest = min(checked, key=lambda other: abs(other - crf))
    return Choice(quality=crf, vmaf=round(checked[nearest] - slope * (crf - nearest), 2))


def _crossing(points: Mapping[float, float], scale: Scale, target: float, slope: float) -> float:
    """Where the line through the points nearest to the target meets it, on the better side of a step.

    `slope` is what a step of CRF costs where there is one point only.
    """
    nearest = min(points, key=lambda crf: abs(points[crf] - target))
    crf = nearest + (points[nearest] - target) / _slope(points, target, slope)
    return min(max(floor(crf / STEP) * STEP, scale.best), scale.worst)


def _slope(points: Mapping[float, float], target: float, otherwise: float) -> float:
    """VMAF that a step of CRF costs between the two points nearest to the target."""
    if len(points) < 2:
        return otherwise
    one, other = sorted(points, key=lambda crf: abs(points[crf] - target))[:2]
    return max((points[one] - points[other]) / (other - one), LEAST_SLOPE)


def within(bitrate: Callable[[float], float], crf: float, ceiling: float) -> float:
    """The first quality from `crf` on at which `bitrate`, kilobits a second by CRF, is not above a ceiling.

    Where not even the worst is, that is given.
    """
    while crf < WORST and (needed := bitrate(crf) / ceiling) > 1:
        # A step of six halves the bits, or nearly.
        crf = min(WORST, crf + max(1.0, ceil(6 * log2(needed) / STEP) * STEP))
    return crf
