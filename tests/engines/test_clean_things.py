"""What moves on a path through several frames is a thing, not dirt, however fast it is."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from answerprint import engines
from answerprint.engines.clean import _context
from answerprint.engines.clean._alignment import ShotAligner
from answerprint.engines.clean._context import Listing
from films import moving_texture
from soiled import pan

SHAPE = 360, 640
ENGINES = ("motion", "learned")


def listed(places: np.ndarray, pixels: float = 60.0, tone: float = -0.4) -> Listing:
    return Listing(centre=places, pixels=np.full(len(places), pixels), tone=np.full(len(places), tone))


def scattered(seed: int, count: int = 12) -> np.ndarray:
    """Places anywhere in the picture, (count, 2)."""
    return np.random.default_rng(seed).uniform((0, 0), SHAPE[::-1], (count, 2))


def through(frames: list[np.ndarray]) -> _context.Context:
    """What five frames of spots say about those of the middle one."""
    before, here, after = [listed(p) for p in frames[1::-1]], listed(frames[2]), [listed(p) for p in frames[3:]]
    return _context.context(here, before, after, SHAPE)


def test_a_ball_among_dirt_of_all_sizes_is_on_a_path_and_the_dirt_is_not() -> None:
    frames = []
    for k in range(5):
        sizes = np.random.default_rng(20 + k).uniform(np.log(4), np.log(900), 12)
        ball = 100 + 70 * k, 200 - 30 * k + k * k
        frames.append(replace(listed(np.vstack([ball, scattered(k)])), pixels=np.array([150.0, *np.exp(sizes)])))
    context = _context.context(frames[2], frames[1::-1], frames[3:], SHAPE)
    assert context.path[0] > context.second_path[0] > 3 > context.path[1:].max() > context.second_path[1:].max()


def test_three_specks_in_a_row_are_on_one_path_and_not_on_a_second() -> None:
    row = [np.array([[100.0 + 40 * k, 100.0]]) for k in range(3)]
    context = through([np.empty((0, 2)), *row, np.empty((0, 2))])
    assert context.path[0] > 4 and context.second_path[0] == 0


def test_a_ball_that_enters_or_leaves_the_picture_is_on_a_path_through_two_frames_of_one_side() -> None:
    ball = [np.array([[20.0 + 60 * k, 100.0]]) for k in range(5)]
    none = np.empty((0, 2))
    for frames in ([none, none, *ball[2:]], [*ball[:3], none, none]):
        assert through(frames).path[0] > 4


def test_a_hair_that_the_gate_holds_is_on_no_path() -> None:
    assert through([np.array([[300.0, 80.0]])] * 5).path[0] == 0


def test_a_speck_is_on_no_path_that_bends_by_far_more_than_its_step() -> None:
    for bend, on_a_path in ((2.0, True), (30.0, False)):
        frames = [
            listed(np.array([place]), pixels=12) for place in ((100.0, 100.0), (104.0, 100.0), (108.0, 100 + bend))
        ]
        path = _context.context(frames[1], [frames[0]], [frames[2]], SHAPE).path[0]
        assert path > 3 if on_a_path else path == 0


def test_a_thing_keeps_its_size_and_tone_on_its_path() -> None:
    steps = [np.array([[100.0 + 40 * k, 100.0]]) for k in range(3)]
    for other in (listed(steps[0], pixels=600), listed(steps[0], tone=0.4), listed(steps[0], tone=-0.1)):
        assert _context.context(listed(steps[1]), [other], [listed(steps[2])], SHAPE).path[0] == 0


def test_drops_that_fall_together_have_fellows_and_dirt_has_none() -> None:
    drops = scattered(9, 60)
    falling = through([(drops + np.array([4, 85]) * k) % SHAPE[::-1] for k in range(5)]).fellows
    resting = through([scattered(k, 60) for k in range(5)]).fellows
    assert np.median(falling) > np.log(5) > np.log(3) > resting.max()


def test_sequins_keep_company_and_dirt_does_not() -> None:
    dress = [np.random.default_rng(k).uniform((200, 150), (260, 210), (20, 2)) for k in range(5)]
    assert through(dress).company.min() > 1 > np.abs(np.mean(through([scattered(k, 40) for k in range(5)]).company))


def test_spots_are_listed_by_place_size_and_tone() -> None:
    mask, step = np.zeros((40, 60), bool), np.zeros((40, 60), np.float32)
    mask[10:14, 20:30], step[10:14, 20:30] = True, -0.3
    one = _context.connected(mask, step)
    assert len(one) == 1 and one.pixels[0] == 40 and np.allclose(one.centre[0], (24.5, 11.5))
    assert np.isclose(one.tone[0], -0.3) and len(_context.connected(~mask & mask, step)) == 0


def test_the_step_of_a_window_is_taken_from_the_middle_of_its_neighbours() -> None:
    window = ShotAligner(moving_texture(7, 48, 64, 1, step=(3.0, 1.0))).window(3)
    assert np.array_equal(window.step, window.pictures[0] - np.median(window.pictures[1:], axis=0))


def thrown(count: int, things: int) -> tuple[np.ndarray, np.ndarray]:
    """A still picture that light balls cross, in flight: frames, and where the balls are, bool (n, h, w)."""
    film = moving_texture(count, 180, 320, 1, step=(0.0, 0.0), object_step=(0.0, 0.0))
    cover = np.zeros(film.shape[:3], np.uint8)
    for i in range(count):
        for k in range(things):
            at = 20 + 34 * i + 9 * k, 150 - 60 * k - 14 * i + i * i
            cv2.circle(cover[i], at, 10 - 5 * k, 1, -1)
    return np.where(cover[..., None] > 0, np.float32(0.97), film), cover > 0


@pytest.mark.parametrize("name", ENGINES)
def test_balls_are_left_alone_and_a_speck_beside_them_is_repaired(name: str) -> None:
    film, balls = thrown(9, 2)
    speck = np.zeros(film.shape[1:3], np.uint8)
    cv2.circle(speck, (250, 150), 7, 1, -1)
    film[4][speck > 0] = 0.02
    mask = engines.load("clean", name).repair(film)[1]
    assert mask[4][speck > 0].mean() > 0.9
    assert mask[balls].mean() < 0.01


@pytest.mark.parametrize("speed", [55, 75])
def test_a_large_thing_is_kept_where_it_crosses_the_middle_of_the_picture(speed: int) -> None:
    film = pan(count=7, height=180, width=320, grain=0.005, speed=1)
    cover = np.zeros(film.shape[:3], np.uint8)
    for i, layer in enumerate(cover):
        x = speed * i - 60
        cv2.ellipse(layer, (x, 90), (36, 28), 20 * i, 0, 360, 1, -1)
        cv2.ellipse(layer, (x + 20, 70), (18, 28), -30 * i, 0, 360, 1, -1)
    film[cover > 0] = 0.05
    mask = engines.load("clean", "motion", scratches=False).repair(film)[1]
    assert not mask[2:4].any()
