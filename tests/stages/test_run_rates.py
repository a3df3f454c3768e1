"""A stage's job that retimes: frames drawn where the film has none, and the film's own to the bit."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from answerprint.engines import InBetweenEngine
from answerprint.frames.part_file import to_integers
from tiny_stage import DEPTH, FILM, FRAMES, SHOTS, STORED, WAYS_TO_CUT, TinyOptions, card, film_of


class Blends(InBetweenEngine):
    """In-between frames are blends, shared out by time."""

    card = card(stage="interpolate", kind="generate", radius=1, retimes=True)
    Options = TinyOptions

    def draw(self, before: np.ndarray, after: np.ndarray, times: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
        drawn = [before * np.float32(1 - time) + after * np.float32(time) for time in times]
        return np.stack(drawn), np.zeros(len(times))


@pytest.mark.parametrize("bounds", WAYS_TO_CUT, ids=str)
def test_in_between_frames_are_drawn_within_a_shot_and_held_at_its_end(
    tmp_path: Path, use: Any, bounds: Sequence[tuple[int, int]]
) -> None:
    use(Blends)
    made = film_of(tmp_path, Blends, bounds)
    assert len(made.frames) == 2 * FRAMES
    np.testing.assert_array_equal(made.frames[::2], STORED)
    last_of_shot = [stop - 1 for _, stop in SHOTS]
    for index in range(FRAMES):
        between = made.frames[2 * index + 1]
        if index in last_of_shot:
            np.testing.assert_array_equal(between, STORED[index])
        else:
            half = FILM[index] * np.float32(0.5) + FILM[index + 1] * np.float32(0.5)
            np.testing.assert_array_equal(between, to_integers(half[None], DEPTH)[0])


def test_drawn_frames_are_changed_everywhere_and_held_ones_nowhere(tmp_path: Path, use: Any) -> None:
    use(Blends)
    made = film_of(tmp_path, Blends, WAYS_TO_CUT[2])
    last_of_shot = [stop - 1 for _, stop in SHOTS]
    drawn_frames = [k % 2 == 1 and k // 2 not in last_of_shot for k in range(2 * FRAMES)]
    assert (
        [bool(frame.all()) for frame in made.changes] == [bool(frame.any()) for frame in made.changes] == drawn_frames
    )
    assert made.numbers("in_between") == [float(one) for one in drawn_frames]
    assert [share for record in made.records for share in record["changed"]] == [float(one) for one in drawn_frames]


def blended(before: int, after: int, share: float) -> np.ndarray:
    """What `Blends` draws between two frames of the film, as stored."""
    return to_integers((FILM[before] * np.float32(1 - share) + FILM[after] * np.float32(share))[None], DEPTH)[0]


@pytest.mark.parametrize("bounds", WAYS_TO_CUT, ids=str)
def test_lost_frames_are_drawn_in_their_places_and_the_films_own_stay(
    tmp_path: Path, use: Any, bounds: Sequence[tuple[int, int]]
) -> None:
    use(Blends)
    made = film_of(tmp_path, Blends, bounds, options={"rate": "1x"}, lost=((1, 1), (8, 2)))
    own = [0, 1, 3, 4, 5, 6, 7, 8, 9, 12, 13, 14, 15, 16, 17]
    assert len(made.frames) == FRAMES + 3
    np.testing.assert_array_equal(made.frames[own], STORED)
    np.testing.assert_array_equal(made.frames[2], blended(1, 2, 0.5))
    np.testing.assert_array_equal(made.frames[10], blended(8, 9, 1 / 3))
    np.testing.assert_array_equal(made.frames[11], blended(8, 9, 2 / 3))
    assert [bool(frame.all()) for frame in made.changes] == [k not in own for k in range(FRAMES + 3)]
    drawn = [sum(record["statistics"].get("lost", ())) for record in made.records]
    assert sum(drawn) == 3 and made.records[0]["statistics"]["lost"][2] == 1
    times = [Fraction(time) for record in made.records for time in record["times"]]
    assert [time.denominator == 1 for time in times] == [k in own for k in range(FRAMES + 3)]


@pytest.mark.parametrize("bounds", WAYS_TO_CUT[:2], ids=str)
def test_frames_that_are_not_there_are_drawn_from_those_around_but_not_across_a_cut(
    tmp_path: Path, use: Any, bounds: Sequence[tuple[int, int]]
) -> None:
    use(Blends)
    made = film_of(tmp_path, Blends, bounds, options={"rate": "1x"}, absent=(6, 7, 10))
    np.testing.assert_array_equal(made.frames[6], blended(5, 8, 1 / 3))
    np.testing.assert_array_equal(made.frames[7], blended(5, 8, 2 / 3))
    np.testing.assert_array_equal(made.frames[10], STORED[9])
    there = [k for k in range(FRAMES) if k not in (6, 7, 10)]
    np.testing.assert_array_equal(made.frames[there], STORED[there])


@pytest.mark.parametrize("bounds", WAYS_TO_CUT[:2], ids=str)
def test_repeated_frames_are_drawn_anew_between_the_films_own(
    tmp_path: Path, use: Any, bounds: Sequence[tuple[int, int]]
) -> None:
    use(Blends)
    twos = {(4, 11): {"repeats": ("4-10 by 2",)}}
    made = film_of(tmp_path, Blends, bounds, options={"rate": "1x"}, of_shots=twos)
    for frame in (5, 7):
        np.testing.assert_array_equal(made.frames[frame], blended(frame - 1, frame + 1, 0.5))
    np.testing.assert_array_equal(made.frames[9], blended(8, 10, 0.5))
    kept = [k for k in range(FRAMES) if k not in (5, 7, 9)]
    np.testing.assert_array_equal(made.frames[kept], STORED[kept])


@pytest.mark.parametrize("rate", ["24", "9", "45/2"])
def test_at_any_rate_the_frames_do_not_depend_on_the_parts(tmp_path: Path, use: Any, rate: str) -> None:
    use(Blends)
    one, three = (
        film_of(tmp_path / str(len(bounds)), Blends, bounds, options={"rate": rate}) for bounds in WAYS_TO_CUT[:2]
    )
    np.testing.assert_array_equal(one.frames, three.frames)
    np.testing.assert_array_equal(one.changes, three.changes)
