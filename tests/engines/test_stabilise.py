"""Weave goes, the camera stays."""

import dataclasses

import cv2
import numpy as np
import pytest

from answerprint import engines
from answerprint.engines import Clip
from answerprint.engines.stabilise._splices import displaced
from answerprint.frames.trend import trend

HEIGHT, WIDTH = 139, 201


def scene(seed: int = 0) -> np.ndarray:
    """A large textured picture to move a camera over."""
    rng = np.random.default_rng(seed)
    picture = sum(
        cv2.resize(rng.random((n, 2 * n), np.float32), (900, 450), interpolation=cv2.INTER_CUBIC) for n in (9, 30, 80)
    )
    return np.clip(picture / 3, 0, 1)


def film(positions: np.ndarray) -> np.ndarray:
    """What a camera at these positions (n, 2) sees."""
    steps = (np.float64([[1, 0, -x - 40], [0, 1, -y - 40]]) for x, y in positions)
    return np.stack([cv2.warpAffine(scene(), m, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC)[..., None] for m in steps])


def weave(n: int, sigma: float) -> np.ndarray:
    return np.random.default_rng(1).normal(scale=sigma, size=(n, 2))


def left_after(positions: np.ndarray, camera: np.ndarray, **options: object) -> np.ndarray:
    """Where the stabilised picture is, less where the camera put it."""
    clip = engines.load("stabilise", "path", limit=0.1, **options).clip(film(positions))
    error = clip.plan["correction"][:, :2] - positions + camera
    return error - error.mean(axis=0)


@pytest.mark.parametrize("speed", [0.0, 0.15, 3.0])
def test_weave_is_removed_and_a_pan_keeps_its_path(speed: float) -> None:
    n = 60
    camera = np.stack([speed * np.arange(n), np.zeros(n)], axis=1)
    error = left_after(camera + weave(n, 2.0), camera)
    assert np.abs(error).max() < 1
    line = np.polynomial.polynomial.polyfit(np.arange(n), error, 1)
    assert (error - np.polynomial.polynomial.polyval(np.arange(n), line).T).std(axis=0).max() < 0.3


def test_a_jump_of_one_frame_is_undone_and_its_neighbours_stay_untouched() -> None:
    positions = np.zeros((20, 2))
    positions[9] = (0, 6)
    frames = film(positions)
    steady = engines.load("stabilise", "path", limit=0.1)(frames)
    assert np.abs(steady[9, 20:-20, 20:-20] - frames[8, 20:-20, 20:-20]).max() < 0.02
    others = np.arange(20) != 9
    assert np.array_equal(steady[others], frames[others])


@pytest.mark.parametrize("speed", [0.0, 2.4])
def test_a_film_without_weave_comes_back_bit_for_bit(speed: float) -> None:
    n = 24
    frames = film(np.stack([speed * np.arange(n), np.zeros(n)], axis=1))
    assert np.array_equal(engines.load("stabilise", "path")(frames), frames)


