"""Lost frames have their place in time again, however the film is cut into parts."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest

from answerprint.film import lost_frames
from answerprint.film.frame_rates import Retiming
from answerprint.film.lost_frames import LostFrames
from answerprint.film.shots import from_starts
from answerprint.runtime.errors import FilmError


def retiming(after: Fraction, lost: tuple[tuple[int, int], ...] = ((3, 2), (6, 1))) -> Retiming:
    return Retiming(frames=10, before=Fraction(24), after=after, lost=lost)


def test_lost_frames_lie_between_those_around_them() -> None:
    places = [place for _, place in retiming(Fraction(24)).positions(0, 10)]
    third = Fraction(1, 3)
    assert places == [0, 1, 2, 3, 3 + third, 3 + 2 * third, 4, 5, 6, Fraction(13, 2), 7, 8, 9]
    assert retiming(Fraction(24)).output_frames == 13


@pytest.mark.parametrize("after", [24, 48, 60, 25, 16, Fraction(60000, 1001), 12])
@pytest.mark.parametrize("edges", [(0, 10), (0, 4, 7, 10), (0, 3, 6, 10), (0, 5, 10)])
def test_parts_that_know_only_their_own_gaps_make_the_same_frames(after: Fraction, edges: tuple[int, ...]) -> None:
    whole = retiming(Fraction(after))
    alone = [place for cut in pairwise(edges) for _, place in whole.part(*cut).positions(*cut)]
    assert alone == [place for _, place in whole.positions(0, 10)]
    assert len(alone) == whole.output_frames


def test_a_gap_changes_nothing_that_later_parts_know_where_whole_periods_are_lost() -> None:
    before, after = (retiming(Fraction(48), lost).part(7, 10) for lost in ((), ((3, 2), (6, 1))))
    assert before == after
    assert retiming(Fraction(60)).part(7, 10) != retiming(Fraction(60), ()).part(7, 10)


def test_frames_are_lost_inside_a_shot_and_once() -> None:
    shots = from_starts({0: "cut", 6: "cut"}, 12)
    lost_frames.require_inside([LostFrames(after=4, frames=2, sound="leave")], shots)
    for after in (5, 11, 40):
        with pytest.raises(FilmError, match=f"after frame {after} are not inside a shot"):
            lost_frames.require_inside([LostFrames(after=after, frames=2, sound="leave")], shots)
    with pytest.raises(FilmError, match="Two decisions"):
        lost_frames.require_inside([LostFrames(after=3, frames=n, sound="leave") for n in (1, 2)], shots)
