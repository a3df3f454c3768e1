"""Shots follow the network's marks, and a person's decisions add, move and strike cuts."""

from __future__ import annotations

import numpy as np
import pytest

from answerprint.engines.shots.transnet import from_probabilities
from answerprint.film import shots
from answerprint.film.shots import CutDecisions, Shot, decided, from_starts
from answerprint.runtime.errors import FilmError

DETECTED = from_starts({8: "cut", 15: "fade"}, 22)


def starts(shots: tuple[Shot, ...]) -> dict[int, str]:
    return {shot.start: shot.transition for shot in shots}


def test_shots_cover_the_film_without_gaps() -> None:
    assert [(shot.start, shot.stop) for shot in DETECTED] == [(0, 8), (8, 15), (15, 22)]
    assert shots.from_json(shots.to_json(DETECTED)) == DETECTED


def test_a_cut_is_added_moved_and_struck() -> None:
    assert starts(decided(DETECTED, CutDecisions(add=((12, "dissolve"),)))) == {
        0: "cut",
        8: "cut",
        12: "dissolve",
        15: "fade",
    }
    assert starts(decided(DETECTED, CutDecisions(move=((15, 16),)))) == {0: "cut", 8: "cut", 16: "fade"}
    # The numbers are those of the detected cuts, whatever comes before.
    assert starts(decided(DETECTED, CutDecisions(move=((8, 15), (15, 18))))) == {0: "cut", 15: "cut", 18: "fade"}
    assert starts(decided(DETECTED, CutDecisions(strike=(8,)))) == {0: "cut", 15: "fade"}
    assert decided(DETECTED, CutDecisions()) == DETECTED


def test_shots_written_without_confidence_are_certain() -> None:
    (shot,) = shots.from_json([{"start": 0, "stop": 9, "transition": "cut"}])
    assert shot.confidence == 1


def test_what_a_person_decided_is_certain_and_the_rest_as_detected() -> None:
    detected = from_starts({8: "cut", 15: "cut", 18: "cut"}, 22, {8: 0.6, 15: 0.7, 18: 0.8})
    confirmed = decided(detected, CutDecisions(add=((8, "cut"),), move=((15, 14),)))
    assert {shot.start: shot.confidence for shot in confirmed} == {0: 1.0, 8: 1.0, 14: 1.0, 18: 0.8}


@pytest.mark.parametrize(
    ("decisions", "message"),
    [
        (CutDecisions(strike=(9,)), "frame 9, but there is none. Detected cuts: 8, 15"),
        (CutDecisions(strike=(0,)), "frame 0, but"),
        (CutDecisions(move=((9, 10),)), "move a cut at frame 9"),
        (CutDecisions(move=((8, 22),)), "outside the film"),
        (CutDecisions(add=((0, "cut"),)), "Frames run from 1 to 21"),
        (CutDecisions(move=((8, 15),)), "move two cuts to frame 15"),
        (CutDecisions(move=((8, 12), (15, 12))), "move two cuts to frame 12"),
    ],
)
def test_a_decision_about_a_missing_cut_is_refused(decisions: CutDecisions, message: str) -> None:
    with pytest.raises(FilmError, match=message):
        decided(DETECTED, decisions)


def test_only_shots_with_frames_in_a_part_overlap_it() -> None:
    assert shots.overlapping(DETECTED, 8, 15) == [DETECTED[1]]
    assert shots.overlapping(DETECTED, 7, 16) == list(DETECTED)


def test_a_shot_begins_after_a_marked_frame() -> None:
    single = np.zeros(20)
    single[9] = 0.9
    assert from_probabilities(single, single, np.zeros((20, 27, 48, 3)), 0.5) == {10: "cut"}


@pytest.mark.parametrize(("even", "start"), [(False, {9: "dissolve"}), (True, {8: "fade"})])
def test_a_slow_transition_begins_a_shot_in_its_middle_or_in_its_black(even: bool, start: dict[int, str]) -> None:
    whole = np.zeros(20)
    whole[6:12] = 0.9
    single = np.zeros(20)
    single[9] = 0.9
    pictures = np.random.default_rng(0).integers(0, 255, (20, 27, 48, 3))
    if even:
        pictures[8] = 3
    assert from_probabilities(single, whole, pictures, 0.5) == start
