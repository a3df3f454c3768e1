"""The quality at which a group of pictures has the VMAF that is asked for, found with a few probes on a few frames.

A probe encodes the frames at one quality and measures them. VMAF falls almost in a straight line with CRF near the
values that anyone asks for, so that two probes and a third one between them find it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, floor, log2

PROBES = 3
NEAR = 0.25
"""VMAF by which a probe may exceed what is asked for without a further one."""
SLOPE = 1.0
"""VMAF that a step of CRF costs, until two probes have shown it."""
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


def choose(probe: Callable[[float], float], scale: Scale, target: float) -> Choice:
    """The worst quality of a scale at which `probe`, VMAF by CRF, is expected to reach `target`.

    Where not even the best quality does, it is chosen.
    """
    points: dict[float, float] = {}
    crf = scale.first
    for _ in range(PROBES):
        points[crf] = probe(crf)
        if 0 <= points[crf] - target <= NEAR:
            break
        crf = _next(points, scale, target)
        if crf in points:
            break
    crf = _next(points, scale, target)
    return Choice(quality=crf, vmaf=round(points.get(crf, _line(points, target)(crf)), 2))


def _next(points: dict[float, float], scale: Scale, target: float) -> float:
    """Where the line through the probes nearest to the target meets it, on the better side of a step."""
    line = _line(points, target)
    slope = line(1.0) - line(0.0)
    crossing = (target - line(0.0)) / slope
    return min(max(floor(crossing / STEP) * STEP, scale.best), scale.worst)


def _line(points: dict[float, float], target: float) -> Callable[[float], float]:
    """A falling line through the two probes on either side of the target, or the nearest two, or the only one."""
    above = sorted((crf for crf, score in points.items() if score >= target), reverse=True)
    below = sorted(crf for crf, score in points.items() if score < target)
    pair = (above[:1] + below[:1]) if above and below else (above or below)[:2]
    anchor = pair[0]
    slope = -SLOPE
    if len(pair) == 2:
        slope = min((points[pair[1]] - points[pair[0]]) / (pair[1] - pair[0]), -SLOPE / 5)
    return lambda crf: points[anchor] + slope * (crf - anchor)


def within(bitrate: Callable[[float], float], crf: float, ceiling: float) -> float:
    """The first quality from `crf` on at which `bitrate`, kilobits a second by CRF, is not above a ceiling.

    Where not even the worst is, that is given.
    """
    while crf < WORST and (needed := bitrate(crf) / ceiling) > 1:
        # A step of six halves the bits, or nearly.
        crf = min(WORST, crf + max(1.0, ceil(6 * log2(needed) / STEP) * STEP))
    return crf
