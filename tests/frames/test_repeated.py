"""Frames that show the one before again are told from a picture that stands, from flashes and from slow motion."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from answerprint.frames.repeated import own_frames
from soiled import pan

FILM = pan(count=10, speed=2, grain=0.02)


def shown(numbers: list[int], noise: float = 0.0) -> np.ndarray:
    """These frames of the film, each compressed anew if there is noise."""
    more = np.random.default_rng(0).normal(0, 1, (len(numbers), *FILM.shape[1:])).astype(np.float32)
    return np.clip(FILM[numbers] + noise * more, 0, 1)


@pytest.mark.parametrize("noise", [0.0, 0.005], ids=["exact", "compressed"])
@pytest.mark.parametrize(
    "numbers",
    [[0, 0, 1, 2, 2, 3, 4, 4, 5], [0, 0, 1, 1, 2, 2, 3, 3], [0, 1, 2, 3, 4, 4, 5, 6, 7]],
    ids=["16 to 24", "twos", "one in nine"],
)
def test_copies_are_told_however_they_recur(numbers: list[int], noise: float) -> None:
    expected = [n == 0 or number != numbers[n - 1] for n, number in enumerate(numbers)]
    assert own_frames(shown(numbers, noise)).tolist() == expected


def test_a_picture_that_stands_has_only_frames_of_its_own() -> None:
    assert own_frames(shown([0, 1, 2, 2, 2, 2, 2, 3, 4])).all()
    assert own_frames(shown([3] * 8)).all()


def test_flashes_and_slow_motion_make_no_copies() -> None:
    flashing = FILM * np.array([1, 1, 1, 1.6, 1, 1, 1.6, 1, 1, 1], np.float32)[:, None, None, None]
    assert own_frames(np.clip(flashing, 0, 1)).all()
    assert own_frames(pan(count=10, speed=0, grain=0.02)).all()


@pytest.mark.parametrize("soiled", [2, 7], ids=["near the first", "near the last"])
@pytest.mark.parametrize("numbers", [list(range(10)), [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]], ids=["its own", "twos"])
def test_dirt_near_an_end_of_a_shot_makes_no_copy_of_that_end_and_hides_none(soiled: int, numbers: list[int]) -> None:
    film = shown(numbers)
    cv2.circle(film[soiled], (80, 60), 30, 1.0, -1)
    expected = [n == 0 or number != numbers[n - 1] for n, number in enumerate(numbers)]
    own = own_frames(film)
    assert own[[1, -1]].tolist() == [expected[1], expected[-1]]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_shot_may_be_as_short_as_one_frame(count: int) -> None:
    assert own_frames(FILM[:count]).all()
