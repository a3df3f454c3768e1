"""Worst frames: which frames of a film a person should look at first, by one measure after another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from . import series

MOST = 10
"""Frames listed for each measure."""


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A number of each frame that says how much a stage risked there."""

    title: str
    stage: str
    statistic: str
    """Of the stage's record; `changed` is its share of pixels."""
    against: str = ""
    """Another statistic, whose distance counts."""
    lowest: bool = False
    """The lowest values are the worst."""
    where: str = ""
    """A statistic that must be above zero for the frame to count."""
    unit: str = "share"
    """share, pixels, brightness or score; empty where the number itself says nothing."""


MEASURES = (
    Measure(title="largest repair", stage="clean", statistic="changed"),
    Measure(title="least certain repair: no neighbouring frame showed it", stage="clean", statistic="inpainted"),
    Measure(title="furthest moved", stage="stabilise", statistic="shift", unit="pixels"),
    Measure(title="brightness changed most", stage="deflicker", statistic="after", against="before", unit="brightness"),
    Measure(title="furthest from the input once reduced", stage="upscale", statistic="residue", unit="brightness"),
    Measure(title="faces changed most", stage="faces", statistic="change", unit="brightness"),
    Measure(
        title="faces least like the person",
        stage="faces",
        statistic="identity",
        lowest=True,
        where="faces",
        unit="score",
    ),
    Measure(
        title="most uncertain colour", stage="colorize", statistic="trust", lowest=True, where="coloured", unit="score"
    ),
    Measure(title="frames drawn for lost ones", stage="interpolate", statistic="lost", unit=""),
    Measure(title="in-between frames that were held", stage="interpolate", statistic="held"),
)
"""In the order in which they are shown. Statistics that an engine does not have are passed over."""


@dataclass(frozen=True, kw_only=True)
class WorstFrame:
    """A frame among the worst by one measure."""

    frame: int
    """Of the film."""
    value: float
    measure: Measure


def rank(
    records: Sequence[Mapping[str, Any]], rate: Fraction, frames: int, *, most: int = MOST
) -> Iterator[list[WorstFrame]]:
    """For each measure that the records have, its worst frames, worst first; frames without any change are none.

    records: stage records of one part or of a whole film at `rate` with `frames` frames. Neighbouring frames are much
    alike, so of frames within a quarter of a second only the worst is listed.
    """
    apart = max(1, round(rate / 4))
    for measure in MEASURES:
        values = _values(measure, [record for record in records if record["stage"] == measure.stage], frames)
        worst: list[WorstFrame] = []
        order = sorted(values.items(), key=lambda pair: (pair[1] if measure.lowest else -pair[1], pair[0]))
        for frame, value in order:
            if len(worst) < most and all(abs(frame - other.frame) >= apart for other in worst):
                worst.append(WorstFrame(frame=frame, value=value, measure=measure))
        if worst:
            yield worst


def _values(measure: Measure, records: Sequence[Mapping[str, Any]], frames: int) -> dict[int, float]:
    """The number of each frame that the measure counts."""
    columns = series.by_frame(records, frames)
    if measure.statistic not in columns or (measure.against and measure.against not in columns):
        return {}
    values = columns[measure.statistic]
    if measure.against:
        values = np.abs(values - columns[measure.against])
    counts = np.isfinite(values) & (columns[measure.where] > 0 if measure.where in columns else True)
    counts = counts if measure.lowest else counts & (values > 0)
    return {int(frame): float(values[frame]) for frame in np.flatnonzero(counts)}
