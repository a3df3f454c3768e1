"""Repeated frames follow a rule or they do not; the film's own frames lie evenly where they do."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from answerprint.film import cadence
from answerprint.film.cadence import OwnFrames


def repeated(shown: str) -> np.ndarray:
    """Whether each frame of a shot, one letter a frame, shows the one before again."""
    return np.array([k > 0 and shown[k] == shown[k - 1] for k in range(len(shown))])


@pytest.mark.parametrize(
    ("shown", "stretches"),
    [
        ("AABBCCDDEEFF", ["100-112 by 2"]),
        ("ABBCDDEFFGHHIJJ", ["101-115 by 3/2"]),
        ("AAABBBCCCDDDEEE", ["100-115 by 3"]),
        ("AABBCCDDEFGHIJKLLMMNNOOPP", ["100-109 by 2", "115-125 by 2"]),
        ("ABCDEEFGHIIJKLMMNOPQQRS", ["104-123 by 5/4"]),
        ("ABCDEFGHIJ", []),
        ("AAAAAAAAAAAAAAAAAA", []),
        ("ABCCDEFGHIJKLMNOPQRR", []),
    ],
)
def test_a_rule_is_found_where_there_is_one(shown: str, stretches: list[str]) -> None:
    assert [str(one) for one in cadence.find(repeated(shown), 100)] == stretches


def test_a_stretch_is_read_as_it_is_written() -> None:
    for text in ("100-112 by 2", "7-31 by 3/2"):
        assert str(cadence.parse(text)) == text


@pytest.mark.parametrize("text", ["", "100-112", "112-100 by 2", "1-9 by 1", "1-9 by 5", "1-9 by 0/2", "a-b by 2"])
def test_what_is_no_stretch_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="by 3/2"):
        cadence.parse(text)


def test_own_frames_of_16_printed_to_24_lie_evenly() -> None:
    # A B B C D D: C is shown at 103 and belongs there, B at 102 and belongs to 101.5.
    own = OwnFrames(start=100, stop=112, stretches=(cadence.parse("100-112 by 3/2"),))
    assert own.around(Fraction(203, 2)) == (102, 102, 0)
    assert own.around(Fraction(101)) == (100, 102, Fraction(2, 3))
    assert own.around(Fraction(102)) == (102, 103, Fraction(1, 3))
    assert own.around(Fraction(111)) == (111, 111, 0), "nothing of the shot follows"


def test_frames_that_are_not_there_are_looked_past_within_the_shot() -> None:
    own = OwnFrames(start=0, stop=8, absent={3, 4, 7})
    assert own.around(Fraction(3)) == (2, 5, Fraction(1, 3))
    assert own.around(Fraction(9, 2)) == (2, 5, Fraction(5, 6))
    assert own.around(Fraction(5)) == (5, 5, 0)
    assert own.around(Fraction(7)) == (6, 6, 0), "after a gap at its end a shot has no frame to draw towards"


def test_every_moment_lies_between_neighbouring_own_frames() -> None:
    own = OwnFrames(start=0, stop=40, stretches=(cadence.parse("4-20 by 2"), cadence.parse("24-36 by 3/2")))
    last = Fraction(-1)
    for k in range(160):
        before, after, share = own.around(Fraction(k, 4))
        moment = before + share * (after - before)
        assert 0 <= share < 1 and 0 <= before <= after < 40 and moment >= last
        last = moment
