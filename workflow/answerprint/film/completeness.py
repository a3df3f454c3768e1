"""Completeness: whether a file ends where its headers say."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import av

from . import streams

SOUND_TOLERANCE = Fraction(1, 4)
"""Sound may end so many seconds before its header says: a few packets of any codec."""


def troubles(container: Any, stream: Any, ends: Mapping[int, Fraction], rate: Fraction) -> list[str]:
    """What ends too early, in words; `ends` are the seconds at which each stream ended, by its index."""
    found = [*_of_picture(container, stream, ends, rate), *_of_sound(container, ends)]
    length = Fraction(container.duration or 0, av.time_base)
    # A clock that wraps around begins below zero.
    begin = Fraction(min(0, container.start_time or 0), av.time_base)
    end = max(ends.values(), default=Fraction(0)) - begin
    if end < length - max(Fraction(1, 2), length / 100):
        found.append(f"it should last {float(length):.2f} s and ends at {float(end):.2f} s")
    return found


def _of_picture(container: Any, stream: Any, ends: Mapping[int, Fraction], rate: Fraction) -> list[str]:
    reached = ends.get(stream.index, Fraction(0))
    begins = (stream.start_time or 0) * stream.time_base
    promised = streams.header_duration(stream)
    if container.format.name == "avi":
        # By its own clock, whatever rate a person says: a tick is a frame.
        promised, begins, rate = stream.frames * stream.time_base, Fraction(0), 1 / stream.time_base
    elif not stream.duration:
        # Matroska's tag counts from the file's beginning.
        begins = Fraction(0)
    if promised is None or reached - begins >= promised - Fraction(3, 4) / rate:
        return []
    return [f"its picture should last {float(promised):.2f} s and ends at {float(reached - begins):.2f} s"]


def _of_sound(container: Any, ends: Mapping[int, Fraction]) -> list[str]:
    found = []
    for sound in streams.choose(container).sounds:
        promised, end = streams.header_duration(sound) if sound.duration else None, ends.get(sound.index)
        if not promised or end is None:
            continue
        if end - (sound.start_time or 0) * sound.time_base < promised - SOUND_TOLERANCE:
            found.append(f"its sound should last {float(promised):.2f} s and ends at {float(end):.2f} s")
    return found
