"""Tinted and toned film is recognised and restored in grey, and gets back the colours that were measured in it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from answerprint import engines
from answerprint.film import tints
from answerprint.lab.bench.colour_difference import between_pictures
from answerprint.lab.tints import TINTS, tinted
from films import write_video
from media import take

SHAPE = (27, 48)


def grey_film(count: int = 4) -> np.ndarray:
    rng = np.random.default_rng(5)
    tones = [cv2.resize(rng.random((7, 9), np.float32), (96, 54), interpolation=cv2.INTER_CUBIC) for _ in range(count)]
    return np.clip(np.stack(tones), 0, 1)[..., None].astype(np.float32)


def small(frames: np.ndarray) -> np.ndarray:
    """Pictures as the survey keeps them."""
    whole = np.rint(frames * 255).astype(np.uint8)
    return np.stack([cv2.resize(frame, SHAPE[::-1], interpolation=cv2.INTER_AREA) for frame in whole])


@pytest.mark.parametrize("name", list(TINTS))
def test_a_tint_that_was_measured_and_laid_on_again_is_the_films_own(name: str) -> None:
    coloured = tinted(grey_film(), TINTS[name])
    pictures = small(coloured)
    assert tints.monochrome(pictures.reshape(len(pictures), -1, 3))
    luma = (coloured @ tints.WEIGHTS)[..., None].astype(np.float32)
    again = engines.load("tint", "curve", colours=tints.colours(pictures))(luma)
    assert between_pictures(again, coloured) < 1


def test_a_film_in_colours_is_not_taken_for_tinted() -> None:
    rng = np.random.default_rng(2)
    coloured = cv2.resize(rng.random((7, 9, 3), np.float32), (96, 54))
    assert not tints.monochrome(small(np.stack([coloured] * 2)).reshape(2, -1, 3))


def test_colours_are_laid_on_grey_alone() -> None:
    grey = grey_film(2)
    amber = engines.load("tint", "curve", colours=["#000000", "#ffc040"])
    assert np.allclose(amber(np.ones((1, 4, 4, 1), np.float32))[0, 0, 0] * 255, [255, 192, 64], atol=0.1)
    assert np.array_equal(engines.load("tint", "curve")(grey), np.repeat(grey, 3, axis=3))
    coloured = np.repeat(grey, 3, axis=3) * np.float32([1, 0.9, 0.8])
    assert np.array_equal(amber(coloured), coloured)
    with pytest.raises(engines.FilmError, match="2 to 64"):
        engines.options.read(engines.find("tint", "curve"), {"colours": ["#ffffff"]})


def test_a_tinted_film_has_the_grey_pixels_of_the_untinted_one(tmp_path: Path) -> None:
    write_video(tmp_path / "tinted.mkv", tinted(grey_film(6), TINTS["amber"]), 24, "ffv1")
    auto, untinted = (take(tmp_path / "tinted.mkv", tmp_path, grey=grey) for grey in ("auto", "true"))
    assert auto.film.tinted and auto.film.grey
    assert np.array_equal(auto.stored(), untinted.stored())
    laid = tints.of_shots(auto.film.facts, auto.survey.proxy, [(0, 6)])
    again = engines.load("tint", "curve", colours=laid[0])(auto.frames())
    assert between_pictures(again, tinted(grey_film(6), TINTS["amber"])) < 1


def test_a_plain_area_of_colour_is_no_tint() -> None:
    red = np.full((3, 27 * 48, 3), (192, 48, 32), np.uint8)
    assert not tints.monochrome(red)
