"""Voices by two published networks: pyannote's hears who speaks and when two do, CAM++ whose voice it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from ...film.sound import RATE, Spans, amplified
from .. import Card, file_option
from .._weights import NetworkEngine, NetworkOptions, read_checkpoint
from ..hearing import Calibration, Hearing, Turns, Voice, VoiceEngine
from . import _people, _sequence
from ._activity import STEP, Activity, activity
from ._bands import mel_bands

WINDOW, HOP = 1.5, 0.5
"""Seconds of the stretches by which people are told apart, and from one to the next."""
SHORTEST = 0.3
"""Seconds of a stretch of speech below which it has no window."""
TELLING = 0.8
"""Seconds from which a window helps to find out how many people there are."""


@dataclass(frozen=True, kw_only=True)
class PyannoteOptions(NetworkOptions):
    """Which weights, and how they are run."""

    weights: str = file_option("pyannote-campplus")
    """A name in resources/models.yaml, or the path of a file with both networks."""


class Pyannote(NetworkEngine, VoiceEngine):
    """Segmentation 3.0 of pyannote.audio and the voice vectors of CAM++."""

    card = Card(
        stage="voices",
        name="pyannote",
        summary="Networks for who speaks when, two at once among them, and for whose voice it is.",
        paper=(
            "Plaquet and Bredin, Powerset multi-class cross entropy loss for neural speaker diarization, Interspeech "
            "2023; Wang et al., CAM++, Interspeech 2023"
        ),
        licence="MIT, Apache-2.0",
        weights=("pyannote-campplus",),
        gpu=True,
    )
    Options = PyannoteOptions
    options: PyannoteOptions
    expected = "a file with the networks of pyannote and CAM++"
    hint = "Its tensors must begin with 'segmentation.' and 'voice.', as those of pyannote-campplus do."

    def build(self, path: Path) -> Any:
        """Both networks."""
        from ._segmentation_network import SegmentationNetwork
        from ._voice_network import VoiceNetwork

        state, _ = read_checkpoint(path)
        networks = {"segmentation": SegmentationNetwork(), "voice": VoiceNetwork()}
        for name, network in networks.items():
            own = {key.removeprefix(f"{name}."): value for key, value in state.items() if key.startswith(f"{name}.")}
            network.load_state_dict(own)
        return {name: self.inference.placed(network) for name, network in networks.items()}

    def listen(self, samples: np.ndarray, spans: Spans) -> Hearing:
        """The voices of a film."""
        return NetworkHearing(self, samples, spans)

    def activity(self, samples: np.ndarray, spans: Spans) -> Activity:
        """How many people speak in each moment of `samples`."""
        return activity(samples, spans, self.network["segmentation"], self.inference)

    def vector(self, sound: np.ndarray) -> np.ndarray:
        """The unit vector (192,) of the voice in a sound."""
        # One at a time: stretches differ in length, and silence added to a shorter one would change its vector.
        (vector,) = self.inference.answers(self.network["voice"], [(mel_bands(sound),)])
        unit: np.ndarray = vector / np.linalg.norm(vector)
        return unit


class NetworkHearing(Hearing):
    """The voices of a film, as vectors; people are looked for when they are first asked for."""

    # Over 1.5 s of read and acted speech, clean, by telephone, in a room and in noise, one voice is 0.16 to 0.61 from
    # itself (median 0.26) and two voices are 0.56 to 1.1 apart (0.85); over 0.8 s 0.27 to 0.86 (0.53) and 0.64 to 1.1.
    calibration = Calibration(
        least=0.4, same=0.43, short=0.2, slope=20.0, steeper=2.0, enough=0.8, against=-6.0, mixed=0.0
    )

    def __init__(self, engine: Pyannote, samples: np.ndarray, spans: Spans) -> None:
        self.engine, self.samples, self.spans = engine, amplified(samples), spans

    def voice(self, spans: Spans) -> Voice:
        """The voice in some spans."""
        pieces = [self.samples[round(start * RATE) : round(end * RATE)] for start, end in spans]
        sound = np.concatenate([*pieces, np.zeros(0, np.float32)])
        seconds = len(sound) / RATE
        enough = seconds >= self.calibration.least
        return Voice(seconds=seconds if enough else 0.0, data=self.engine.vector(sound) if enough else None)

    def together(self, voices: Sequence[Voice]) -> Voice:
        """The mean vector of voices, weighed by how long they are."""
        mean = sum(voice.seconds * voice.data for voice in voices)
        return Voice(seconds=sum(voice.seconds for voice in voices), data=mean / np.linalg.norm(mean))

    def distance(self, a: Voice, b: Voice) -> float:
        """One less the cosine."""
        return float(1 - a.data @ b.data)

    def pieces(self, spans: Spans) -> Turns:
        """`spans` divided where the voice changes; silence within them belongs to whoever speaks nearest."""
        nearest, step = _nearest(self.path), STEP / RATE
        found: Turns = []
        order: list[int] = []
        for start, end in spans:
            first = min(round(start / step), len(nearest) - 1)
            inside = nearest[first : max(first + 1, round(end / step))]
            edges = [0, *(np.flatnonzero(np.diff(inside)) + 1).tolist(), len(inside)]
            for a, b in pairwise(edges):
                person = int(inside[a])
                order += [person] * (person not in order)
                stop = end if b == len(inside) else start + b * step
                found.append((round(start + a * step, 3), round(stop, 3), order.index(person)))
        return found

    def turns(self) -> Turns:
        """Who speaks when, two at once where both are heard."""
        return _sequence.turns(self.activity, self.path)

    @cached_property
    def activity(self) -> Activity:
        """How many people speak in each moment."""
        return self.engine.activity(self.samples, self.spans)

    @cached_property
    def path(self) -> np.ndarray:
        """The person who speaks in each frame of `activity`, -1 for nobody."""
        windows = self._windows()
        likeness = np.full((len(self.activity.times), 1), np.nan)
        if windows:
            vectors = np.array([vector for _, _, vector in windows])
            seconds = np.array([end - start for start, end, _ in windows])
            telling = seconds >= min(TELLING, seconds.max())
            people = _people.people(vectors[telling], seconds[telling])
            likeness = self._likeness([(start, end) for start, end, _ in windows], vectors @ people.T)
        return _sequence.most_likely(self.activity, likeness)

    def _windows(self) -> list[tuple[float, float, np.ndarray]]:
        """Stretches of speech, start and end in seconds, and their vectors."""
        times, speech = self.activity.times, self.activity.speakers >= 0.5
        edges = np.flatnonzero(np.diff(np.r_[0, speech.astype(int), 0]))
        found = []
        half = STEP / RATE / 2
        for first, last in zip(edges[::2], edges[1::2], strict=True):
            start, end = times[first] - half, times[last - 1] + half
            if end - start < SHORTEST:
                continue
            count = max(1, int(np.ceil((end - start - WINDOW) / HOP)) + 1)
            for begin in np.linspace(start, max(start, end - WINDOW), count):
                stop = min(end, begin + WINDOW)
                sound = self.samples[round(begin * RATE) : round(stop * RATE)]
                if len(sound) >= SHORTEST * RATE / 2:
                    found.append((float(begin), float(stop), self.engine.vector(sound)))
        return found

    def _likeness(self, windows: Spans, scores: np.ndarray) -> np.ndarray:
        """Likeness of each frame to each person, (n, k): of the windows over it, nearer ones counting more."""
        times = self.activity.times
        summed, weight = np.zeros((len(times), scores.shape[1])), np.zeros(len(times))
        for (start, end), score in zip(windows, scores, strict=True):
            first, last = np.searchsorted(times, (start, end))
            near = 1.02 - np.abs(np.linspace(-1, 1, last - first))
            summed[first:last] += near[:, None] * score * min(1.0, end - start)
            weight[first:last] += near
        with np.errstate(invalid="ignore"):
            likeness: np.ndarray = summed / np.where(weight > 0, weight, np.nan)[:, None]
        return likeness


def _nearest(path: np.ndarray) -> np.ndarray:
    """The path with -1 replaced by whoever speaks nearest in time; 0 throughout if nobody does."""
    known = np.flatnonzero(path >= 0)
    if not len(known):
        return np.zeros(len(path), int)
    middles = (known[1:] + known[:-1]) / 2
    return path[known[np.searchsorted(middles, np.arange(len(path)))]]
