"""In-between frames by optical flow: in the right place, the same both ways, and never torn."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from answerprint import engines
from answerprint.engines.interpolate.flow import Flow
from films import moving_texture, repetitive, texture
from places import MEDIA

BENCH = MEDIA / "bench"


@pytest.fixture(scope="module")
def engine() -> Flow:
    return Flow()


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    return float(-10 * np.log10(np.mean((a - b) ** 2)))


@pytest.mark.parametrize(("quality", "gain"), [("fine", 8), ("fast", 5)])
def test_the_middle_frame_shows_objects_halfway(quality: str, gain: float) -> None:
    engine = engines.load("interpolate", "flow", quality=quality)
    a, truth, b = moving_texture(3, 96, 128, 3, step=(2.0, 1.0), object_step=(-3.0, 1.0))
    middle = engine.between(a, b, 0.5)
    assert psnr(middle, truth) > psnr((a + b) / 2, truth) + gain


def test_objects_are_where_each_moment_puts_them(engine: Flow) -> None:
    frames = moving_texture(5, 80, 100, 1, step=(1.0, 0.0), object_step=(1.0, 0.0))
    drawn = engine.betweens(frames[0], frames[4], [0.25, 0.5, 0.75])
    for i, frame in enumerate(drawn, start=1):
        scores = [psnr(frame[8:-8, 8:-8], other[8:-8, 8:-8]) for other in frames]
        assert int(np.argmax(scores)) == i
    assert np.array_equal(drawn[1], engine.between(frames[0], frames[4], 0.5))


def test_reversing_time_gives_the_same_frame(engine: Flow) -> None:
    a, _, b = moving_texture(3, 60, 90, 3, step=(2.0, -1.0))
    assert np.allclose(engine.between(a, b, 0.3), engine.between(b, a, 0.7), atol=1e-4)


def test_a_held_frame_stays_held(engine: Flow) -> None:
    a = moving_texture(1, 40, 50, 3)[0]
    assert np.array_equal(engine.between(a, a.copy(), 0.5), a)


def test_a_caption_stays_in_place_over_a_moving_picture(engine: Flow) -> None:
    a, truth, b = moving_texture(3, 96, 128, 1, step=(3.0, 0.0), object_step=(3.0, 0.0))
    for frame in (a, truth, b):
        frame[80:88, 40:90] = 0.02
        frame[82:86, [43, 46, 52, 54, 60, 67, 70, 76, 82, 85]] = 0.98
    middle = engine.between(a, b, 0.5)
    assert np.abs(middle - truth)[80:88, 40:90].mean() < 0.04
    assert psnr(middle[:70], truth[:70]) > psnr(((a + b) / 2)[:70], truth[:70]) + 6


def test_a_disc_over_still_ground_leaves_no_ghost(engine: Flow) -> None:
    ground = texture(100, 140, 1, np.random.default_rng(2))
    surface = texture(100, 140, 1, np.random.default_rng(4)) * 0.3
    x, y = np.meshgrid(np.arange(140), np.arange(100))

    def frame(shift: int) -> np.ndarray:
        disc = (np.hypot(x - 60 - shift, y - 50) < 20)[..., None]
        return np.where(disc, np.roll(surface, shift, axis=1), ground).astype(np.float32)

    middle, truth = engine.between(frame(-4), frame(4), 0.5), frame(0)
    away = np.hypot(x - 60, y - 50) > 28
    assert np.abs(middle - truth)[away].max() < 0.01
    # Ground that only one frame shows: a blend of both would be half disc, 0.17 off.
    uncovered = (np.hypot(x - 60, y - 50) > 21) & ~away
    assert np.abs(middle - truth)[uncovered].mean() < 0.04
    assert np.abs(middle - truth)[np.hypot(x - 60, y - 50) < 17].mean() < 0.03


def test_a_pan_is_complete_up_to_its_edges(engine: Flow) -> None:
    a, truth, b = moving_texture(3, 80, 100, 1, step=(6.0, 0.0), object_step=(6.0, 0.0))
    wrong = np.abs(engine.between(a, b, 0.5) - truth)
    # The 6 columns at either side are in one frame only: repeating its edge would be 0.03 off.
    assert max(wrong[:, :6].mean(), wrong[:, -6:].mean()) < 0.015


def test_a_place_with_nothing_in_common_holds_the_nearer_frame(engine: Flow) -> None:
    a, truth, b = moving_texture(3, 120, 160, 1, step=(2.0, 0.0), object_step=(2.0, 0.0))
    # Black that turns white is no motion, and no occlusion: both frames show the place.
    place, deep_inside = np.s_[30:90, 50:110], np.s_[50:70, 70:90]
    a, b = a.copy(), b.copy()
    a[place], b[place] = 0.0, 1.0
    frames, held = engine.draw(a, b, [0.25, 0.75])
    assert np.abs(frames[0][deep_inside] - 0.0).max() < 0.1 and np.abs(frames[1][deep_inside] - 1.0).max() < 0.1
    assert held.min() > 0.05 and held.max() < 0.3
    assert np.abs(engine.between(a, b, 0.5) - truth)[:, 125:155].mean() < 0.02


def test_in_a_plain_pan_nothing_is_held(engine: Flow) -> None:
    a, _, b = moving_texture(3, 96, 128, 3, step=(3.0, 1.0), object_step=(-3.0, 1.0))
    assert engine.draw(a, b, [0.5])[1].tolist() == [0.0]


@pytest.mark.parametrize("what", ["fence", "windows"])
def test_repetition_in_a_pan_never_comes_out_worse_than_a_blend(engine: Flow, what: str) -> None:
    # A pan by 14 pixels looks like one by 2, or by 6 the other way.
    frames = repetitive(what, (0.0, 7.0, 14.0))
    middle = engine.between(frames[0], frames[2], 0.5)
    assert psnr(middle, frames[1]) > psnr((frames[0] + frames[2]) / 2, frames[1]) + 3


def test_wide_frames_are_measured_small_and_drawn_large() -> None:
    a, truth, b = moving_texture(3, 96, 160, 1, step=(2.0, 1.0), object_step=(2.0, 1.0))
    middle = engines.load("interpolate", "flow", width=80).between(a, b, 0.5)
    assert middle.shape == a.shape
    assert psnr(middle[8:-8, 8:-8], truth[8:-8, 8:-8]) > 28


@pytest.mark.parametrize(("height", "width"), [(1, 1), (5, 3), (17, 64), (57, 33)])
def test_frames_of_any_size_are_interpolated(engine: Flow, height: int, width: int) -> None:
    a, b = np.random.default_rng(0).random((2, height, width, 1), np.float32)
    middle = engine.between(a, b, 0.5)
    assert middle.shape == a.shape and middle.min() >= 0 and middle.max() <= 1


def test_threads_do_not_change_a_pixel(engine: Flow) -> None:
    a, _, b = moving_texture(3, 90, 120, 3)
    before = cv2.getNumThreads()
    try:
        cv2.setNumThreads(1)
        one = engine.between(a, b, 0.4)
        cv2.setNumThreads(2)
        assert np.array_equal(engine.between(a, b, 0.4), one)
    finally:
        cv2.setNumThreads(before)


def test_frames_of_two_sizes_are_refused(engine: Flow) -> None:
    with pytest.raises(ValueError, match="cannot be interpolated"):
        engine.between(np.zeros((4, 4, 1), np.float32), np.zeros((4, 5, 1), np.float32), 0.5)


def test_davis_triplets_are_closer_to_the_truth_than_with_plain_flow(engine: Flow) -> None:
    if not BENCH.is_dir():
        pytest.skip("the DAVIS triplets are not on this machine")

    def read(path: Path) -> np.ndarray:
        return np.asarray(cv2.imread(str(path), cv2.IMREAD_COLOR_RGB), np.float32) / 255

    scores = []
    for path in sorted((BENCH / "davis/gt").glob("*/frame10i11.png")):
        a, b = (read(BENCH / "davis/input" / path.parent.name / f"frame{i}.png") for i in (10, 11))
        scores.append(psnr(engine.between(a, b, 0.5), read(path)))
    assert np.mean(scores) > 27.1  # DIS flow alone 26.73, a blend 21.72


def test_what_stands_still_in_both_frames_keeps_its_brightness(engine: Flow) -> None:
    a = np.random.default_rng(0).random((64, 96, 3), np.float32)
    b = a.copy()
    b[:16, :16] = 0.5
    # A step of 16 bits is 1.5e-5.
    assert np.abs(engine.between(a, b, 0.5) - a)[40:, 50:].max() < 5e-6