def test_a_pan_with_repeated_frames_is_not_taken_for_weave() -> None:
    positions = np.stack([1.5 * (np.arange(50) - np.arange(50) // 25), np.zeros(50)], axis=1)
    frames = film(positions)
    assert np.array_equal(engines.load("stabilise", "path")(frames), frames)


def test_a_person_who_walks_through_does_not_move_the_picture() -> None:
    frames = film(np.zeros((24, 2)))
    body = scene(5)[:80, :60, None]
    for t, frame in enumerate(frames):
        frame[40:120, 5 + 5 * t : 65 + 5 * t] = body
    assert np.array_equal(engines.load("stabilise", "path")(frames), frames)


def test_a_film_without_detail_is_left_alone() -> None:
    noise = np.random.default_rng(0).normal(0.5, 0.01, (8, 64, 80, 1)).astype(np.float32)
    stabilise = engines.load("stabilise", "path")
    assert not stabilise.measure(Clip(frames=noise, core=slice(0, 8)))["confidence"].any()
    assert np.array_equal(stabilise(noise), noise)


@pytest.mark.parametrize(("n", "size", "channels"), [(1, (139, 201), 1), (2, (139, 201), 3), (3, (7, 9), 1)])
def test_tiny_films_keep_their_shape(n: int, size: tuple[int, int], channels: int) -> None:
    frames = np.random.default_rng(0).random((n, *size, channels), np.float32)
    assert engines.load("stabilise", "path")(frames).shape == frames.shape


def test_the_step_into_a_shot_does_not_count() -> None:
    stabilise = engines.load("stabilise", "path")
    measures = stabilise.measure(Clip(frames=film(weave(20, 1.0)), core=slice(1, 20)))
    crossing = {**measures, "motion": measures["motion"].copy()}
    crossing["motion"][0] = (40, -30, 0.1)
    a, b = (stabilise.plan(m, first=1)["correction"] for m in (measures, crossing))
    assert np.array_equal(a, b)


@pytest.mark.parametrize("borders", ["keep", "fill", "crop"])
def test_a_frame_is_the_same_in_any_clip(borders: str) -> None:
    stabilise = engines.load("stabilise", "path", borders=borders)
    whole = stabilise.clip(film(weave(12, 1.5)))
    expected = stabilise.run(whole).frames
    for start, stop in ((0, 5), (5, 6), (6, 12)):
        first, last = max(0, start - 2), min(12, stop + 2)
        part = Clip(
            frames=whole.frames[first:last],
            core=slice(start - first, stop - first),
            first=first,
            plan={name: values[first:last] for name, values in whole.plan.items()},
        )
        assert np.array_equal(stabilise.run(part).frames, expected[start:stop])
        before = max(0, start - 1)
        measured = stabilise.measure(Clip(frames=whole.frames[before:stop], core=slice(start - before, stop - before)))
        assert np.array_equal(measured["motion"], stabilise.measure(whole)["motion"][start:stop])


def test_borders_are_filled_from_neighbouring_frames_and_a_black_gate_stays_black() -> None:
    positions = np.zeros((9, 2))
    positions[4] = (8, 0)
    frames = film(positions)
    filled, kept = (engines.load("stabilise", "path", limit=0.1, borders=b)(frames) for b in ("fill", "keep"))
    assert np.abs(filled[4] - frames[3])[:, :6].mean() < 0.01 < np.abs(kept[4] - frames[3])[:, :6].mean()
    frames[:, :, :12] = frames[:, :, -12:] = 0
    for borders in ("fill", "keep"):
        gated = engines.load("stabilise", "path", limit=0.1, borders=borders)(frames)
        assert gated[4, :, :4].max() < 0.02
        assert gated[4, :, -4:].max() < 0.02


@pytest.mark.parametrize("borders", ["keep", "fill", "crop"])
def test_no_border_is_a_smeared_line(borders: str) -> None:
    positions = np.where(np.arange(40)[:, None] < 28, 0.0, [6.0, 8.0])
    steady = engines.load("stabilise", "path", borders=borders)(film(positions))
    for frame in (steady[28], steady[-1]):
        for lines in (frame, frame[::-1], frame.swapaxes(0, 1), frame.swapaxes(0, 1)[::-1]):
            assert np.abs(np.diff(lines[:10], axis=0)).mean(axis=(1, 2)).min() > 0.001


def test_the_edge_of_a_moved_frame_stays_at_the_edge_and_the_middle_moves_as_a_whole() -> None:
    positions = np.zeros((9, 2))
    positions[4] = (0, 6)
    frames = film(positions)
    steady = engines.load("stabilise", "path", limit=0.1)(frames)
    assert np.abs(steady[4, 0] - frames[4, 0]).max() < 0.02
    assert np.abs(steady[4, 20:-20, 20:-20] - frames[3, 20:-20, 20:-20]).max() < 0.02


def test_cropping_magnifies_by_two_percent_at_most() -> None:
    positions = np.where(np.arange(40)[:, None] < 28, 0.0, [0.0, 8.0])
    plan = engines.load("stabilise", "path", borders="crop").clip(film(positions)).plan
    assert plan["zoom"][0] == pytest.approx(1.02)


def test_no_frame_moves_further_than_the_limit() -> None:
    stabilise = engines.load("stabilise", "path", limit=0.005)
    plan = stabilise.clip(film(weave(30, 3.0))).plan
    assert np.hypot(*plan["correction"][:, :2].T).max() <= 0.005 * WIDTH + 1e-9


@pytest.mark.parametrize("tremor", [0.0, 0.5])
@pytest.mark.parametrize("speed", [0.0, 1.0])
def test_after_a_splice_the_picture_is_put_back_where_it_was(tremor: float, speed: float) -> None:
    n = 60
    camera = np.stack([speed * np.arange(n), np.zeros(n)], axis=1)
    jump = np.where(np.arange(n)[:, None] < 38, 0.0, [0.0, -9.0])
    error = left_after(camera + jump + weave(n, tremor), camera)
    assert np.abs(error).max() < 0.05 + 1.5 * tremor
    kept = left_after(camera + jump + weave(n, tremor), camera, splice=0.0)
    assert np.abs(kept).max() > 3


def test_the_longer_stretch_stays_untouched_at_a_splice() -> None:
    positions = np.where(np.arange(40)[:, None] < 28, 0.0, [0.0, 7.0])
    frames = film(positions)
    steady = engines.load("stabilise", "path")(frames)
    assert np.array_equal(steady[:28], frames[:28])
    assert np.abs(steady[30:, 24:-24, 24:-24] - frames[:1, 24:-24, 24:-24]).max() < 0.02


def test_a_pan_that_starts_and_stops_is_not_mistaken_for_a_splice() -> None:
    x = np.clip(4.0 * (np.arange(50) - 15), 0, 80)
    frames = film(np.stack([x, np.zeros(50)], axis=1))
    assert np.array_equal(engines.load("stabilise", "path")(frames), frames)


def test_a_jerky_camera_is_not_mistaken_for_a_splice() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        steps = rng.normal(scale=1.0, size=80)
        at = rng.integers(10, 60)
        steps[at : at + 8] += rng.uniform(5, 15) * np.array([0.3, 0.9, 0.8, 2.2, 0.9, 0.8, 0.6, 0.2])
        assert not displaced(np.cumsum(steps), 50).any()


def test_weave_with_a_slow_drift_to_and_fro_is_held_still() -> None:
    n = 60
    drift = 1.0 * np.sin(2 * np.pi * np.arange(n)[:, None] / 50 + [0.0, 2.0])
    still = np.zeros((n, 2))
    assert left_after(drift + weave(n, 0.7), still).std(axis=0).max() < 0.15
    assert left_after(drift + weave(n, 0.7), still, drift=0.0).std(axis=0).max() > 0.4


def test_strength_and_rotation_are_obeyed() -> None:
    clip = engines.load("stabilise", "path").clip(film(weave(20, 1.0)))
    half = dataclasses.replace(engines.load("stabilise", "path").options, strength=0.5, dead_zone=0.0, rotation=False)
    whole = dataclasses.replace(half, strength=1.0)
    stabilise = engines.load("stabilise", "path")
    measures = stabilise.measure(clip)
    a, b = (stabilise.with_options(o).plan(measures, first=0)["correction"] for o in (half, whole))
    assert np.allclose(a, b / 2)
    assert not a[:, 2].any()
    with pytest.raises(ValueError, match="strength"):
        dataclasses.replace(half, strength=1.5)


def test_a_course_follows_motion_that_cannot_be_noise() -> None:
    t = np.arange(120)
    noise = np.random.default_rng(0).normal(size=120)
    for course in (np.clip(3.0 * (t - 40), 0, 120), 60 * (1 - np.cos(t / 20)), np.where(t > 60, 40.0, 0.0)):
        assert np.abs(trend(course[:, None], 100, 0.02)[:, 0] - course).max() < 0.2
        assert (trend((course + noise)[:, None], 100, 0.02)[:, 0] - course).std() < 0.75
