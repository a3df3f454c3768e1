"""Speech gathered into windows, with the pauses between its stretches shortened, and times led back to the film's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ...film.sound import RATE, Spans

LONGEST = 28.0
"""Seconds of a window; Whisper hears 30 at a time, and takes as long for one second as for all of them."""
MARGIN = 0.5
"""Seconds of a pause that stay on either side of speech: longer pauses are cut down to twice this."""


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """Sound of the film that a window holds as it is."""

    start: float
    """First second, in the film."""
    stop: float
    place: float
    """The second of the window at which it begins."""


Window = Sequence[Stretch]


def windows(spans: Spans) -> list[Window]:
    """The speech within `spans`, in windows of at most LONGEST seconds; a longer span is cut."""
    gathered: list[list[Stretch]] = []
    for start, stop in _stretches(spans):
        last = gathered[-1][-1] if gathered else None
        place = last.place + last.stop - last.start if last else 0.0
        if last is None or place + stop - start > LONGEST:
            gathered.append([Stretch(start=start, stop=stop, place=0.0)])
        else:
            gathered[-1].append(Stretch(start=start, stop=stop, place=place))
    return list(gathered)


def _stretches(spans: Spans) -> Iterator[tuple[float, float]]:
    """Spans with their margins, (start, stop); where a pause is shorter than two margins they meet in its middle."""
    for i, (start, stop) in enumerate(spans):
        before = (start + spans[i - 1][1]) / 2 if i else 0.0
        after = (stop + spans[i + 1][0]) / 2 if i + 1 < len(spans) else float("inf")
        low, high = max(before, start - MARGIN), min(after, stop + MARGIN)
        while high - low > LONGEST:
            yield low, low + LONGEST
            low += LONGEST
        yield low, high


def sound(samples: np.ndarray, window: Window) -> np.ndarray:
    """What a window holds of the film's sound: float32 (n,), at 16 kHz."""
    pieces = [samples[round(stretch.start * RATE) : round(stretch.stop * RATE)] for stretch in window]
    return np.concatenate(pieces).astype(np.float32, copy=False)


def in_film(start: float, end: float, window: Window) -> tuple[float, float]:
    """When something between two seconds of a window is heard in the film: within the stretch that holds its middle."""
    middle = (start + end) / 2
    stretch = next((one for one in reversed(window) if one.place <= middle), window[0])
    moved = stretch.start - stretch.place
    low, high = (min(max(second + moved, stretch.start), stretch.stop) for second in (start, end))
    return low, high
