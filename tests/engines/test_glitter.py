"""A dress of sequins and a striped blouse: what flashes or aliases gets no detail, and boils no more than it did."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from answerprint import engines
from answerprint.engines.upscale._steadying import surroundings

FRAMES, HEIGHT, WIDTH, FINE = 5, 96, 128, 4
MIDDLE = FRAMES // 2


def texture(seed: int, soft: float, size: tuple[int, int]) -> np.ndarray:
    picture = cv2.GaussianBlur(np.random.default_rng(seed).standard_normal(size, np.float32), (0, 0), soft)
    return np.asarray((picture - picture.min()) / np.ptp(picture))


def dress(speed: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sequins on cloth that moves before a wall; each catches the light in one frame of four.

    The frames (n, h, w, 1), where sequins flash and where the dress is, each bool (n, h, w).
    """
    random = np.random.default_rng(3)
    size = FINE * HEIGHT, FINE * WIDTH
    wall, cloth = 0.2 + 0.5 * texture(1, 6, size), 0.15 + 0.2 * texture(2, 10, size)
    sequins, lit = random.uniform((12, 20), (HEIGHT - 12, WIDTH - 40), (260, 2)), random.random((260, FRAMES)) < 0.25
    frames, flashes, dresses = [], [], []
    for t in range(FRAMES):
        x, y = (FINE * t * step for step in speed)
        covered, flash = np.zeros(size, np.uint8), np.zeros(size, np.float32)
        cv2.ellipse(covered, (52 * FINE + x, 46 * FINE + y), (36 * FINE, 40 * FINE), 0, 0, 360, 1, -1)
        picture = np.where(covered > 0, np.roll(cloth, (y, x), (0, 1)), wall)
        for place, on in zip(np.rint(FINE * sequins).astype(int), lit[:, t], strict=True):
            at = int(place[1] + x), int(place[0] + y)
            if at[0] < size[1] and at[1] < size[0] and covered[at[1], at[0]]:
                cv2.circle(picture, at, 5, 0.95 if on else 0.3, -1, cv2.LINE_AA)
                cv2.circle(flash, at, 4, float(on), -1)
        small = cv2.resize(cv2.GaussianBlur(picture, (0, 0), 2), (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
        frames.append(small + 0.01 * random.standard_normal(small.shape))
        flashes.append(cv2.resize(flash, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA) > 0.5)
        dresses.append(cv2.resize(covered, (WIDTH, HEIGHT), interpolation=cv2.INTER_NEAREST) > 0)
    return np.clip(frames, 0, 1).astype(np.float32)[..., None], np.array(flashes), np.array(dresses)


def blouse(pitch: float, speed: float) -> np.ndarray:
    """Stripes too fine for the film, `pitch` to a pixel, that it shows as others: frames (n, h, w, 1)."""
    random, columns = np.random.default_rng(1), np.arange(WIDTH, dtype=float)
    rows = [0.5 + 0.25 * np.cos(2 * np.pi * pitch * (columns - speed * t)) for t in range(FRAMES)]
    frames = [np.tile(row, (HEIGHT, 1)) + 0.01 * random.standard_normal((HEIGHT, WIDTH)) for row in rows]
    return np.clip(frames, 0, 1).astype(np.float32)[..., None]


def enlarged(frames: np.ndarray, **options: Any) -> np.ndarray:
    return engines.load("upscale", "compact", **options)(frames)[..., 0]


def twice(mask: np.ndarray) -> np.ndarray:
    return mask.repeat(2, axis=0).repeat(2, axis=1)


@pytest.mark.parametrize("speed", [(0, 0), (2, 1), (5, 3)])
def test_sequins_that_flash_are_found_on_a_dress_that_moves_and_nowhere_else(speed: tuple[int, int]) -> None:
    frames, flashes, dresses = dress(speed)
    before, now, after = frames[MIDDLE - 1 : MIDDLE + 2, ..., 0]
    glitter = surroundings(now, [before, after]).glitter > 0.5
    around = cv2.dilate(dresses[MIDDLE].astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    assert flashes[MIDDLE].any() and glitter[flashes[MIDDLE]].mean() > 0.75
    assert glitter[~around].mean() < 0.005


@pytest.mark.parametrize("speed", [(0, 0), (2, 1), (5, 3)])
def test_sequins_keep_their_flash_get_little_detail_and_boil_no_more_than_enlarged_plainly(
    speed: tuple[int, int],
) -> None:
    frames, flashes, dresses = dress(speed)
    guarded, bold, plain = (enlarged(frames, **options) for options in ({}, {"glitter": False}, {"strength": 0.0}))
    flash, area = twice(flashes[MIDDLE]), twice(dresses[MIDDLE])
    added, unguarded = (np.abs(one - plain)[MIDDLE][flash].mean() for one in (guarded, bold))
    assert added < 0.35 * unguarded
    assert abs(np.percentile(guarded[MIDDLE][flash], 95) - np.percentile(plain[MIDDLE][flash], 95)) < 0.02
    boil, usual = (one.std(axis=0)[area].mean() for one in (guarded, plain))
    assert boil < 1.01 * usual


@pytest.mark.parametrize(("pitch", "speed"), [(0.45, 0.7), (0.56, 0.7), (0.7, 0.7), (0.53, 2.3)])
def test_moire_is_neither_stronger_nor_more_restless_than_enlarged_plainly(pitch: float, speed: float) -> None:
    frames = blouse(pitch, speed)
    ours, plain = (enlarged(frames, **options)[:, 24:-24, 24:-24] for options in ({}, {"strength": 0.0}))
    assert plain[MIDDLE].std() > 0.1, "there is moire to see"
    assert ours[MIDDLE].std() < 1.02 * plain[MIDDLE].std()
    assert ours.std(axis=0).mean() < 1.02 * plain.std(axis=0).mean()
