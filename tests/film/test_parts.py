"""Parts are balanced, begin at a nearby shot boundary, and are never shorter than the radius of a stage."""

from __future__ import annotations

from itertools import pairwise

import pytest

from answerprint.film import parts
from answerprint.film.shots import from_starts
from answerprint.runtime.errors import FilmError


def cut(frames: int, number: int, starts: tuple[int, ...] = (), least: int = 2) -> list[tuple[int, int]]:
    shots = from_starts(dict.fromkeys(starts, "cut"), frames)
    return [(part.first, part.stop) for part in parts.cut(frames, number, shots, least)]


@pytest.mark.parametrize(("frames", "number"), [(1, 1), (7, 3), (100, 7), (14, 7), (1000, 80)])
def test_parts_cover_every_frame_once_and_are_balanced(frames: int, number: int) -> None:
    parts = cut(frames, number)
    assert parts[0][0] == 0 and parts[-1][1] == frames and len(parts) == number
    assert all(before[1] == after[0] for before, after in pairwise(parts))
    lengths = [stop - first for first, stop in parts]
    assert max(lengths) - min(lengths) <= 1


def test_a_part_begins_at_a_nearby_shot() -> None:
    assert cut(300, 3, (90, 205)) == [(0, 90), (90, 205), (205, 300)]


@pytest.mark.parametrize(("start", "edge"), [(75, 75), (125, 125), (74, 100), (126, 100)])
def test_near_is_a_quarter_of_a_part(start: int, edge: int) -> None:
    assert cut(300, 3, (start,)) == [(0, edge), (edge, 200), (200, 300)]


def test_a_long_shot_is_spread_over_parts() -> None:
    assert cut(300, 3, (40,)) == [(0, 100), (100, 200), (200, 300)]


def test_crowded_boundaries_leave_no_short_part() -> None:
    for starts in [(9, 10, 11), (1, 2, 19), tuple(range(1, 20))]:
        assert all(stop - first >= 3 for first, stop in cut(20, 5, starts, least=3))


def test_the_error_for_a_film_too_short_for_its_parts_says_how_many_it_can_have() -> None:
    with pytest.raises(FilmError, match="20 frames cannot be cut into 30 parts") as caught:
        cut(20, 30)
    assert caught.value.hint == "Use `parts: 10` or fewer."


def test_the_number_of_parts_follows_the_length_unless_it_is_given() -> None:
    lengths = (1, 4 * parts.FRAMES_PER_PART, 10**6)
    assert [parts.count("auto", frames) for frames in lengths] == [1, 4, parts.MOST_PARTS]
    assert parts.count("12", 5) == 12


def test_part_names_sort_in_the_order_of_the_film() -> None:
    names = [parts.name(index) for index in range(120)]
    assert names == sorted(names)
