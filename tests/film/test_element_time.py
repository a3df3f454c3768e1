"""Which frames of another element show a film's is found shot by shot, and where it is not sure, it is not said."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from answerprint.film import element_time
from answerprint.film.element_time import ABSENT, Placement
from answerprint.film.shots import from_starts
from answerprint.runtime.errors import FilmError
from films import moving_texture

SHOTS = from_starts({100: "cut"}, 190)


def there_and_back(frames: int, step: float, seed: int) -> np.ndarray:
    """Something goes to one side before what stands still, and returns: float32 (frames, 108, 192, 1)."""
    way = moving_texture(frames // 2, 108, 192, step=(0.0, 0.0), object_step=(step, 0.3), seed=seed)
    return np.concatenate([way, way[::-1]])


def pictures(seed: int = 1) -> np.ndarray:
    """Two shots of 100 and 90 frames: float32 (190, 108, 192, 1)."""
    return np.concatenate([there_and_back(100, 1.8, seed), there_and_back(90, -1.8, seed + 1)])


def proxies(film: np.ndarray, seed: int = 0, crop: float = 0.0, light: float = 1.0) -> np.ndarray:
    """The tiny pictures of a scan of a film with grain and a speck in each frame, uint8 (n, 27, 48, 3)."""
    rng, tiny = np.random.default_rng(seed), []
    height, width = film.shape[1:3]
    cut = slice(round(crop * height), None), slice(round(crop * width), None)
    for frame in film[..., 0]:
        worn = light * frame[cut] ** (1 / light) + rng.normal(0, 0.02, frame[cut].shape)
        at = int(rng.integers(worn.shape[1])), int(rng.integers(worn.shape[0]))
        worn = cv2.circle(np.ascontiguousarray(worn, np.float32), at, 3, float(rng.choice([0.0, 1.0])), -1)
        small = cv2.resize(np.clip(worn, 0, 1), (48, 27), interpolation=cv2.INTER_AREA)
        tiny.append(np.repeat(np.rint(255 * small).astype(np.uint8)[..., None], 3, axis=2))
    return np.stack(tiny)


def test_the_offset_of_each_shot_is_found_in_spite_of_crop_light_and_dirt() -> None:
    film = pictures()
    # The element begins 7 frames late and has lost 4 frames at the cut.
    kept = np.r_[7:100, 104:190]
    place = element_time.place(proxies(film), proxies(film[kept], 1, crop=0.03, light=0.8), SHOTS)
    shown = np.flatnonzero(place.frames != ABSENT)
    np.testing.assert_array_equal(kept[place.frames[shown]], shown)
    assert len(shown) > 140 and place.likeness > 0.7
    element_time.require(place, Path("a.mkv"), Path("b.mkv"))


def test_a_shot_that_stands_still_is_not_placed() -> None:
    film = pictures()
    film[100:] = film[100]
    place = element_time.place(proxies(film), proxies(film[5:], 1), SHOTS)
    assert (place.frames[100:] == ABSENT).all() and (place.frames[15:90] == np.arange(10, 85)).all()


def test_shots_that_are_too_short_to_tell_by_themselves_tell_together() -> None:
    film = np.concatenate([there_and_back(10, 1.6, seed) for seed in range(8)])
    shots = from_starts({10 * k: "cut" for k in range(1, 8)}, 80)
    place = element_time.place(proxies(film), proxies(film[5:], 1), shots)
    shown = np.flatnonzero(place.frames != ABSENT)
    np.testing.assert_array_equal(place.frames[shown], shown - 5)
    assert len(shown) > 40
    assert not element_time.place(proxies(film[:10]), proxies(film[5:], 1), from_starts({}, 10)).share


def test_frames_lost_in_the_middle_of_a_shot_are_left_out_with_those_around_them() -> None:
    film = there_and_back(120, 1.6, 4)
    kept = np.r_[0:60, 66:120]
    place = element_time.place(proxies(film), proxies(film[kept], 1), from_starts({}, 120))
    shown = np.flatnonzero(place.frames != ABSENT)
    np.testing.assert_array_equal(kept[place.frames[shown]], shown)
    assert len(shown) > 60 and (place.frames[60:66] == ABSENT).all()


def test_another_film_is_not_taken_for_an_element() -> None:
    place = element_time.place(proxies(pictures()), proxies(pictures(seed=20), 1), SHOTS)
    assert not place.share
    with pytest.raises(FilmError, match=r"other\.mkv is known to show 0 of the 190 frames of film\.mkv") as caught:
        element_time.require(place, Path("film.mkv"), Path("other.mkv"))
    assert "PATH@OFFSET" in caught.value.hint


def test_a_given_offset_places_even_what_stands_still() -> None:
    film = np.repeat(pictures()[:1], 90, axis=0)
    place = element_time.at_offset(proxies(film), proxies(film[12:], 1), -12)
    assert place.runs == [(12, 0, 78)]
    element_time.require(place, Path("a.mkv"), Path("b.mkv"))


def test_a_given_offset_at_which_the_pictures_differ_is_refused() -> None:
    place = element_time.at_offset(proxies(pictures()), proxies(pictures(seed=20), 1), 2)
    with pytest.raises(FilmError, match="shows other pictures"):
        element_time.require(place, Path("a.mkv"), Path("b.mkv"))


def test_runs_are_the_stretches_of_one_offset() -> None:
    frames = np.array([ABSENT, 0, 1, 2, ABSENT, 4, 5, 9])
    assert Placement(frames=frames, likeness=1.0).runs == [(1, 0, 3), (5, 4, 2), (7, 9, 1)]
