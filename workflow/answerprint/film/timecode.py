"""Timecode: the number of the first frame, HH:MM:SS:FF (SMPTE ST 12-1), at the rate of a print."""

from __future__ import annotations

import re
from fractions import Fraction


def at_rate(timecode: str, before: Fraction, after: Fraction) -> str | None:
    """The same moment at another rate: hours to seconds are kept, the frame within the second is scaled.

    Frames are dropped (';') only at multiples of 30000/1001 and where they were before. None where the text is no
    timecode.
    """
    found = re.fullmatch(r"(\d\d):(\d\d):(\d\d)([:;.])(\d\d+)", timecode.strip())
    if not found:
        return None
    clock, sign, frame = found.group(1, 2, 3), found.group(4), int(found.group(5))
    counted = max(1, round(after))
    frame = min(int(frame * Fraction(counted, max(1, round(before)))), counted - 1)
    drops = sign in ";." and counted % 30 == 0 and after.denominator == 1001
    if drops and frame < counted // 15 and clock[2] == "00" and int(clock[1]) % 10:
        frame = counted // 15
    return ":".join(clock) + (";" if drops else ":") + f"{frame:02d}"
