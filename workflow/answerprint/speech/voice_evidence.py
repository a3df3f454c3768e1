"""How much each segment sounds like each person who was seen to speak elsewhere in the film."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from ..engines.hearing import Hearing, Voice
from .attribution import SpeechSegment
from .clustering import group_by_distance
from .speaker import UNKNOWN_VOICE, Speaker, SpeakerKind

MOST = 3.0
"""Log odds that a voice is worth at the most for a person."""
SURE = 1.0
"""Log odds of the lips above which a segment is a sample of its speaker's voice."""
MAJORITY = 0.6
"""Share of a person's samples that must agree."""


@dataclass(frozen=True, kw_only=True)
class Likeness:
    """How much a segment sounds like one person."""

    odds: float
    """Log odds that it is this person rather than somebody else, up to MOST."""
    distance: float
    """Distance to the voice."""


def compare(
    segments: Sequence[SpeechSegment], voices: Sequence[Voice], hearing: Hearing
) -> list[dict[Speaker, Likeness]]:
    """For each segment, its likeness to the people who were surely seen to speak in *other* segments, and to voices.

    `voices` are those of the segments. A segment too short to tell, and a person without another sample, have no
    likeness.
    """
    samples: dict[Speaker, list[int]] = {}
    for i, one in enumerate(segments):
        heard_only = one.speaker.kind is SpeakerKind.VOICE and one.speaker != UNKNOWN_VOICE
        if voices[i].seconds and (heard_only or (one.on_screen and one.lip_odds > SURE)):
            samples.setdefault(one.speaker, []).append(i)
    trusted = {speaker: _trusted(of_speaker, voices, hearing) for speaker, of_speaker in samples.items()}
    at_odds = [speaker for speaker in samples if samples[speaker] and not trusted[speaker]]
    samples = trusted
    whole = {speaker: _together(of_speaker, voices, hearing) for speaker, of_speaker in samples.items()}
    compared: list[dict[Speaker, Likeness]] = []
    for i, heard in enumerate(voices):
        if heard.seconds < hearing.calibration.least:
            compared.append({})
            continue
        known = {
            speaker: _together([k for k in samples[speaker] if k != i], voices, hearing)
            if i in samples[speaker]
            else voice
            for speaker, voice in whole.items()
        }
        enough = {speaker: voice for speaker, voice in known.items() if voice is not None}
        likenesses = _likenesses(heard, enough, hearing)
        elsewhere = max((0.0, *(one.odds for who, one in likenesses.items() if who.kind is SpeakerKind.VOICE)))
        # Two voices came from this mouth: the one that is also heard from nobody is not theirs.
        odds = hearing.calibration.against * elsewhere / MOST
        compared.append(
            likenesses
            | {who: Likeness(odds=odds, distance=2 * hearing.calibration.same) for who in at_odds if elsewhere}
        )
    return compared


def grouped(voices: Sequence[Voice], hearing: Hearing) -> list[int]:
    """The number of each voice, those that are alike with the same, in order of appearance."""
    return group_by_distance(_distances(voices, hearing), hearing.calibration.same)


def _distances(voices: Sequence[Voice], hearing: Hearing) -> np.ndarray:
    """Distances of voices to each other, (n, n), less what short stretches add to them."""
    distances = np.zeros((len(voices), len(voices)))
    for (i, a), (k, b) in combinations(enumerate(voices), 2):
        added = hearing.limit(a, b) - hearing.calibration.same
        distances[i, k] = distances[k, i] = max(0.0, hearing.distance(a, b) - added)
    return distances


def _trusted(samples: Sequence[int], voices: Sequence[Voice], hearing: Hearing) -> list[int]:
    """The samples of one person that are one voice: a mouth may move under another's. None if they are at odds."""
    calibration = hearing.calibration
    long_enough = [i for i in samples if voices[i].seconds >= calibration.least]
    if len(long_enough) < 2:
        return list(samples)
    distances = _distances([voices[i] for i in long_enough], hearing)
    groups = np.array(group_by_distance(distances, calibration.same + calibration.mixed))
    amounts = np.bincount(groups, [voices[i].seconds for i in long_enough])
    if amounts.max() < MAJORITY * amounts.sum():
        return []
    return [i for i, group in zip(long_enough, groups, strict=True) if group == amounts.argmax()]


def _together(samples: Sequence[int], voices: Sequence[Voice], hearing: Hearing) -> Voice | None:
    """The voice of these segments, None without enough sound."""
    own = [voices[i] for i in samples if voices[i].seconds]
    if sum(voice.seconds for voice in own) < hearing.calibration.least:
        return None
    return hearing.together(own)


def _likenesses(voice: Voice, known: Mapping[Speaker, Voice], hearing: Hearing) -> dict[Speaker, Likeness]:
    """The likeness of a voice to each known one: near, and nearer than the others."""
    distances = {speaker: hearing.distance(voice, other) for speaker, other in known.items()}
    likenesses = {}
    for speaker, distance in distances.items():
        rivals = [far for other, far in distances.items() if other != speaker]
        enough = min(1.0, min(voice.seconds, known[speaker].seconds) / hearing.calibration.enough)
        nearest = min([hearing.limit(voice, known[speaker]), *rivals])
        odds = hearing.calibration.slope * enough * (nearest - distance)
        odds *= hearing.calibration.steeper if odds < 0 else 1.0
        likenesses[speaker] = Likeness(odds=float(np.clip(odds, hearing.calibration.against, MOST)), distance=distance)
    return likenesses
