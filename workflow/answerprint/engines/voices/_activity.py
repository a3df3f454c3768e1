"""How many people speak in each moment of a film, and where one of them begins or ends, by the segmentation network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...film.sound import RATE, Spans
from ...runtime.inference import Inference

CHUNK = 10 * RATE
"""Samples that the network was made to hear at a time."""
HOP = 2 * RATE
"""Samples from one chunk to the next: each moment is heard five times, in as many surroundings."""
FIRST, STEP = 495, 270
"""Sample in the middle of a chunk's first frame, and samples from one frame to the next."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Activity:
    """What the chunks say together, by frames of 17 ms; frame i is at (FIRST + i * STEP) samples."""

    speakers: np.ndarray
    """Mean number of people who speak, float64 (n,)."""
    changes: np.ndarray
    """Share of the chunks in which somebody begins or ends there, float64 (n,)."""

    @property
    def times(self) -> np.ndarray:
        """Second in the middle of each frame, (n,)."""
        return (FIRST + STEP * np.arange(len(self.speakers))) / RATE


def activity(samples: np.ndarray, spans: Spans, network: Any, inference: Inference) -> Activity:
    """Who speaks in `samples` (mono, 16 kHz); chunks far from all `spans` (seconds) are silent and not listened to."""
    from ._segmentation_network import CLASSES

    count = 1 + len(samples) // STEP
    heard, speakers, changes = (np.zeros(count) for _ in range(3))
    speaks = np.array([[person in members for person in range(3)] for members in CLASSES])
    starts = [start for start in range(0, max(1, len(samples) - CHUNK + HOP), HOP) if _near(start, spans)]
    for start, odds in zip(starts, inference.answers(network, _chunks(samples, starts)), strict=True):
        first = round(start / STEP)
        active = speaks[odds.argmax(axis=1)][: count - first]
        place = slice(first, first + len(active))
        heard[place] += 1
        speakers[place] += active.sum(axis=1)
        changes[place] += np.r_[False, (active[1:] != active[:-1]).any(axis=1)]
    return Activity(speakers=speakers / np.maximum(heard, 1), changes=changes / np.maximum(heard, 1))


def _near(start: int, spans: Spans) -> bool:
    return any(first * RATE < start + CHUNK and start < last * RATE for first, last in spans)


def _chunks(samples: np.ndarray, starts: list[int]) -> Iterator[tuple[np.ndarray]]:
    """Samples (1, CHUNK) from each start, silence after their end."""
    for start in starts:
        chunk = samples[start : start + CHUNK].astype(np.float32, copy=False)
        yield (np.pad(chunk, (0, CHUNK - len(chunk)))[None],)
