"""CIEDE2000 is the published one."""

from __future__ import annotations

import numpy as np
import pytest

from answerprint.lab.bench import colour_difference

SHARMA = (
    ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
    ((50.0, -1.3802, -84.2814), (50.0, 0.0, -82.7485), 1.0000),
    ((50.0, 0.0, 0.0), (50.0, -1.0, 2.0), 2.3669),
    ((50.0, 2.4900, -0.0010), (50.0, -2.4900, 0.0011), 7.2195),
    ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
    ((50.0, 2.5, 0.0), (58.0, 24.0, 15.0), 19.4535),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
    ((90.8027, -2.0831, 1.4410), (91.1528, -1.6435, 0.0447), 1.4441),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
)
"""Pairs of colours and their difference, from table 1 of Sharma, Wu and Dalal (2005)."""


@pytest.mark.parametrize(("one", "other", "difference"), SHARMA)
def test_pairs_of_the_publication_differ_by_what_it_says(one, other, difference) -> None:
    for pair in ((one, other), (other, one)):
        assert colour_difference.ciede2000(*map(np.array, pair)) == pytest.approx(difference, abs=1e-4)


def test_equal_pictures_do_not_differ_and_a_cast_does() -> None:
    picture = np.random.default_rng(1).random((8, 8, 3), np.float32)
    assert colour_difference.between_pictures(picture, picture) == 0
    assert colour_difference.between_pictures(picture, picture * [1, 0.8, 1]) > 3
