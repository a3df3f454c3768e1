"""How much each segment sounds like each person who was seen to speak elsewhere in the film."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from . import voiceprints
from .attribution import SpeechSegment
from .speaker import Speaker
from .voiceprints import MIN_VECTORS, Voice

SAME_VOICE = 6.0
"""`voice_distance` up to which two long stretches are one voice. SHORT over the number of feature vectors of the
shorter is added: on 0.7 s, other words of the same person are 3 to 9 away, those of another 7.8 to 15."""
SHORT = 140.0
SLOPE = 0.7
"""Log odds of one unit of distance. Over 1.5 s of a telephone call and a meeting, one voice is 2.5 to 10 from itself
(median 4.5 and 6.1) and two voices 6.3 to 12 (7.8 and 8.2) from each other."""
MOST, LEAST = 3.0, -4.0
"""Log odds that a voice is worth at the most, for and against."""
SURE = 1.0
"""Log odds of the lips above which a segment is a sample of its speaker's voice."""


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
    """For each segment, its likeness to the people who were surely seen to speak in *other* segments.

    `vectors` (n, 20) are of the segments, `background` the voice of the whole film. A segment too short to tell, and
    a person without another sample, have no likeness.
    """
    if background is None:
        return [{} for _ in segments]
    samples = [i for i, one in enumerate(segments) if one.on_screen and one.lip_odds > SURE]
    whole = _voices(segments, vectors, samples, background)
    compared: list[dict[Speaker, Likeness]] = []
    for i, one in enumerate(vectors):
        if len(one) < MIN_VECTORS:
            compared.append({})
            continue
        speaker = segments[i].speaker
        known = dict(whole)
        if i in samples:
            others = [k for k in samples if k != i and segments[k].speaker == speaker]
            known.pop(speaker, None)
            known |= _voices(segments, vectors, others, background)
        compared.append(_likenesses(voiceprints.model_voice(one, background), known))
    return compared


def _voices(
    segments: Sequence[SpeechSegment], vectors: Sequence[np.ndarray], samples: Sequence[int], background: Voice
) -> dict[Speaker, Voice]:
    """The voice of each person in these segments, of those with enough sound."""
    pieces: dict[Speaker, list[np.ndarray]] = {}
    for i in samples:
        pieces.setdefault(segments[i].speaker, []).append(vectors[i])
    joined = {speaker: np.concatenate(some) for speaker, some in pieces.items()}
    return {
        speaker: voiceprints.model_voice(together, background)
        for speaker, together in joined.items()
        if len(together) >= MIN_VECTORS
    }


def _likenesses(voice: Voice, known: Mapping[Speaker, Voice]) -> dict[Speaker, Likeness]:
    """The likeness of a voice to each known one: near, and nearer than the others."""
    distances = {speaker: voiceprints.voice_distance(voice, other) for speaker, other in known.items()}
    likenesses = {}
    for speaker, distance in distances.items():
        limit = SAME_VOICE + SHORT / min(voice.count, known[speaker].count)
        rivals = [far for other, far in distances.items() if other != speaker]
        odds = SLOPE * (min([limit, *rivals]) - distance)
        likenesses[speaker] = Likeness(odds=float(np.clip(odds, LEAST, MOST)), distance=distance)
    return likenesses
