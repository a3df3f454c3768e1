"""Frame rates: a film at another rate or with room for lost frames, and its timecode (SMPTE ST 12-1) there."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil

from ..runtime import numbers


def out_rate(rate: Fraction, wanted: str) -> Fraction:
    """The rate that `wanted` asks for: a factor such as '2x', or frames a second such as '50' or '60000/1001'."""
    text = str(wanted)
    number = numbers.parse(text.removesuffix("x"))
    return rate * number if text.endswith("x") else number


def output_frames(frames: int, rate: Fraction, wanted: Fraction) -> int:
    """How many frames a film of `frames` at `rate` has at the rate `wanted`, lasting as long; at least 1."""
    return max(1, round(frames * wanted / rate))


@dataclass(frozen=True, kw_only=True)
class Retiming:
    """How the frames of an edition lie in time: at another rate than its film's, or with room for lost frames."""

    frames: int
    """Of the film as it came."""
    before: Fraction
    """The film's rate."""
    after: Fraction
    lost: tuple[tuple[int, int], ...] = ()
    """In order: a film frame, and how many frames were lost after it."""
    lead: int = 0
    """Frames lost before those that are asked for, where only `lost` of a part is known."""

    @property
    def output_frames(self) -> int:
        """How many frames the edition has."""
        return output_frames(self.time_of(self.frames), self.before, self.after)

    def time_of(self, frame: int) -> int:
        """When a film frame is shown, in frames of the complete film."""
        return frame + self.lead + sum(count for after, count in self.lost if after < frame)

    def begins(self, frame: int) -> int:
        """The first output frame that is shown with a film frame or after it; the film's length gives their number."""
        shown = ceil(self.time_of(frame) * self.after / self.before)
        return self.output_frames if frame >= self.frames else min(self.output_frames, shown)

    def positions(self, first: int, stop: int) -> list[tuple[int, Fraction]]:
        """(output frame, position among the film's frames) of the output frames that begin within first..stop."""
        ratio = self.before / self.after
        return [(k, self._position(k * ratio)) for k in range(self.begins(first), self.begins(stop))]

    def part(self, first: int, stop: int) -> Retiming:
        """The same in the least that says where output frames of first..stop lie: a lead without whole periods."""
        period = (self.before / self.after).numerator
        # An even period may end in half a frame, which is rounded to an even number of frames.
        lead = (self.time_of(first) - first) % (period if period % 2 else 2 * period)
        lost = tuple(gap for gap in self.lost if first <= gap[0] < stop)
        return replace(self, lost=lost, lead=lead)

    def _position(self, time: Fraction) -> Fraction:
        """Where a moment of the complete film lies among the film's frames."""
        begin = self.lead
        for after, count in self.lost:
            beyond = time - begin - after
            if beyond < 0:
                break
            if beyond < count + 1:
                return after + beyond / (count + 1)
            begin += count
        return time - begin


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
