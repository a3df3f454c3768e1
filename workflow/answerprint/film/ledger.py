"""The ledger: which source frame each film frame is, at a constant rate, and where to decode it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

JITTER = 0.3
"""How far, in frames, a time stamp may lie from that of a constant rate; Matroska rounds to a millisecond."""
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
BLACK = -1
"""The picture of a film frame that shows none."""


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """Which picture each film frame is, and where to decode it."""

    frames: np.ndarray
    """int64, (film frames,): index of the picture that each film frame shows; BLACK where it shows none."""
    ticks: np.ndarray
    """int64, (decoded frames,): time stamps in units of 1/`base` second; UNKNOWN where there is none."""
    base: int
    keys: np.ndarray
    """bool, (decoded frames,): whether decoding can start there."""
    sums: np.ndarray
    """uint32, (decoded frames,): checksums of decoded frames; in a folder, of the frames' files."""


def ticks_of(times: tuple[Fraction | None, ...]) -> tuple[np.ndarray, int]:
    """Times in seconds as whole ticks, and how many ticks make a second."""
    base = math.lcm(*{time.denominator for time in times if time is not None})
    ticks = [UNKNOWN if t is None else t.numerator * (base // t.denominator) for t in times]
    return np.array(ticks, np.int64), base


def save(path: Path, ledger: Ledger) -> None:
    """Write a ledger as .npz."""
    with path.open("wb") as file:
        np.savez_compressed(
            file,
            frames=ledger.frames,
            ticks=ledger.ticks,
            base=np.array(ledger.base),
            keys=ledger.keys,
            sums=ledger.sums,
        )


def read(path: Path) -> Ledger:
    """The ledger that `save` wrote."""
    with np.load(path) as stored:
        arrays = {name: stored[name] for name in ("frames", "ticks", "keys", "sums")}
        return Ledger(**arrays, base=int(stored["base"]))


def frames_at_constant_rate(times: tuple[Fraction | None, ...], rate: Fraction) -> tuple[Fraction, np.ndarray]:
    """The film's constant rate, and the decoded frame that each film frame shows.

    Frames are taken one for one if their times fit the header's rate, the nearest standard rate, or the standard rate
    nearest to their mean, and also if their times are unusable. Otherwise the rate is the standard one nearest to the
    median step, and each film frame shows the last source frame that has begun by its middle.
    """
    one_for_one = np.arange(len(times))
    if len(times) < 3 or any(time is None for time in times):
        return rate, one_for_one
    begins = np.array([float(time - times[0]) for time in times])  # type: ignore[operator]
    steps = np.diff(begins)
    if (steps <= 0).any():
        return rate, one_for_one
    mean = Fraction(len(steps) / begins[-1])
    # Containers hold rates as two numbers of 32 bits.
    mean = mean.limit_denominator(1001) or mean
    for candidate in (_standard(rate, 0.0005), rate, _standard(mean, 0.01)):
        if (np.abs(begins * float(candidate) - one_for_one) <= JITTER).all():
            return candidate, one_for_one
    median_step = float(np.median(steps))
    chosen = _standard(Fraction(1 / median_step), 0.02)
    if chosen not in STANDARD_RATES:
        chosen = Fraction(max(1, round(1 / median_step)))
    count = max(1, round((begins[-1] + median_step) * float(chosen)))
    middles = (np.arange(count) + 0.5) / float(chosen)
    return chosen, np.maximum(np.searchsorted(begins, middles, side="right") - 1, 0)


def _standard(rate: Fraction, within: float) -> Fraction:
    """The standard rate nearest to `rate`, or `rate` itself if none lies within that share of it."""
    nearest = min(STANDARD_RATES, key=lambda standard: abs(standard - rate))
    return nearest if abs(nearest - rate) <= within * rate else rate
