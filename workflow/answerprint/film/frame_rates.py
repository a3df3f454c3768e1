"""Frame rates: a film at another rate, and its timecode (SMPTE ST 12-1) there."""

from __future__ import annotations

import re
from fractions import Fraction

from ..runtime import numbers


def out_rate(rate: Fraction, wanted: str) -> Fraction:
    """The rate that `wanted` asks for: a factor such as '2x', or frames a second such as '50' or '60000/1001'."""
    text = str(wanted)
    number = numbers.parse(text.removesuffix("x"))
    return rate * number if text.endswith("x") else number


def output_frames(frames: int, rate: Fraction, wanted: Fraction) -> int:
    """How many frames a film of `frames` at `rate` has at the rate `wanted`, lasting as long; at least 1."""
    return max(1, round(frames * wanted / rate))


def positions(first: int, stop: int, frames: int, rate: Fraction, wanted: Fraction) -> list[tuple[int, Fraction]]:
    """(output frame, position among the input frames) of the output frames that begin within first..stop."""
    ratio = rate / wanted
    total = output_frames(frames, rate, wanted)
    begin = -(-first // ratio)
    end = total if stop >= frames else min(total, int(-(-stop // ratio)))
    return [(k, k * ratio) for k in range(int(begin), end)]


def timecode_at_rate(timecode: str, before: Fraction, after: Fraction) -> str | None:
    """The timecode HH:MM:SS:FF of the same moment at another rate; None for a text that is not a timecode.

    Hours, minutes and seconds stay; the frame within the second is scaled. Drop-frame counting (';') stays only at
    multiples of 30000/1001.
    """
    match = re.fullmatch(r"(\d\d):(\d\d):(\d\d)([:;.])(\d\d+)", timecode.strip())
    if not match:
        return None
    clock, separator, frame = match.group(1, 2, 3), match.group(4), int(match.group(5))
    nominal_rate = max(1, round(after))
    frame = min(int(frame * Fraction(nominal_rate, max(1, round(before)))), nominal_rate - 1)
    drops = separator in ";." and nominal_rate % 30 == 0 and after.denominator == 1001
    # Drop-frame timecode skips the first two numbers (at 30 frames a second) of every minute but each tenth.
    if drops and frame < nominal_rate // 15 and clock[2] == "00" and int(clock[1]) % 10:
        frame = nominal_rate // 15
    return ":".join(clock) + (";" if drops else ":") + f"{frame:02d}"
