"""Lips, voices, pauses and cuts decide together who speaks each segment; in doubt it is nobody with a name."""

from __future__ import annotations

import numpy as np

from answerprint.engines.voices._cepstra import CEPSTRA
from answerprint.engines.voices.cepstra import CepstralHearing
from answerprint.speech import turns
from answerprint.speech.attribution import ScoredWord, SpeechSegment
from answerprint.speech.speaker import OFF_SCREEN, UNKNOWN_VOICE, Speaker, SpeakerKind

ANNA, BEN = Speaker.named("Anna"), Speaker.named("Ben")
LOW, HIGH, OTHER = 0, 1, 2
"""Three voices."""


def voice(number: int, seconds: float, seed: int) -> np.ndarray:
    """Feature vectors of a voice, as different from others as the voices of films are."""
    rng = np.random.default_rng(seed)
    vectors = rng.normal(0, 1, (round(100 * seconds), CEPSTRA + 1)).astype(np.float32)
    vectors[:, number::3] += 2.0
    vectors[:, CEPSTRA] = np.log([110, 170, 240][number]) + rng.normal(0, 0.02, len(vectors))
    return vectors


def scene(
    *segments: tuple[float, float, dict[Speaker, float], int], cuts: tuple[float, ...] = ()
) -> list[tuple[Speaker, bool]]:
    """Who speaks segments of (start, end, log odds of the visible lips, voice)."""
    features = np.zeros((round(100 * segments[-1][1]) + 10, CEPSTRA + 1), np.float32)
    features[:, CEPSTRA] = np.nan
    made = []
    for seed, (start, end, lips, number) in enumerate(segments):
        count = round(100 * (end - start))
        features[round(100 * start) :][:count] = voice(number, end - start, seed)
        best = max(lips, key=lambda one: lips[one], default=OFF_SCREEN)
        speaker = best if lips.get(best, -1.0) > -0.25 else OFF_SCREEN
        evidence = {**lips, OFF_SCREEN: -max(lips.values(), default=0.0)}
        word = ScoredWord(word={"start": start, "end": end, "text": "word"}, evidence=evidence)
        made.append(SpeechSegment(words=[word], speaker=speaker, on_screen=speaker != OFF_SCREEN, start=start, end=end))
    turns.decide(made, CepstralHearing(features, [(start, end) for start, end, *_ in segments]), cuts)
    assert not any(one.speaker.is_off_screen for one in made)
    return [(one.speaker, one.on_screen) for one in made]


SEEN = ((0.0, 2.0, {ANNA: 2.5}, HIGH), (3.0, 5.0, {BEN: 2.5}, LOW))
AGAIN = ((6.0, 8.0, {ANNA: 2.5}, HIGH), (9.0, 11.0, {BEN: 2.5}, LOW))


def test_lips_and_voice_agree():
    assert scene(*SEEN, *AGAIN) == [(ANNA, True), (BEN, True)] * 2


def test_a_voice_known_from_the_screen_is_named_over_a_listener():
    assert scene(*SEEN, (6.0, 8.0, {BEN: -2.5}, HIGH))[2] == (ANNA, False)


def test_a_narrator_who_is_never_seen_gets_nobodys_name():
    speaker, on_screen = scene(*SEEN, (6.0, 8.0, {BEN: -2.5}, OTHER))[2]
    assert speaker.kind is SpeakerKind.VOICE and not on_screen


def test_lips_that_move_under_a_voice_known_from_elsewhere_do_not_speak():
    assert scene(*SEEN, *AGAIN, (12.0, 14.0, {BEN: 2.0}, HIGH))[4] == (ANNA, False)


def test_lips_that_move_under_an_unseen_voice_do_not_speak():
    speaker, on_screen = scene(*SEEN, *AGAIN, (12.0, 14.0, {BEN: 2.0}, OTHER))[4]
    assert speaker.kind is SpeakerKind.VOICE and not on_screen


def test_of_two_voices_from_one_mouth_the_one_heard_from_nobody_is_not_theirs():
    narrated = (0.0, 2.0, {BEN: -2.5}, OTHER)
    found = scene(narrated, (3.0, 5.0, {ANNA: 2.0}, HIGH), (6.0, 8.0, {ANNA: 2.0}, OTHER))
    assert found[1] == (ANNA, True) and found[2] == found[0] and found[0][0].kind is SpeakerKind.VOICE


def test_one_dubbed_line_does_not_teach_a_wrong_voice():
    found = scene(*SEEN, *AGAIN, (12.0, 14.0, {BEN: 2.0}, OTHER), (15.0, 17.0, {ANNA: -2.5}, OTHER))
    assert found[5][0].kind is SpeakerKind.VOICE and found[5][0] == found[4][0]


def test_a_person_seen_with_still_lips_is_not_the_one_off_screen():
    assert scene(*SEEN, (6.0, 8.0, {ANNA: -2.5}, HIGH))[2][0] != ANNA


def test_among_two_mouths_the_voice_settles_what_the_lips_leave_open():
    assert scene(*SEEN, (6.0, 8.0, {ANNA: 0.3, BEN: 0.5}, HIGH))[2] == (ANNA, True)


def test_a_sentence_ends_over_the_next_shot_but_not_over_two():
    after = (2.1, 2.4, {BEN: -2.5}, HIGH)
    assert scene(SEEN[0], after, cuts=(2.05,)) == [(ANNA, True), (ANNA, False)]
    assert scene(SEEN[0], after, (2.5, 2.8, {BEN: -2.5}, HIGH), cuts=(2.05, 2.45))[2][0] == UNKNOWN_VOICE
    assert scene(SEEN[0], (2.1, 2.4, {BEN: -0.5}, HIGH), cuts=(2.05,))[1][0] != ANNA  # Ben's lips may be the ones


def test_a_short_segment_after_an_unseen_voice_belongs_to_that_voice():
    found = scene(*SEEN, (6.0, 8.0, {}, OTHER), (8.1, 8.3, {}, OTHER))
    assert found[2][0].kind is SpeakerKind.VOICE and found[3] == found[2]


def test_unseen_voices_are_told_apart():
    found = scene((0.0, 2.0, {}, OTHER), (3.0, 5.0, {}, LOW), (6.0, 8.0, {}, OTHER))
    assert found[0] == found[2] != found[1]


def test_a_moment_of_sound_alone_has_no_name():
    assert scene((0.0, 0.3, {}, LOW)) == [(UNKNOWN_VOICE, False)]
