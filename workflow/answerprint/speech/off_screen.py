"""Names for voices: a line off screen gets the name that its voice has on screen, if it has one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from . import voiceprints
from .attribution import PAUSE, SpeechSegment
from .speaker import OFF_SCREEN, UNKNOWN_VOICE, Speaker
from .voiceprints import MIN_VECTORS, Voice

SAME_VOICE = 6.0
"""`voice_distance` up to which two long stretches are one voice. SHORT over the number of feature vectors of the
shorter is added: on 0.7 s, other words of the same person are 3 to 9 away, those of another 7.8 to 15."""
SHORT = 140.0
CLEARLY = 1.2
"""How many times as far away the next voice must be."""
DOUBT = 1.5
"""Log odds of the lips below which a voice that is clearly another's takes the line away from the face."""
SURE = 1.0
"""Log odds of the lips above which a line is a sample of its speaker's voice."""
STILL = -1.0
"""Log odds of lips that certainly do not speak."""

KnownVoices = Mapping[Speaker, Voice]


def name_by_voice(segments: Sequence[SpeechSegment], features: np.ndarray) -> None:
    """Set the speaker of each segment off screen: that of the nearest voice on screen, or a numbered voice.

    A voice also overrules doubtful lips: a silent listener may nod, and a speaker may turn away.
    """
    vectors = [voiceprints.vectors_within(features, [segment.spoken]) for segment in segments]
    long_enough = [one for one in vectors if len(one) >= MIN_VECTORS]
    background = voiceprints.model_voice(np.concatenate(long_enough)) if long_enough else None
    if background is not None:
        _overrule_doubtful_lips(segments, vectors, background)
    known = _known_voices(segments, vectors, background) if background else {}
    strangers: list[int] = []
    for i, segment in enumerate(segments):
        if segment.on_screen:
            continue
        if background is not None and len(vectors[i]) >= MIN_VECTORS:
            candidates = {speaker: voice for speaker, voice in known.items() if not _visibly_silent(segment, speaker)}
            speaker, distance = _nearest(vectors[i], candidates, background)
            if speaker is not None:
                segment.speaker, segment.voice_distance = speaker, distance
            else:
                strangers.append(i)
        elif segment.speaker == OFF_SCREEN:
            segment.speaker = _adjoining_speaker(segments, i) or UNKNOWN_VOICE
        else:
            strangers.append(i)
    if background is not None:
        _number_strangers(segments, vectors, strangers, background)


def _visibly_silent(segment: SpeechSegment, speaker: Speaker) -> bool:
    """Whether this person is seen with still lips, so cannot be the one who speaks off screen."""
    return any(scored.evidence.get(speaker, 0.0) < STILL for scored in segment.words)


def _nearest(vectors: np.ndarray, known: KnownVoices, background: Voice) -> tuple[Speaker | None, float | None]:
    """The speaker and distance of the voice that feature vectors surely belong to, or None for both."""
    voice = voiceprints.model_voice(vectors, background)
    distances = [(voiceprints.voice_distance(voice, other), speaker) for speaker, other in known.items()]
    distances.sort(key=lambda one: (one[0], str(one[1])))
    if not distances:
        return None, None
    distance, speaker = distances[0]
    limit = SAME_VOICE + SHORT / min(len(vectors), known[speaker].count)
    clear = len(distances) == 1 or distances[1][0] >= CLEARLY * distance
    return (speaker, distance) if distance <= limit and clear else (None, None)


def _overrule_doubtful_lips(
    segments: Sequence[SpeechSegment], vectors: Sequence[np.ndarray], background: Voice
) -> None:
    """Take a segment from a face whose lips are in doubt if its voice is clearly someone else's."""
    for i, segment in enumerate(segments):
        if not segment.on_screen or segment.lip_odds >= DOUBT or len(vectors[i]) < MIN_VECTORS:
            continue
        others = [k for k in range(len(segments)) if k != i]
        known = _known_voices([segments[k] for k in others], [vectors[k] for k in others], background)
        speaker, distance = _nearest(vectors[i], known, background)
        # Without another sample of the face's own voice, it may well be the one that is heard.
        if speaker is not None and speaker != segment.speaker and segment.speaker in known:
            visible = any(speaker in scored.evidence for scored in segment.words)
            segment.speaker, segment.on_screen, segment.voice_distance = speaker, visible, distance


def _number_strangers(
    segments: Sequence[SpeechSegment], vectors: Sequence[np.ndarray], strangers: Sequence[int], background: Voice
) -> None:
    """Number voices that nobody on screen has: as told apart in the running sound, else by how alike segments sound."""
    labels = sorted({str(segments[i].speaker) for i in strangers})
    if len(labels) > 1:
        numbers = [labels.index(str(segments[i].speaker)) for i in strangers]
    else:
        numbers = voiceprints.group_voices([vectors[i] for i in strangers], background, limit=SAME_VOICE)
    for i, number in zip(strangers, numbers, strict=True):
        segments[i].speaker = Speaker.voice(number)


def _adjoining_speaker(segments: Sequence[SpeechSegment], i: int) -> Speaker | None:
    """Who speaks right before a segment, or right after it, without a pause: a cut does not end a sentence."""
    start, end = segments[i].spoken
    if i and start - segments[i - 1].spoken[1] < PAUSE:
        return segments[i - 1].speaker
    after = segments[i + 1] if i + 1 < len(segments) else None
    return after.speaker if after and after.on_screen and after.spoken[0] - end < PAUSE else None


def _known_voices(
    segments: Sequence[SpeechSegment], vectors: Sequence[np.ndarray], background: Voice
) -> dict[Speaker, Voice]:
    """The voice of each person whose lips were surely seen to speak."""
    samples: dict[Speaker, list[np.ndarray]] = {}
    for segment, one in zip(segments, vectors, strict=True):
        if segment.on_screen and segment.lip_odds > SURE:
            samples.setdefault(segment.speaker, []).append(one)
    joined = {speaker: np.concatenate(pieces) for speaker, pieces in samples.items()}
    return {
        speaker: voiceprints.model_voice(together, background)
        for speaker, together in joined.items()
        if len(together) >= MIN_VECTORS
    }
