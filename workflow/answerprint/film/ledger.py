"""The ledger: which source frame each film frame is, at a constant rate, and where decoding finds it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

OFF_BEAT = 0.3
"""Frames by which a time may be off the beat of a constant rate; Matroska rounds to a millisecond."""
STANDARD_RATES = tuple(
    Fraction(*r)
    for r in (
        (24000, 1001),
        (24, 1),
        (25, 1),
        (30000, 1001),
        (30, 1),
        (50, 1),
        (60000, 1001),
        (60, 1),
        (12, 1),
        (15, 1),
        (16, 1),
        (18, 1),
        (20, 1),
    )
)
UNKNOWN = np.iinfo(np.int64).min
"""The tick of a frame without a time stamp."""


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """Which picture each film frame is, and where decoding finds it."""

    frames: np.ndarray
    """int64, (film frames,): pictures."""
    ticks: np.ndarray
    """int64, (decoded frames,): time stamps in units of 1/`base` second; UNKNOWN where there is none."""
    base: int
    keys: np.ndarray
    """bool, (decoded frames,): decoding can start there."""
    sums: np.ndarray
    """uint32, (decoded frames,): checksums of decoded frames; empty for folders of frames."""


def ticks_of(times: tuple[Fraction | None, ...]) -> tuple[np.ndarray, int]:
    """Times in seconds as whole ticks, and how many ticks make a second."""
    base = math.lcm(*{time.denominator for time in times if time is not None})
    ticks = [UNKNOWN if t is None else t.numerator * (base // t.denominator) for t in times]
    return np.array(ticks, np.int64), base


def save(path: Path, kept: Ledger) -> None:
    """Write a ledger."""
    with path.open("wb") as file:
        np.savez_compressed(
            file, frames=kept.frames, ticks=kept.ticks, base=np.array(kept.base), keys=kept.keys, sums=kept.sums
        )


def read(path: Path) -> Ledger:
    """The ledger that `save` wrote."""
    with np.load(path) as kept:
        arrays = {name: kept[name] for name in ("frames", "ticks", "keys", "sums")}
        return Ledger(**arrays, base=int(kept["base"]))


def frames_at_constant_rate(times: tuple[Fraction | None, ...], rate: Fraction) -> tuple[Fraction, np.ndarray]:
    """The film's constant rate, and which decoded frame each of its frames is.

    Frames on the beat of the header's rate, of the standard rate next to it, or of the one next to their mean are
    taken one for one; so are frames without usable times. Otherwise the rate is the standard one nearest to the
    usual step, and each film frame shows the last source frame begun by its middle.
    """
    one_for_one = np.arange(len(times))
    if len(times) < 3 or any(time is None for time in times):
        return rate, one_for_one
    begins = np.array([float(time - times[0]) for time in times])  # type: ignore[operator]
    steps = np.diff(begins)
    if (steps <= 0).any():
        return rate, one_for_one
    mean = Fraction(len(steps) / begins[-1])
    for beat in (_standard(rate, 0.0005), rate, _standard(mean, 0.01)):
        if (np.abs(begins * float(beat) - one_for_one) <= OFF_BEAT).all():
            return beat, one_for_one
    usual = float(np.median(steps))
    chosen = _standard(Fraction(1 / usual), 0.02)
    if chosen not in STANDARD_RATES:
        chosen = Fraction(max(1, round(1 / usual)))
    count = max(1, round((begins[-1] + usual) * float(chosen)))
    middles = (np.arange(count) + 0.5) / float(chosen)
    return chosen, np.maximum(np.searchsorted(begins, middles, side="right") - 1, 0)


def _standard(rate: Fraction, within: float) -> Fraction:
    """The standard rate next to a rate, or the rate itself where none is within that share of it."""
    nearest = min(STANDARD_RATES, key=lambda known: abs(known - rate))
    return nearest if abs(nearest - rate) <= within * rate else rate
