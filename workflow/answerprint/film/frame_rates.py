"""Another rate: how many frames a film then has, and where each lies among the film's own."""

from __future__ import annotations

from fractions import Fraction


def out_rate(rate: Fraction, wanted: str) -> Fraction:
    """The rate that `wanted` asks for: a factor such as '2x', or frames a second such as '50' or '60000/1001'."""
    text = str(wanted)
    return rate * Fraction(text[:-1]) if text.endswith("x") else Fraction(text)


def output_frames(frames: int, rate: Fraction, wanted: Fraction) -> int:
    """How many frames a film of `frames` has at another rate, so that it lasts as long."""
    return max(1, round(frames * wanted / rate))


def positions(first: int, stop: int, frames: int, rate: Fraction, wanted: Fraction) -> list[tuple[int, Fraction]]:
    """(output frame, place among the input frames) of the output frames that begin within first..stop."""
    ratio = rate / wanted
    last = output_frames(frames, rate, wanted)
    begin = -(-first // ratio)
    end = last if stop >= frames else min(last, int(-(-stop // ratio)))
    return [(k, k * ratio) for k in range(int(begin), end)]
