"""A stage sees another element's frames by the film's numbers, and its map says which pixels it took from there."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from answerprint.engines import Result
from answerprint.frames.changed import CHANGED, LENT
from answerprint.frames.part_file import to_integers
from answerprint.plan.fingerprint import ElementPlace
from answerprint.stages.element_window import ElementWindow
from answerprint.stages.run import Piece, changed_pixels
from films import moving_texture
from part_files import write_parts


def test_frames_come_by_the_numbers_of_the_film_and_gaps_are_known(tmp_path: Path) -> None:
    drawn, bounds = moving_texture(10, 12, 16), ((0, 4), (4, 10))
    place = ElementPlace(origin="", runs=((0, 7, 2), (4, 40, 3), (8, 44, 100)))
    element = ElementWindow(write_parts(tmp_path, drawn, bounds), bounds, place).frames(1, 9)
    np.testing.assert_allclose(element.frames, drawn[1:9], atol=0.001)
    assert element.present.tolist() == [True, False, False, True, True, True, False, True]


def test_the_map_says_which_changed_pixels_are_another_elements() -> None:
    frames = moving_texture(2, 12, 16)
    original = to_integers(frames, 10)
    shown, lent = original.copy(), np.zeros((2, 12, 16), bool)
    shown[0, 0, 3, 4], shown[1, 0, 5, 6] = 0, 0
    lent[0, 3, 4] = lent[1, 0, 0] = True
    result = Result(frames=frames, lent=lent)
    marks = changed_pixels(Piece(original=original, frames=shown, first=0, result=result, in_between=False))
    assert marks[0, 3, 4] == CHANGED | LENT and marks[1, 5, 6] == CHANGED and np.count_nonzero(marks) == 2
