"""Who speaks each segment, as one decision over the whole film: by lips, voices, pauses and cuts together.

The states are the people in the picture, the people off screen whose voice is known from the picture, and somebody
unseen. The most likely sequence is found by Viterbi's algorithm; in doubt it is somebody unseen, because no name is
better than a wrong one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from . import voice_evidence, voiceprints
from .attribution import SpeechSegment
from .mouths import PAUSE
from .speaker import UNKNOWN_VOICE, Speaker
from .voice_evidence import SAME_VOICE, Likeness
from .voiceprints import MIN_VECTORS, Voice

LIPS = 2.0
"""How many times the mean log odds of the lips count over a segment: they stray for as long as somebody chews, laughs
or is dubbed, so length makes them no surer."""
STILL = -1.0
"""Log odds of lips that certainly do not speak: this person is not the one heard off screen."""
NAMED_OFF_SCREEN = 1.0
"""Log odds against a known voice off screen: it must be heard, not only be possible."""
WITHIN_BREATH, AFTER_PAUSE = 2.0, 0.5
"""Log odds against a change of speaker between two segments."""


@dataclass(frozen=True)
class State:
    """Who speaks a segment; `speaker` is None for somebody unseen."""

    speaker: Speaker | None
    on_screen: bool


UNSEEN = State(None, False)


def decide(segments: Sequence[SpeechSegment], features: np.ndarray) -> None:
    """Set the speaker of each segment; voices that nobody seen has are numbered. Nobody stays merely off screen."""
    vectors = [voiceprints.vectors_within(features, [segment.spoken]) for segment in segments]
    long_enough = [one for one in vectors if len(one) >= MIN_VECTORS]
    background = voiceprints.model_voice(np.concatenate(long_enough)) if long_enough else None
    likenesses = voice_evidence.compare(segments, vectors, background)
    states = _most_likely(segments, likenesses)
    for segment, state, likeness in zip(segments, states, likenesses, strict=True):
        if state.speaker is not None:
            moved = state.speaker != segment.speaker or not state.on_screen
            segment.speaker, segment.on_screen = state.speaker, state.on_screen
            segment.voice_distance = likeness[state.speaker].distance if moved and state.speaker in likeness else None
    unseen = [i for i, state in enumerate(states) if state == UNSEEN]
    _number_unseen(segments, vectors, unseen, background)


def _evidence(segment: SpeechSegment, likeness: Mapping[Speaker, Likeness]) -> dict[State, float]:
    """Log odds of each state of a segment, against somebody unseen."""
    lips = segment.lips
    states = {UNSEEN: 0.0}
    for speaker, odds in lips.items():
        voice = likeness[speaker].odds if speaker in likeness else 0.0
        states[State(speaker, True)] = LIPS * odds + voice
    for speaker, sound in likeness.items():
        if lips.get(speaker, 0.0) > STILL:
            states[State(speaker, False)] = sound.odds - NAMED_OFF_SCREEN
    return states


def _most_likely(segments: Sequence[SpeechSegment], likenesses: Sequence[Mapping[Speaker, Likeness]]) -> list[State]:
    """The most likely state of each segment, by Viterbi's algorithm over the whole film."""
    reached: dict[State, float] = {UNSEEN: 0.0}
    steps: list[dict[State, State]] = []
    end = -np.inf
    for segment, likeness in zip(segments, likenesses, strict=True):
        start, stop = segment.spoken
        change = WITHIN_BREATH if start - end < PAUSE else AFTER_PAUSE
        evidence = _evidence(segment, likeness)
        if not likeness and start - end < PAUSE:
            # Too short to tell by voice: a sentence goes on across a cut.
            visible = {state.speaker for state in evidence if state.on_screen}
            going_on = {state.speaker for state in reached if state.speaker and state.speaker not in visible}
            evidence |= {State(speaker, False): -NAMED_OFF_SCREEN for speaker in going_on}
        step = {state: _before(reached, state, change) for state in evidence}
        reached = {
            state: reached[step[state]] + odds - (0.0 if step[state].speaker == state.speaker else change)
            for state, odds in evidence.items()
        }
        steps.append(step)
        end = stop
    state = max(reached, key=lambda one: (reached[one], str(one.speaker)))
    path: list[State] = []
    for step in reversed(steps):
        path.append(state)
        state = step[state]
    return path[::-1]


def _before(reached: Mapping[State, float], state: State, change: float) -> State:
    """The state before this one on the best way to it."""
    return max(
        reached,
        key=lambda one: (reached[one] - (0.0 if one.speaker == state.speaker else change), str(one.speaker)),
    )


def _number_unseen(
    segments: Sequence[SpeechSegment], vectors: Sequence[np.ndarray], unseen: Sequence[int], background: Voice | None
) -> None:
    """Number the voices that nobody seen has: as told apart in the running sound, else by how alike segments sound."""
    long_enough = [i for i in unseen if len(vectors[i]) >= MIN_VECTORS]
    numbers = {i: segments[i].speaker.id for i in unseen if segments[i].speaker.is_off_screen}
    running = {number for number in numbers.values() if number is not None}
    if len(running) < 2:
        together = (
            voiceprints.group_voices([vectors[i] for i in long_enough], background, limit=SAME_VOICE)
            if background
            else []
        )
        numbers = dict(zip(long_enough, together, strict=True))
    for i in unseen:
        number = numbers.get(i)
        segments[i].on_screen = False
        segments[i].speaker = Speaker.voice(number) if number is not None else _neighbour(segments, i)


def _neighbour(segments: Sequence[SpeechSegment], i: int) -> Speaker:
    """The voice without a pause before a segment that is too short to tell, else a voice of its own."""
    before = segments[i - 1] if i else None
    joined = before is not None and not before.on_screen and segments[i].spoken[0] - before.spoken[1] < PAUSE
    return before.speaker if before is not None and joined else UNKNOWN_VOICE
