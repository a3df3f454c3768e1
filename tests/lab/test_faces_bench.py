"""The bench of faces measures what it says it measures."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from answerprint.frames import optical_flow
from answerprint.lab.bench import faces
from answerprint.runtime.errors import FilmError


def test_worn_film_is_as_large_and_as_bright_but_blurred_and_grained() -> None:
    random = np.random.default_rng(1)
    film = random.random((2, 40, 60, 1)).astype(np.float32)
    worn = faces.worn_film(film, 2.0, 0.01, 5)
    assert worn.shape == film.shape and worn.mean() == pytest.approx(film.mean(), abs=0.01)
    assert worn.std() < 0.3 * film.std()
    flat = np.full((1, 40, 60, 1), 0.5, np.float32)
    assert 0.003 < faces.worn_film(flat, 2.0, 0.01, 5).std() < 0.01
    assert not np.array_equal(faces.worn_film(film, 2.0, 0.01, 5), faces.worn_film(film, 2.0, 0.01, 5, lanczos=True))


def test_a_picture_is_filmed_by_a_camera_that_moves_a_little() -> None:
    random = np.random.default_rng(2)
    picture = cv2.GaussianBlur(random.random((80, 120, 3)).astype(np.float32), (0, 0), 3.0)
    film = faces._filmed(picture, 0.5)
    assert film.shape == (faces.HELD, 80, 120, 3) and np.abs(film[0] - picture).max() < 0.01
    looks = [optical_flow.eight_bits((frame[..., 0] - 0.3) * 2) for frame in film]
    steps = [optical_flow.flow(one, other)[20:-20, 20:-20] for one, other in pairwise(looks)]
    assert np.median(steps, axis=(0, 1, 2)) == pytest.approx(2 * np.array(faces.DRIFT), abs=0.1)
    assert np.ptp(steps, axis=(1, 2)).min() > 0.1


def test_the_rows_tell_how_many_faces_came_nearer_to_the_truth() -> None:
    scores = [
        faces.Score(name="a", gain=0.5, over_lanczos=0.7, likeness=(0.95, 0.96), moved=0.02),
        faces.Score(name="b", gain=-0.1, over_lanczos=0.1, likeness=(0.95, 0.94), moved=0.0),
    ]
    gain, likeness = (row[3] for row in faces._rows("blur 2", scores))
    assert gain == "+0.20 (-0.10 to +0.50); over Lanczos +0.40"
    assert likeness.startswith("0.9500, 0.9500; 1 of 2 not worse, the worst by 0.0100; ")
    assert likeness.endswith("0 worse by more than 0.0141, which a pixel's shift of the crop changes")


def test_missing_footage_is_named(tmp_path: Path) -> None:
    with pytest.raises(FilmError, match="Anna"):
        next(faces.clips(tmp_path))
