"""Who speaks each segment, as one decision over the whole film: by lips, voices, pauses and cuts together.

The states are the people in the picture, the people off screen whose voice is known from the picture, and somebody
unseen. The most likely sequence is found by Viterbi's algorithm; in doubt it is somebody unseen, because no name is
better than a wrong one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..engines.hearing import Hearing, Voice
from . import voice_evidence
from .attribution import SpeechSegment
from .mouths import PAUSE
from .speaker import UNKNOWN_VOICE, Speaker, SpeakerKind
from .voice_evidence import Likeness

LIPS = 1.5
"""How many times the mean log odds of the lips count over a segment: they stray for as long as somebody chews, laughs
or is dubbed, so length makes them no surer."""
STILL = -1.0
"""Log odds of lips that certainly do not speak: this person is not the one heard off screen."""
ROUNDS = 3
"""Most times that voices are learnt anew from those who were found."""
NAMED_OFF_SCREEN = 1.5
"""Log odds against a known voice off screen: it must be heard, not only be possible."""
HEARD = 2.0
"""Log odds of a voice below which nobody is named off screen, however well it would fit the turns around it."""
WITHIN_BREATH, AFTER_PAUSE = 2.0, 0.5
"""Log odds against a change of speaker between two segments; a cut is as good as a pause."""
CUT_NEAR = 0.3
"""Seconds by which a recogniser misplaces a word at a cut."""
GOES_ON = 0.25
"""Log odds against somebody seen to speak who ends their sentence over the next shot, in too few words for a voice."""


@dataclass(frozen=True)
class State:
    """Who speaks a segment; `speaker` is None for somebody unseen."""

    speaker: Speaker | None
    on_screen: bool


UNSEEN = State(None, False)


def decide(segments: Sequence[SpeechSegment], hearing: Hearing, cuts: Sequence[float]) -> None:
    """Set the speaker of each segment; voices that nobody seen has are numbered. Nobody stays merely off screen.

    `hearing` is from an engine of the stage voices, `cuts` the seconds of the cuts. Each round knows the voices
    of those whom the one before found, seen or not, until nothing changes.
    """
    voices = [hearing.voice([segment.spoken]) for segment in segments]
    apart = [segment.speaker.id if segment.speaker.is_off_screen else None for segment in segments]
    for _ in range(ROUNDS):
        likenesses = voice_evidence.compare(segments, voices, hearing)
        states = _most_likely(segments, likenesses, cuts)
        before = [(segment.speaker, segment.on_screen) for segment in segments]
        for segment, state, likeness in zip(segments, states, likenesses, strict=True):
            _set(segment, state, likeness)
        unseen = [
            i for i, state in enumerate(states) if state.speaker is None or state.speaker.kind is SpeakerKind.VOICE
        ]
        _number_unseen(segments, unseen, apart, voices, hearing)
        if before == [(segment.speaker, segment.on_screen) for segment in segments]:
            break


def _set(segment: SpeechSegment, state: State, likeness: Mapping[Speaker, Likeness]) -> None:
    """Give a segment its speaker, with the distance of the voice where the lips alone did not decide."""
    if state.speaker is None:
        return
    by_lips = state.on_screen and max(segment.lips, key=lambda one: (segment.lips[one], str(one))) == state.speaker
    segment.speaker, segment.on_screen = state.speaker, state.on_screen
    segment.voice_distance = likeness[state.speaker].distance if state.speaker in likeness and not by_lips else None


def _evidence(segment: SpeechSegment, likeness: Mapping[Speaker, Likeness]) -> dict[State, float]:
    """Log odds of each state of a segment, against somebody unseen."""
    lips = segment.lips
    states = {UNSEEN: 0.0}
    # A voice that nobody was seen with may be that of a face that was not heard elsewhere.
    unclaimed = max((0.0, *(one.odds for who, one in likeness.items() if who.kind is SpeakerKind.VOICE)))
    for speaker, odds in lips.items():
        voice = likeness[speaker].odds if speaker in likeness else unclaimed
        states[State(speaker, True)] = LIPS * odds + voice
    for speaker, sound in likeness.items():
        heard = speaker.kind is SpeakerKind.VOICE or sound.odds >= HEARD
        if heard and lips.get(speaker, 0.0) > STILL:
            states[State(speaker, False)] = sound.odds - NAMED_OFF_SCREEN
    return states


def _most_likely(
    segments: Sequence[SpeechSegment], likenesses: Sequence[Mapping[Speaker, Likeness]], cuts: Sequence[float]
) -> list[State]:
    """The most likely state of each segment, by Viterbi's algorithm over the whole film."""
    reached: dict[State, float] = {UNSEEN: 0.0}
    steps: list[dict[State, State]] = []
    end = -np.inf
    for segment, likeness in zip(segments, likenesses, strict=True):
        start, stop = segment.spoken
        cut = any(end - CUT_NEAR <= at <= start + CUT_NEAR for at in cuts)
        change = AFTER_PAUSE if cut or start - end >= PAUSE else WITHIN_BREATH
        evidence = _evidence(segment, likeness)
        if not likeness and start - end < PAUSE:
            evidence = {**_going_on(reached, segment, cut), **evidence}
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


def _going_on(reached: Mapping[State, float], segment: SpeechSegment, cut: bool) -> dict[State, float]:
    """Log odds of those who may end a sentence off screen in this segment: over one cut, not over two.

    Not while the lips of somebody visible may be the ones that speak.
    """
    if any(odds > STILL for odds in segment.lips.values()):
        return {}
    return {
        State(state.speaker, False): -GOES_ON
        for state in reached
        if state.speaker is not None and state.speaker not in segment.lips and (state.on_screen or not cut)
    }


def _before(reached: Mapping[State, float], state: State, change: float) -> State:
    """The state before this one on the best way to it."""
    return max(
        reached,
        key=lambda one: (reached[one] - (0.0 if one.speaker == state.speaker else change), str(one.speaker)),
    )


def _number_unseen(
    segments: Sequence[SpeechSegment],
    unseen: Sequence[int],
    apart: Sequence[str | int | None],
    voices: Sequence[Voice],
    hearing: Hearing,
) -> None:
    """Number the voices that nobody seen has: as told apart in the running sound, else by how alike segments sound.

    `apart` numbers the voice of each segment where the running sound told several apart.
    """
    long_enough = [i for i in unseen if voices[i].seconds >= hearing.calibration.least]
    numbers = {i: apart[i] for i in unseen if apart[i] is not None}
    if len({*numbers.values()}) < 2:
        alike = voice_evidence.grouped([voices[i] for i in long_enough], hearing)
        numbers = dict(zip(long_enough, alike, strict=True))
    for i in unseen:
        segments[i].on_screen, segments[i].voice_distance = False, None
        number = numbers.get(i)
        segments[i].speaker = Speaker.voice(int(number)) if number is not None else _neighbour(segments, i)


def _neighbour(segments: Sequence[SpeechSegment], i: int) -> Speaker:
    """The voice without a pause before a segment that is too short to tell, else a voice of its own."""
    before = segments[i - 1] if i else None
    joined = before is not None and not before.on_screen and segments[i].spoken[0] - before.spoken[1] < PAUSE
    return before.speaker if before is not None and joined else UNKNOWN_VOICE
