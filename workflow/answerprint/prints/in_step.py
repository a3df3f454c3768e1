"""Sound, subtitles and chapters in step with a picture in which lost frames have their place again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from ..film.frame_rates import Retiming
from ..runtime.files import atomic_write

Silence = tuple[Fraction, Fraction]
"""Where silence is inserted, in seconds of the sound as it was, and how long it is."""
Chapter = tuple[Fraction, Fraction, str]
BLOCK = 1 << 16
"""Samples copied at a time."""


def length(silences: Sequence[Silence], until: Fraction | None = None) -> Fraction:
    """How much silence is inserted, in seconds; `until`: up to that second of the sound as it was."""
    return sum((long for start, long in silences if until is None or start <= until), Fraction(0))


def sound(source: Path, silences: Sequence[Silence], output: Path) -> Path:
    """A sound file with silence inserted, as FLAC of the same depth; the samples stay as they are. Returns `output`."""
    import numpy as np
    import soundfile

    with soundfile.SoundFile(source) as before, atomic_write(output) as temporary:
        rate, subtype = before.samplerate, before.subtype
        with soundfile.SoundFile(temporary, "w", rate, before.channels, subtype, format="FLAC") as after:
            for start, long in sorted(silences):
                _copy(before, after, round(start * rate) - before.tell())
                # From both ends, so that many silences add up to what they are in seconds.
                end = round((start + long) * rate) - round(start * rate)
                after.write(np.zeros((end, before.channels), np.int32))
            _copy(before, after, before.frames - before.tell())
    return output


def _copy(before: Any, after: Any, samples: int) -> None:
    """Copy so many samples, or as many as there are left."""
    while samples > 0:
        block = before.read(min(BLOCK, samples), dtype="int32", always_2d=True)
        if not len(block):
            return
        after.write(block)
        samples -= len(block)


def subtitles(source: Path, silences: Sequence[Silence], output: Path) -> Path:
    """A SubRip file whose times lie as much later as silence was inserted before them. Returns `output`."""

    def later(match: re.Match[str]) -> str:
        hours, minutes, seconds, thousandths = map(int, match.groups())
        time = Fraction(((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths, 1000)
        total = round((time + length(silences, time)) * 1000)
        seconds, thousandths = divmod(total, 1000)
        return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d},{thousandths:03d}"

    lines = source.read_text(encoding="utf-8-sig").splitlines(keepends=True)
    moved = [re.sub(r"(\d+):(\d\d):(\d\d)[,.](\d\d\d)", later, line) if "-->" in line else line for line in lines]
    with atomic_write(output) as temporary:
        temporary.write_text("".join(moved), encoding="utf-8")
    return output


def chapters(source: Sequence[Chapter], retiming: Retiming) -> tuple[Chapter, ...]:
    """Chapters as much later as frames were lost before them."""
    rate = retiming.before

    def later(time: Fraction) -> Fraction:
        return time + (retiming.time_of(int(time * rate)) - int(time * rate)) / rate

    return tuple((later(start), later(stop), title) for start, stop, title in source)
