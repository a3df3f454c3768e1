"""The denoise/motion engine: takes grain out along motion, without ghosts, and leaves what has no grain."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from answerprint import engines
from answerprint.engines import Clip
from answerprint.engines.denoise._average import Motion
from answerprint.runtime.errors import FilmError


def pan(count: int = 5, height: int = 120, width: int = 160, speed: int = 2) -> np.ndarray:
    """A film that pans over a soft random texture, grey, without noise."""
    noise = np.random.default_rng(0).normal(size=(height, width + speed * count)).astype(np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), 2.5) + 0.6 * cv2.GaussianBlur(noise, (0, 0), 8)
    picture = cv2.normalize(soft, None, 0.2, 0.8, cv2.NORM_MINMAX)
    return np.stack([picture[:, speed * i : speed * i + width] for i in range(count)])[..., None]


def grainy(film: np.ndarray, sigma: float, seed: int = 1) -> np.ndarray:
    return (film + np.random.default_rng(seed).normal(0, sigma, film.shape)).astype(np.float32)


def rms(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.sqrt(((a - b) ** 2).mean()))


@pytest.mark.parametrize("speed", [0, 3])
def test_grain_is_reduced_to_a_third_on_a_moving_film(speed: int) -> None:
    clean = pan(speed=speed)
    noisy = grainy(clean, 0.06)
    result = engines.load("denoise", "motion", keep_grain=0.0)(noisy)
    assert rms(result[2], clean[2]) < 0.06 / 3


def test_a_film_without_noise_is_returned_to_the_bit() -> None:
    film = pan()
    result, mask = engines.load("denoise", "motion").repair(film)
    assert (result == film).all() and not mask.any()


def test_a_share_of_the_grain_is_given_back() -> None:
    noisy = grainy(pan(), 0.05)
    clean = engines.load("denoise", "motion", keep_grain=0.0)(noisy)
    some = engines.load("denoise", "motion", keep_grain=0.4)(noisy)
    assert np.allclose(some - clean, 0.4 * (noisy - clean), atol=1e-6)
    assert (engines.load("denoise", "motion", keep_grain=1.0)(noisy) == noisy).all()


def test_the_noise_is_measured_by_brightness() -> None:
    ramp = np.tile(np.linspace(0.05, 0.95, 256, dtype=np.float32), (128, 1))
    sigma = 0.01 + 0.04 * ramp
    film = np.stack([ramp + sigma * np.random.default_rng(i).normal(size=ramp.shape) for i in range(4)])[..., None]
    engine = engines.load("denoise", "motion")
    curve = engine.clip(film.astype(np.float32)).plan["noise"][0, :, 0]
    expected = 0.01 + 0.04 * (np.arange(8) + 0.5) / 8
    assert curve.shape == (8,) and np.abs(curve / expected - 1).max() < 0.25


@pytest.mark.parametrize("sigma", [0.02, 0.06])
def test_the_noise_of_a_single_picture_is_measured_to_a_twentieth(sigma: float) -> None:
    picture = grainy(pan(1, 240, 320), sigma)
    curve = engines.load("denoise", "motion").clip(picture).plan["noise"][0]
    assert np.abs(curve / sigma - 1).max() < 0.05


def test_shadows_keep_their_depth_though_black_cuts_the_noise_off() -> None:
    clean = np.maximum(0.6 * (pan(speed=1) - 0.35), 0).astype(np.float32)
    noisy = np.maximum(grainy(clean, 0.06), 0)
    dark = clean[2] < 0.02
    assert float((noisy[2] - clean[2])[dark].mean()) > 0.02
    result = engines.load("denoise", "motion", keep_grain=0.0)(noisy)
    assert abs(float((result[2] - clean[2])[dark].mean())) < 0.005


@pytest.mark.parametrize("sigma", [0.004, 0.02])
def test_calm_blacks_are_not_deepened(sigma: float) -> None:
    clean = np.maximum(pan(speed=1) - 0.35, 0)
    noisy = clean + sigma * np.sqrt(clean) * np.random.default_rng(2).normal(size=clean.shape)
    engine = engines.load("denoise", "motion", keep_grain=0.0)
    assert not engine.clip(np.maximum(noisy, 0).astype(np.float32)).plan["black"].any()


@pytest.mark.parametrize(("i", "j"), [(0, 1), (0, 2), (3, 1), (4, 1)])
def test_motion_over_several_frames_is_joined_from_that_over_one(i: int, j: int) -> None:
    motion = Motion(pan(count=5, speed=4))
    for _ in range(2):
        flow = motion.between(i, j)[20:-20, 30:-30]
        assert np.abs(flow - (-4 * (j - i), 0)).mean() < 0.3
        motion.forget(5)


def test_a_passing_object_leaves_no_ghost() -> None:
    clean = pan(speed=0)
    for i in range(5):
        cv2.circle(clean[i], (20 + 30 * i, 60), 9, 1.0, -1)
    result = engines.load("denoise", "motion", keep_grain=0.0)(grainy(clean, 0.03))
    for at in (50, 110):
        place = np.s_[2, 52:69, at - 8 : at + 9]
        assert abs(float((result[place] - clean[place]).mean())) < 0.01
    assert rms(result[2, 52:69, 72:89], clean[2, 52:69, 72:89]) < 0.03


def test_a_film_in_parts_equals_the_film_as_a_whole() -> None:
    film = grainy(pan(count=7), 0.04)
    engine = engines.load("denoise", "motion")
    shot = engine.clip(film)
    whole = engine.run(shot).frames
    for start, stop in ((0, 1), (1, 3), (3, 7)):
        first, last = max(0, start - 2), min(7, stop + 2)
        plan = {name: values[first:last] for name, values in shot.plan.items()}
        core = slice(start - first, stop - first)
        assert (
            engine.run(Clip(frames=film[first:last], core=core, first=first, plan=plan)).frames == whole[start:stop]
        ).all()
        first = max(0, start - 1)
        measures = engine.measure(Clip(frames=film[first:stop], core=slice(start - first, stop - first), first=first))
        for name, values in engine.measure(shot).items():
            assert np.array_equal(measures[name], values[start:stop], equal_nan=True)


def test_the_plan_ignores_what_came_before_the_shot() -> None:
    engine = engines.load("denoise", "motion")
    film = grainy(pan(), 0.04)
    alone = engine.plan(engine.measure(engine.clip(film)), first=0)
    after = np.concatenate([np.random.default_rng(5).random(film[:1].shape, np.float32), film])
    measures = engine.measure(Clip(frames=after, core=slice(1, 6)))
    assert np.array_equal(engine.plan(measures, first=0)["noise"], alone["noise"])


@pytest.mark.parametrize("shape", [(1, 33, 57, 1), (2, 87, 131, 3), (3, 9, 200, 1), (3, 87, 131, 3)])
def test_odd_sizes_colour_and_very_short_films_keep_their_shape(shape: tuple[int, int, int, int]) -> None:
    count, height, width, channels = shape
    clean = np.repeat(pan(count=count, height=height, width=width), channels, axis=3)
    noisy = grainy(clean, 0.05)
    result = engines.load("denoise", "motion", keep_grain=0.0)(noisy)
    assert result.shape == shape and result.dtype == np.float32
    assert rms(result, clean) < 0.8 * rms(noisy, clean)


def test_options_are_checked_and_strength_zero_changes_nothing() -> None:
    noisy = grainy(pan(), 0.05)
    assert (engines.load("denoise", "motion", strength=0.0)(noisy) == noisy).all()
    with pytest.raises(FilmError, match="keep_grain"):
        engines.load("denoise", "motion", keep_grain=2.0)
