"""How much each segment sounds like each person who was seen to speak elsewhere in the film."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from . import voiceprints
from .attribution import SpeechSegment
from .clustering import group_by_distance
from .speaker import UNKNOWN_VOICE, Speaker, SpeakerKind
from .voiceprints import MIN_VECTORS, Voice

SAME_VOICE = 6.0
"""`voice_distance` up to which two long stretches are one voice. SHORT over the number of feature vectors of the
shorter is added: on 0.7 s, other words of the same person are 3 to 9 away, those of another 7.8 to 15."""
SHORT = 140.0
SLOPE = 0.7
"""Log odds of one unit of distance. Over 1.5 s of a telephone call and a meeting, one voice is 2.5 to 10 from itself
(median 4.5 and 6.1) and two voices 6.3 to 12 (7.8 and 8.2) from each other."""
ENOUGH = 100
"""Feature vectors, a second, below which the distance says less."""
MOST, LEAST = 3.0, -4.0
"""Log odds that a voice is worth at the most, for and against."""
SURE = 1.0
"""Log odds of the lips above which a segment is a sample of its speaker's voice."""

MIXED = 2.0
"""How much further apart samples of one person may be before one of them counts as another's voice."""
MAJORITY = 0.6
"""Share of a person's samples that must agree."""


@dataclass(frozen=True, kw_only=True)
class Likeness:
    """How much a segment sounds like one person."""

    odds: float
    """Log odds that it is this person rather than somebody else, LEAST..MOST."""
    distance: float
    """Distance to the voice."""


def compare(
    segments: Sequence[SpeechSegment], vectors: Sequence[np.ndarray], background: Voice | None
) -> list[dict[Speaker, Likeness]]:
    """For each segment, its likeness to the people who were surely seen to speak in *other* segments, and to voices.

    `vectors` (n, 20) are of the segments, `background` the voice of the whole film. A segment too short to tell, and
    a person without another sample, have no likeness.
    """
    if background is None:
        return [{} for _ in segments]
    samples: dict[Speaker, list[int]] = {}
    for i, one in enumerate(segments):
        heard_only = one.speaker.kind is SpeakerKind.VOICE and one.speaker != UNKNOWN_VOICE
        if len(vectors[i]) and (heard_only or (one.on_screen and one.lip_odds > SURE)):
            samples.setdefault(one.speaker, []).append(i)
    samples = {speaker: _trusted(of_speaker, vectors, background) for speaker, of_speaker in samples.items()}
    whole = {speaker: _voice(of_speaker, vectors, background) for speaker, of_speaker in samples.items()}
    compared: list[dict[Speaker, Likeness]] = []
    for i, heard in enumerate(vectors):
        if len(heard) < MIN_VECTORS:
            compared.append({})
            continue
        known = {
            speaker: _voice([k for k in samples[speaker] if k != i], vectors, background)
            if i in samples[speaker]
            else voice
            for speaker, voice in whole.items()
        }
        enough = {speaker: voice for speaker, voice in known.items() if voice is not None}
        compared.append(_likenesses(voiceprints.model_voice(heard, background), enough))
    return compared


def _trusted(samples: Sequence[int], vectors: Sequence[np.ndarray], background: Voice) -> list[int]:
    """The samples of one person that are one voice: a mouth may move under another's. None if they are at odds."""
    long_enough = [i for i in samples if len(vectors[i]) >= MIN_VECTORS]
    if len(long_enough) < 2:
        return list(samples)
    voices = [voiceprints.model_voice(vectors[i], background) for i in long_enough]
    distances = np.zeros((len(voices), len(voices)))
    for (i, a), (k, b) in combinations(enumerate(voices), 2):
        beyond = voiceprints.voice_distance(a, b) - SHORT / min(a.count, b.count)
        distances[i, k] = distances[k, i] = max(0.0, beyond)
    groups = np.array(group_by_distance(distances, SAME_VOICE + MIXED))
    amounts = np.bincount(groups, [voice.count for voice in voices])
    if amounts.max() < MAJORITY * amounts.sum():
        return []
    return [i for i, group in zip(long_enough, groups, strict=True) if group == amounts.argmax()]


def _voice(samples: Sequence[int], vectors: Sequence[np.ndarray], background: Voice) -> Voice | None:
    """The voice of these segments, None without enough sound."""
    together = [vectors[i] for i in samples]
    if sum(map(len, together)) < MIN_VECTORS:
        return None
    return voiceprints.model_voice(np.concatenate(together), background)


def _likenesses(voice: Voice, known: Mapping[Speaker, Voice]) -> dict[Speaker, Likeness]:
    """The likeness of a voice to each known one: near, and nearer than the others."""
    distances = {speaker: voiceprints.voice_distance(voice, other) for speaker, other in known.items()}
    likenesses = {}
    for speaker, distance in distances.items():
        limit = SAME_VOICE + SHORT / min(voice.count, known[speaker].count)
        rivals = [far for other, far in distances.items() if other != speaker]
        enough = min(1.0, min(voice.count, known[speaker].count) / ENOUGH)
        odds = SLOPE * enough * (min([limit, *rivals]) - distance)
        likenesses[speaker] = Likeness(odds=float(np.clip(odds, LEAST, MOST)), distance=distance)
    return likenesses
