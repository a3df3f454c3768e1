"""Dialogues are composed so that their truth is known, and scored so that a wrong name is worse than none."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from answerprint.engines import load
from answerprint.engines.identity.dlib import Dlib, DlibOptions
from answerprint.film.sound import RATE, Word
from answerprint.lab.bench import dialogue_films, dialogue_scores, dialogue_table, dialogues
from answerprint.lab.bench.dialogue_clips import SHOT, Copy, Person, copied
from answerprint.lab.bench.dialogue_looks import Look
from answerprint.lab.bench.dialogues import UNKNOWN, Heard, Seat, Shot
from answerprint.runtime.errors import FilmError

NAMES = ("Anna", "Ben", "Carl")


@pytest.mark.parametrize("kind", dialogues.KINDS)
def test_every_kind_of_scene_says_who_is_heard_when(kind):
    dialogue = dialogues.KINDS[kind](NAMES)
    turns = dialogue.truth()
    length = sum(shot.frames for shot in dialogue.shots) / 25
    assert turns and all(0 <= start < end <= length + 1e-9 for start, end, _, _ in turns)
    assert {name for _, _, name, _ in turns} == {*NAMES}
    assert {label for _, _, _, label in turns} <= {*NAMES, UNKNOWN}
    for shot in dialogue.shots:
        assert all(sum(stop - start for _, start, stop in seat.clips) == shot.frames for seat in shot.seats)


def test_who_is_heard_off_screen_is_not_seen_and_who_is_dubbed_is_not_heard():
    for shot in dialogues.offscreen(NAMES).shots[3:]:
        assert {seat.name for seat in shot.seats}.isdisjoint(heard.name for heard in shot.heard)
    over = [shot for shot in dialogues.dubbed(NAMES).shots if shot.heard[0].name == NAMES[0]]
    assert over and all(shot.seats[0].clips[0][0] == "talk" != shot.heard[0].name for shot in over)


def test_a_wrong_name_and_no_name_are_counted_apart():
    truth = [(0.0, 2.0, "Anna"), (2.0, 4.0, "Ben"), (4.0, 6.0, UNKNOWN), (6.0, 7.0, "Carl")]
    lines = [
        {"start": 0.0, "end": 3.0, "speaker": "Anna"},
        {"start": 4.0, "end": 5.0, "speaker": "Person 1"},
        {"start": 5.0, "end": 6.0, "speaker": "Ben"},
        {"start": 6.0, "end": 6.5, "speaker": "Person 2"},
    ]
    found = dialogue_scores.attribution(lines, truth, [(0.0, 7.0)], set(NAMES))
    assert [round(value, 2) for value in (found.right, found.wrong, found.unnamed)] == [3.0, 2.0, 2.0]
    assert found.shares() == pytest.approx((3 / 7, 2 / 7))
    assert dialogue_scores.attribution(lines, truth, [(0.0, 1.0)], set(NAMES)).shares() == (1.0, 0.0)


def test_a_word_under_a_wrong_name_is_missing_and_invented():
    pytest.importorskip("meeteval", reason="MeetEval is not installed")
    true = [dialogue_scores.Said(start=0, end=2, speaker="Anna", words="lay red now")]
    other = [dialogue_scores.Said(start=0, end=2, speaker="Ben", words="lay red now")]
    assert dialogue_scores.named_word_errors(true, true) == (0, 3)
    assert dialogue_scores.named_word_errors(other, true) == (6, 3)
    assert dialogue_scores.named_word_errors([], true) == (3, 3)


def test_without_meeteval_the_bench_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "meeteval", None)
    with pytest.raises(FilmError, match="MeetEval is not installed"):
        dialogue_scores.named_word_errors([], [])


def test_texts_are_compared_as_they_sound():
    assert dialogue_scores.plain("Lay red, by K7 -- now!") == dialogue_scores.plain("lay red by k seven now")
    assert dialogue_scores.plain("Uh, it's 27") == "it is 2 7" == dialogue_scores.plain("it is twenty seven")


def test_a_poor_copy_is_grey_grainy_and_half_as_large_and_a_slower_one_has_fewer_frames():
    clip = np.full((25, 40, 60, 3), 128, np.uint8)
    poor = copied(clip, Copy(poor=True), seed=0)
    assert poor.shape == (25, 20, 30, 1) and 8 < poor.std() < 18
    assert copied(clip, Copy(rate=18), seed=0).shape[0] == 18
    clip[:, :, :30] = 10
    assert copied(clip, Copy(mirrored=True), seed=0)[0, 0, 0, 0] == 128


def studio() -> dialogue_films.Studio:
    """Two people whose looks and words are given: lips move while they talk."""

    def at(name: str, pose: str, copy: Copy) -> Look:
        crops = np.full((SHOT, 2, 2), 2.0 if pose == "talk" else -2.0)
        return Look(first=0, descriptor=0.5 * np.eye(128)[NAMES.index(name)], mouths={"lips": crops})

    identity = Dlib.__new__(Dlib)
    identity.options = DlibOptions()
    rng = np.random.default_rng(0)
    sound = rng.normal(0, 0.1, SHOT * RATE // 25).astype(np.float32)
    lips = SimpleNamespace(score=lambda crops, samples, rate: crops.mean(axis=(1, 2)))
    words = [Word(start=0.5 * i, end=0.5 * i + 0.4, text=f"w{i}", confidence=0.9) for i in range(6)]
    frames = np.zeros((SHOT, 8, 8, 3), np.uint8)
    person = Person(frames={"talk": frames, "listen": frames}, samples=sound, text="w0 w1 w2 w3 w4 w5")
    return dialogue_films.Studio(
        people={name: person for name in NAMES},
        looks=SimpleNamespace(at=at, speaking={"lips": lips}, identity=identity),
        words={name: words for name in NAMES},
        portraits={name: 0.5 * np.eye(128)[i][None] for i, name in enumerate(NAMES)},
        music=sound,
        voices=load("voices", "cepstra"),
    )


def test_a_composed_dialogue_goes_through_the_steps_of_the_workflow(monkeypatch):
    def heard(sound: np.ndarray, engine: SimpleNamespace, language: str) -> dict:
        span = [0.0, len(sound) / RATE]
        words = [vars(word) for word in engine.transcribe(sound, [span], language)]
        return {"language": language, "voice": [span], "spans": [span], "words": words}

    monkeypatch.setattr(dialogue_films, "recognise", heard)
    one = studio()
    dialogue = dialogues.split(NAMES)
    lines = one.lines(dialogue, Copy(), "lips")
    assert [line["speaker"] for line in lines] == list(NAMES)
    right, wrong = dialogue_table.attributed(one, [(dialogue, lines)], Copy()).shares()
    assert right > 0.97 and wrong < 0.03
    assert dialogue_table.attributed(one, [(dialogue, lines)], Copy(), least=1.1).shares() == (0.0, 0.0)
    assert one.picture(dialogue, Copy()).shape == (3 * SHOT, 8, 16, 3)


def test_a_part_of_a_sentence_brings_its_own_words_and_sound():
    one = studio()
    part = Shot(
        frames=20, seats=(Seat(name="Anna", clips=(("talk", 25, 45),)),), heard=(Heard(name="Anna", frames=(25, 45)),)
    )
    assert len(one.sound(part, Copy())) == 20 * RATE // 25
    words = dialogue_films._words_of(one.words["Anna"], part.heard[0])
    assert [word.text for word in words] == ["w2", "w3"] and words[0].start == pytest.approx(0.0)


def test_orders_are_all_different_and_always_the_same():
    some = dialogue_table.orders(NAMES, 6)
    assert len({*some}) == 6 and some == dialogue_table.orders(NAMES[::-1], 6)
