"""Speech gathered into windows, with the pauses between its stretches shortened, and times led back to the film's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...film.sound import RATE, Spans

LONGEST = 28.0
"""Seconds of a window; Whisper hears 30 at a time, and takes as long for one second as for all of them."""
MARGIN = 0.5
"""Seconds of a pause that stay on either side of speech: longer pauses are cut down to twice this."""
SLACK = 0.3
"""Seconds that a word may lie outside the detected voice; what is further out was invented."""


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """Sound of the film that a window holds as it is: a voice, with some of the pauses around it. In seconds."""

    start: float
    stop: float
    voice: tuple[float, float]
    place: float
    """The second of the window at which it begins."""


Window = Sequence[Stretch]


def windows(spans: Spans) -> list[Window]:
    """The voices in `spans`, in windows of at most LONGEST seconds; a longer span is cut."""
    gathered: list[list[Stretch]] = []
    for start, stop, voice in _stretches(spans):
        last = gathered[-1][-1] if gathered else None
        place = last.place + last.stop - last.start if last else 0.0
        if last is None or place + stop - start > LONGEST:
            gathered.append([])
            place = 0.0
        gathered[-1].append(Stretch(start=start, stop=stop, voice=voice, place=place))
    return list(gathered)


def _stretches(spans: Spans) -> Iterator[tuple[float, float, tuple[float, float]]]:
    """Start and stop of the sound around each voice, and the voice; in a pause shorter than two margins they meet."""
    for i, (start, stop) in enumerate(spans):
        before = (start + spans[i - 1][1]) / 2 if i else 0.0
        after = (stop + spans[i + 1][0]) / 2 if i + 1 < len(spans) else float("inf")
        low, high = max(before, start - MARGIN), min(after, stop + MARGIN)
        while high - low > LONGEST:
            yield low, low + LONGEST, (max(low, start), low + LONGEST)
            low += LONGEST
        yield low, high, (max(low, start), max(low, stop))


def halves(window: Window) -> tuple[Window, Window]:
    """A window of several stretches as two windows."""
    middle = len(window) // 2
    later = window[middle:]
    return window[:middle], [replace(one, place=one.place - later[0].place) for one in later]


def sound(samples: np.ndarray, window: Window) -> np.ndarray:
    """What a window holds of the film's sound: float32 (n,), at 16 kHz."""
    pieces = [samples[round(stretch.start * RATE) : round(stretch.stop * RATE)] for stretch in window]
    return np.concatenate(pieces).astype(np.float32, copy=False)


def in_film(start: float, end: float, window: Window) -> tuple[float, float] | None:
    """When a word between two seconds of a window is said in the film, cut to the voice that it overlaps most.

    None for a word further than SLACK from all voices. Whisper begins the first word after a pause where the pause
    begins, however late it is said.
    """
    seconds = [(start - one.place + one.start, end - one.place + one.start) for one in window]
    overlaps = [min(b, one.voice[1]) - max(a, one.voice[0]) for (a, b), one in zip(seconds, window, strict=True)]
    best = int(np.argmax(overlaps))
    if overlaps[best] < -SLACK:
        return None
    (begin, finish), (first, last) = seconds[best], window[best].voice
    return min(max(begin, first), last), max(min(finish, last), first)
