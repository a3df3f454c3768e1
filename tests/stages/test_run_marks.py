"""A stage's job keeps protected pixels to the bit and tells its engine which pixels are marked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from answerprint.plan.fingerprint import Marks
from answerprint.runtime.files import write_json
from tiny_stage import HEIGHT, SHOTS, STORED, WAYS_TO_CUT, Whitens, film_of


def regions(folder: Path) -> Path:
    """A region over the left half of the picture, in frames 2 to 7."""
    corners = [[-1, -1], [6, -1], [6, HEIGHT], [-1, HEIGHT]]
    path = folder / "regions.json"
    write_json(path, {"left": {"start": 2, "stop": 8, "first": 0, "corners": [corners] * 10}})
    return path


@pytest.mark.parametrize("bounds", WAYS_TO_CUT, ids=str)
def test_protected_pixels_stay_to_the_bit(tmp_path: Path, use: Any, bounds: Sequence[tuple[int, int]]) -> None:
    use(Whitens)
    marks = Marks(matte="", remove=(), protect=("left",), carriers=())
    made = film_of(tmp_path, Whitens, bounds, marks=marks, regions=regions(tmp_path))
    np.testing.assert_array_equal(made.frames[2:8, :, :, :7], STORED[2:8, :, :, :7])
    assert (made.frames[2:8, :, :, 7:] == 1023 << 6).all()
    assert (made.frames[[0, 1, *range(8, 15)]] == 1023 << 6).all()
    assert not made.changes[2:8, :, :7].any() and made.changes[2:8, :, 7:].all()


@pytest.mark.parametrize("bounds", WAYS_TO_CUT, ids=str)
def test_an_engine_is_told_which_pixels_are_marked_in_which_frames(
    tmp_path: Path, use: Any, bounds: Sequence[tuple[int, int]]
) -> None:
    use(Whitens)
    marks = Marks(matte="", remove=("left",), protect=(), carriers=())
    made = film_of(tmp_path, Whitens, bounds, marks=marks, regions=regions(tmp_path), left_out=[SHOTS[2]])
    assert (made.frames[2:8, :, :, :7] == 1023 << 6).all()
    np.testing.assert_array_equal(made.frames[2:8, :, :, 7:], STORED[2:8, :, :, 7:])
