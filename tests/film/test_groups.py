"""Groups follow from the shots and the rate alone: none crosses a cut or is long, and together they are the edition."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest

from answerprint.film import groups
from answerprint.film.frame_rates import Retiming
from answerprint.film.shots import from_starts

SHOTS = from_starts({1: "cut", 40: "cut", 41: "dissolve", 300: "cut"}, 500)


@pytest.mark.parametrize("wanted", ["24", "48", "60000/1001", "25", "12"])
def test_groups_cover_the_edition_and_keep_to_the_shots(wanted: str) -> None:
    rate, after = Fraction(24), Fraction(wanted)
    retiming = Retiming(frames=500, before=rate, after=after)
    cut = groups.of_edition(SHOTS, retiming)
    assert cut[0].start == 0 and cut[-1].stop == retiming.output_frames
    assert all(one.stop == then.start for one, then in pairwise(cut))
    assert all(0 < group.stop - group.start <= groups.SECONDS * after + 1 for group in cut)
    # A frame belongs to the shot whose picture the film shows at that time.
    shown = [
        {next(s.start for s in SHOTS if frame * rate / after < s.stop) for frame in (g.start, g.stop - 1)} for g in cut
    ]
    assert all(len(starts) == 1 for starts in shown)


def test_a_long_shot_is_shared_out_evenly() -> None:
    retiming = Retiming(frames=200, before=Fraction(24), after=Fraction(24))
    lengths = [group.stop - group.start for group in groups.of_edition(from_starts({}, 200), retiming)]
    assert len(lengths) == 3 and max(lengths) - min(lengths) <= 1


def test_a_group_spans_no_more_film_than_is_said() -> None:
    for wanted in ("12", "24", "60"):
        for group in groups.of_edition(SHOTS, Retiming(frames=500, before=Fraction(24), after=Fraction(wanted))):
            spanned = (group.stop - group.start) * 24 / Fraction(wanted)
            assert spanned <= groups.longest_in_film(Fraction(24))


def test_groups_after_lost_frames_begin_later() -> None:
    complete = Retiming(frames=500, before=Fraction(24), after=Fraction(48), lost=((20, 3),))
    cut = groups.of_edition(SHOTS, complete)
    assert cut[-1].stop == 2 * 503 and 2 * (40 + 3) in [group.start for group in cut]
