"""Numbers from outside: from sheets, tags and options, none of them trusted."""

from __future__ import annotations

import re
from fractions import Fraction

_NUMBER = re.compile(r"(-?\d{1,12})(?:\.(\d{0,12})|/(\d{1,12}))?", re.ASCII)
_CLOCK = re.compile(r"(?:(\d{1,6}):)?(?:(\d{1,6}):)?(\d{1,6}(?:\.\d{0,12})?)", re.ASCII)


def parse(text: object) -> Fraction:
    """A number written as 18, 23.976 or 24000/1001.

    Powers of ten and more than twelve digits are refused: `1e999999999` would keep the machine busy for days.
    Raises ValueError.
    """
    match = _NUMBER.fullmatch(str(text).strip())
    if not match:
        raise ValueError(f"'{text}' is no number")
    whole, decimals, denominator = match.groups()
    if denominator is not None and not int(denominator):
        raise ValueError(f"'{text}' divides by zero")
    value = Fraction(int(whole), int(denominator or 1))
    if decimals:
        part = Fraction(int(decimals), 10 ** len(decimals))
        value += -part if whole.startswith("-") else part
    return value


def seconds(text: str) -> Fraction | None:
    """A time written as 1:02:03.4, 2:03.4 or 3.4, in seconds; None for anything else."""
    match = _CLOCK.fullmatch(text.strip())
    if not match:
        return None
    hours, minutes, rest = match.groups()
    if hours is not None and minutes is None:
        hours, minutes = None, hours
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + Fraction(rest.rstrip("."))


def clock(value: float | Fraction) -> str:
    """Seconds as people say a time, cut to what is complete: 0:12, 1:02:03, and 0:03.4 below ten seconds."""
    tenths = max(0, int(value * 10))
    minutes, left = divmod(tenths // 10, 60)
    hours, minutes = divmod(minutes, 60)
    if tenths < 100 and tenths % 10:
        return f"0:0{tenths // 10}.{tenths % 10}"
    return f"{hours}:{minutes:02d}:{left:02d}" if hours else f"{minutes}:{left:02d}"
