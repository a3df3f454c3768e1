"""Numbers as people read them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

THIN = "\u202f"
"""The narrow no-break space between a number and its unit."""


def clock(seconds: float | Fraction) -> str:
    """Seconds as 1:02:03.4, or 2:03.4 under an hour."""
    minutes, tenths = divmod(round(seconds * 10), 600)
    hours, minutes = divmod(minutes, 60)
    text = f"{tenths / 10:04.1f}"
    return f"{hours}:{minutes:02d}:{text}" if hours else f"{minutes}:{text}"


def number(value: float) -> str:
    """A number with three significant digits; whole numbers, and those above a thousand, without a fraction."""
    if not math.isfinite(value):
        return "unknown"
    if float(value).is_integer() or abs(value) >= 1000:
        return f"{value:,.0f}".replace(",", THIN)
    # Below 0.0001 the format g would write a power of ten.
    return f"{value:.3g}" if abs(value) >= 1e-4 else f"{value:.6f}"


def percent(share: float) -> str:
    """A share 0..1 as a percentage; a share that is nearly none or nearly all never reads as 0 or 100."""
    value = share * 100
    if 0 < value < 0.01:
        return f"under 0.01{THIN}%"
    if 99.5 <= value < 100:
        return f"over 99{THIN}%"
    return f"{value:.{2 if 0 < value < 1 else 0}f}{THIN}%"


def size(count: int) -> str:
    """Bytes as kB, MB or GB."""
    for unit, scale in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= scale:
            return f"{count / scale:.1f}{THIN}{unit}"
    return f"{count} bytes"


def sentence(text: str) -> str:
    """A summary as a sentence: with a capital and a full stop, and without the marks of code."""
    plain = text.replace("`", "").rstrip(".")
    return f"{plain[:1].upper()}{plain[1:]}." if plain else ""


def ranges(numbers: Sequence[int]) -> str:
    """Whole numbers in order, runs joined: 1 to 3, 7."""
    runs: list[list[int]] = []
    for value in numbers:
        if runs and value == runs[-1][1] + 1:
            runs[-1][1] = value
        else:
            runs.append([value, value])
    return ", ".join(str(first) if first == last else f"{first} to {last}" for first, last in runs)
