"""Faded film gets its colours back, and film that has not faded stays bit for bit as it is."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from answerprint import engines
from answerprint.engines.dyes import _density, _fade
from answerprint.engines.dyes.density import sampled
from answerprint.lab.bench.colour_difference import between_pictures
from answerprint.lab.fade import faded
from answerprint.stages import fade

LEFT = (0.4, 1.0, 0.6)


def scene(count: int = 6, height: int = 90, width: int = 140) -> np.ndarray:
    """A film of many colours round grey, with blacks, over which the camera pans."""
    rng = np.random.default_rng(3)
    size = (width + count, height)
    tones = cv2.resize(rng.random((9, 14, 1), np.float32), size, interpolation=cv2.INTER_CUBIC)[..., None]
    hues = cv2.resize(rng.normal(0, 0.09, (9, 14, 3)).astype(np.float32), size)
    picture = np.clip(tones + hues * tones, 0, 1)
    picture[:8, :30] = 0.01
    return np.stack([picture[:, t : t + width] for t in range(count)])


def test_colours_of_faded_film_come_back() -> None:
    clean = scene()
    worn = faded(clean, LEFT)
    restored = engines.load("dyes", "density")(worn)
    assert between_pictures(restored, clean) < 0.3 * between_pictures(worn, clean)


def test_fade_that_differs_across_the_picture_is_undone_better_with_a_map() -> None:
    clean = scene()
    side = np.exp(0.35 * np.linspace(-1, 1, clean.shape[2], dtype=np.float32))[:, None]
    worn = faded(clean, np.float32(LEFT) * np.where(np.float32(LEFT) < 1, side, 1))
    even, uneven = (
        engines.load("dyes", "density", stock="eastman_to_1982", uneven=value)(worn) for value in (False, True)
    )
    assert between_pictures(uneven, clean) < 0.8 * between_pictures(even, clean)


def test_film_that_has_not_faded_is_left_as_it_is() -> None:
    clean = scene()
    for frames in (clean, np.clip(clean * np.float32([1, 0.7, 0.4]), 0, 1), clean[..., :1]):
        restored, mask = engines.load("dyes", "density").repair(frames)
        assert not mask.any() and np.array_equal(restored, frames)


def test_what_a_person_says_is_left_is_exact() -> None:
    clean = scene()
    said = engines.load("dyes", "density", cyan=0.4, magenta=1.0, yellow=0.6, uneven=False)
    assert between_pictures(said(faded(clean, LEFT, _density.DYES)), clean) < 0.3
    half = engines.load("dyes", "density", cyan=0.4, magenta=1.0, yellow=0.6, uneven=False, strength=0.0)
    np.testing.assert_allclose(half(clean), clean, atol=1e-3)


def test_a_photograph_of_the_scene_steers_the_colours(tmp_path: Path) -> None:
    # In red light nothing is neutral: only somebody who has seen it can say so.
    clean = np.clip(scene() * np.float32([1.0, 0.5, 0.4]), 0, 1)
    worn = faded(clean, LEFT)
    mirrored = np.rint(clean[2, :, ::-1, ::-1] * 255).astype(np.uint8)
    cv2.imwrite(str(tmp_path / "photograph.png"), mirrored)
    steered = engines.load("dyes", "density", references={2: str(tmp_path / "photograph.png")}, uneven=False)(worn)
    assert between_pictures(steered, clean) < 0.3 * between_pictures(worn, clean)


@pytest.mark.parametrize("colour", [(1.0, 1.0, 1.0), (1.0, 0.9, 0.93)], ids=["white", "pale pink"])
@pytest.mark.parametrize("count", [1, 6], ids=["flash", "shot"])
def test_pale_pictures_are_not_taken_for_faded_unevenly(colour: tuple[float, ...], count: int) -> None:
    pale = np.full((count, 48, 64, 3), colour, np.float32)
    uneven, even = (engines.load("dyes", "density", stock="agfa_orwo", uneven=value)(pale) for value in (True, False))
    assert np.array_equal(uneven, even)


def test_a_shot_is_corrected_alike_in_all_its_frames_and_black_stays_black() -> None:
    worn = faded(scene(), LEFT)
    worn[:, -10:] = 0
    engine = engines.load("dyes", "density")
    clip = engine.clip(worn)
    assert all(np.array_equal(values, np.repeat(values[:1], len(values), axis=0)) for values in clip.plan.values())
    assert engine.run(clip).frames[:, -10:].max() < 0.5 / 1023


@pytest.mark.parametrize("values", [{"cyan": 0.01}, {"strength": 2.0}, {"references": ["picture.png"]}])
def test_options_outside_their_range_are_refused(values) -> None:
    with pytest.raises(engines.FilmError, match="dyes/density"):
        engines.options.read(engines.find("dyes", "density"), values)


def warm_sand() -> np.ndarray:
    """A film of one warm colour in many tones, without black or anything neutral."""
    tones = scene()[:, 10:, :, :1] * 0.5 + 0.4
    return (tones ** np.float32([0.6, 1.0, 1.9])).astype(np.float32)


def test_warm_light_is_not_taken_for_fade_since_magenta_fades_last() -> None:
    samples = np.concatenate([sampled(frame) for frame in warm_sand()]).astype(np.float64)
    cyan, magenta, yellow = _fade.fitted(samples)
    assert cyan < _fade.FADED and magenta < _fade.MAGENTA and yellow == 1
    assert not engines.load("dyes", "density").repair(warm_sand())[1].any()


def test_where_nothing_is_neutral_a_fade_is_undone_in_part_and_that_is_said() -> None:
    rng = np.random.default_rng(5)
    clean = np.concatenate([warm_sand()[:, :30], np.clip(warm_sand()[:, 30:] * rng.uniform(0.9, 1, 3), 0, 1)], axis=1)
    clean[:, :20, :40] = (clean[:, :20, :40] ** 0.3 - 0.2) * np.float32([0.5, 0.48, 0.45])
    worn = faded(clean, LEFT)
    engine = engines.load("dyes", "density", stock="agfa_orwo", uneven=False)
    result = engine.run(engine.clip(worn))
    assert between_pictures(result.frames, clean) < between_pictures(worn, clean)
    clear = engines.load("dyes", "density", stock="agfa_orwo")
    assert clear.run(clear.clip(faded(scene(), LEFT))).statistics["clear"].all()


def test_fade_shows_in_most_shots_of_a_film_though_not_in_each() -> None:
    worn = faded(scene(), LEFT)
    measured = [np.stack([sampled(frame) for frame in shot]) for shot in (worn, worn[:, ::-1], warm_sand())]
    shots = [(0, 6), (6, 12), (12, 18)]
    left = fade.left(np.concatenate(measured), shots, [False] * 3)
    assert np.abs(left - LEFT).max() < 0.12
    assert (fade.left(np.concatenate([measured[2]] * 3), shots, [False] * 3) == 1).all()
