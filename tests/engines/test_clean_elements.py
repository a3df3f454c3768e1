"""Clean takes another element's own pixels where the film is damaged and the element is not, and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import pytest

from answerprint import engines
from answerprint.engines import Clip, Element, PixelEngine, Result
from answerprint.engines.clean import _element_alignment
from films import moving_texture

HEIGHT, WIDTH, FRAMES = 144, 208, 8
FAST = 9.0
"""Pixels a frame by which the picture moves: neighbours show little of what is damaged at its edges."""


def film(grain: float = 0.008) -> np.ndarray:
    """A ground with a disc that goes its own way, with grain: float32 (n, h, w, 1)."""
    drawn = moving_texture(FRAMES, HEIGHT, WIDTH, step=(FAST, 0.0), object_step=(-7.0, 3.0), seed=3)
    return np.clip(drawn + np.random.default_rng(0).normal(0, grain, drawn.shape), 0, 1).astype(np.float32)


def second_print(truth: np.ndarray) -> np.ndarray:
    """Another scan of it: cropped, larger, bent, jumping in the gate, flickering, of other contrast."""
    rng = np.random.default_rng(5)
    height, width = round(1.2 * HEIGHT), round(1.2 * WIDTH)
    x, y = np.meshgrid(np.linspace(5, WIDTH - 8, width), np.linspace(4, HEIGHT - 4, height))
    bent = [1.5 * cv2.resize(rng.standard_normal((3, 4)), (width, height), interpolation=cv2.INTER_CUBIC) for _ in "xy"]
    scan = []
    for frame in truth:
        jump, light = rng.normal(0, 0.7, 2), 0.85 * rng.uniform(0.95, 1.05)
        places = [(a + b + j).astype(np.float32) for a, b, j in zip((x, y), bent, jump, strict=True)]
        read = cv2.remap(frame, *places, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
        scan.append(light * np.clip(read, 0, 1) ** 1.2 + 0.03 + rng.normal(0, 0.008, read.shape))
    return np.clip(np.stack(scan), 0, 1).astype(np.float32)[..., None]


def spotted(frames: np.ndarray, seed: int, spots: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Frames with bold dirt, and where it is, bool (n, h, w)."""
    rng, soiled = np.random.default_rng(seed), frames.copy()
    height, width = frames.shape[1:3]
    for frame in soiled:
        for _ in range(spots):
            ink = np.zeros((height, width), np.float32)
            at = int(rng.integers(12, width - 12)), int(rng.integers(12, height - 12))
            cv2.ellipse(ink, at, (int(rng.integers(3, 9)), int(rng.integers(3, 7))), 0, 0, 360, 1.0, -1)
            ink = cv2.GaussianBlur(ink, (0, 0), 0.6)[..., None]
            frame += ink * (float(rng.choice([0.02, 0.98])) - frame)
    return soiled, (np.abs(soiled - frames) > 0.02).any(axis=3)


def cleaned(engine: PixelEngine, frames: np.ndarray, *elements: Element) -> Result:
    return engine.run(engine.clip(frames, elements=elements))


def whole(frames: np.ndarray) -> Element:
    return Element(frames=frames, present=np.ones(len(frames), bool))


def psnr(a: np.ndarray, b: np.ndarray, where: np.ndarray) -> float:
    return float(-10 * np.log10(np.square(a - b).mean(axis=3)[where].mean()))


@pytest.mark.parametrize("name", ["motion", "learned"])
def test_damage_is_filled_better_from_another_print_than_from_neighbours(name: str) -> None:
    truth, engine = film(), engines.load("clean", name)
    soiled, dirt = spotted(truth, 1)
    second, _ = spotted(second_print(truth), 2)
    alone, both = cleaned(engine, soiled), cleaned(engine, soiled, whole(second))
    assert both.lent is not None and both.mask is not None and alone.lent is None
    found = dirt & both.mask & both.lent
    # The edges of a moving picture are in no scan that is cropped more.
    assert found.sum() > 0.6 * (dirt & both.mask).sum()
    assert psnr(both.frames, truth, found) > psnr(alone.frames, truth, found) + 1.0
    np.testing.assert_array_equal(both.mask, alone.mask)
    np.testing.assert_array_equal(both.frames[~both.lent], alone.frames[~both.lent])
    assert both.statistics["another_element"].mean() == pytest.approx(both.lent.mean())


def test_where_both_are_damaged_neither_is_asked() -> None:
    truth, engine = film(0.0), engines.load("clean", "motion")
    soiled, second = truth.copy(), second_print(truth)
    for frame in (2, 5):
        cv2.circle(soiled[frame], (100, 60), 7, 0.0, -1)
        # The same place of the second print, whose own dirt covers more.
        cv2.circle(second[frame], (125, 69), 30, 0.97, -1)
    dirt = (soiled != truth).any(axis=3)
    alone, both = cleaned(engine, soiled), cleaned(engine, soiled, whole(second))
    assert both.lent is not None and both.mask is not None and (both.mask & dirt).sum() > 0.4 * dirt.sum()
    assert not (both.lent & dirt).any()
    np.testing.assert_array_equal(both.frames, alone.frames)


def test_dirt_that_both_prints_inherited_is_repaired_from_neighbours() -> None:
    truth, engine = film(0.0), engines.load("clean", "motion")
    inherited, dirt = spotted(truth, 1)
    alone, both = cleaned(engine, inherited), cleaned(engine, inherited, whole(second_print(inherited)))
    assert both.lent is not None and alone.mask is not None
    assert psnr(both.frames, truth, dirt & alone.mask) > psnr(alone.frames, truth, dirt & alone.mask) - 0.2
    assert (both.lent & dirt).sum() < 0.05 * (dirt & alone.mask).sum()


def test_an_element_of_another_film_lends_nothing() -> None:
    engine = engines.load("clean", "motion")
    soiled, _ = spotted(film(), 1)
    other = moving_texture(FRAMES, HEIGHT, WIDTH, step=(2.0, 1.0), seed=11)
    alone, both = cleaned(engine, soiled), cleaned(engine, soiled, whole(other))
    assert alone.mask is not None and alone.mask.any() and both.lent is not None and not both.lent.any()
    np.testing.assert_array_equal(both.frames, alone.frames)


def test_a_frame_that_the_element_lacks_is_repaired_from_neighbours() -> None:
    truth, engine = film(), engines.load("clean", "motion")
    soiled, _ = spotted(truth, 1)
    present = np.arange(FRAMES) != 3
    second = second_print(truth) * present[:, None, None, None]
    both = cleaned(engine, soiled, Element(frames=second.astype(np.float32), present=present))
    assert both.lent is not None and not both.lent[3].any() and both.lent[[2, 4]].any(axis=(1, 2)).all()


def test_the_second_element_is_asked_where_the_first_is_damaged() -> None:
    truth, engine = film(), engines.load("clean", "motion")
    soiled, _ = spotted(truth, 1)
    good, missing = second_print(truth), np.zeros(FRAMES, bool)
    nothing = Element(frames=np.zeros_like(good), present=missing)
    one, two = cleaned(engine, soiled, whole(good)), cleaned(engine, soiled, nothing, whole(good))
    assert one.lent is not None and one.lent.any()
    np.testing.assert_array_equal(one.frames, two.frames)


def test_pixels_do_not_depend_on_how_a_shot_is_cut() -> None:
    truth, engine = film(), engines.load("clean", "motion")
    soiled, _ = spotted(truth, 1)
    clip = engine.clip(soiled, elements=(whole(spotted(second_print(truth), 2)[0]),))
    pieces = []
    for start, stop in pairwise((0, 3, 4, FRAMES)):
        low, high = max(0, start - engine.card.radius), min(FRAMES, stop + engine.card.radius)
        elements = tuple(Element(frames=e.frames[low:high], present=e.present[low:high]) for e in clip.elements)
        core = slice(start - low, stop - low)
        pieces.append(engine.run(replace(clip, frames=soiled[low:high], core=core, first=low, elements=elements)))
    one = engine.run(clip)
    np.testing.assert_array_equal(np.concatenate([piece.frames for piece in pieces]), one.frames)
    assert isinstance(clip, Clip) and one.lent is not None and one.lent.any()


def test_crop_bend_and_light_of_a_second_scan_are_found() -> None:
    truth = film(0.0)
    second = second_print(truth)
    nowhere = np.zeros((HEIGHT, WIDTH), bool)
    brought = _element_alignment.aligned(truth[3], nowhere, second[3], np.zeros(second.shape[1:3], bool))
    assert brought is not None and brought.shown.mean() > 0.85
    assert psnr(brought.picture[None], truth[3:4], brought.shown[None]) > 33


@pytest.mark.parametrize("damaged", ["film", "element"])
def test_a_print_that_shows_too_little_undamaged_to_be_compared_lends_nothing(damaged: str) -> None:
    drawn = cv2.GaussianBlur(film(0.0)[3], (0, 0), 9.0)
    # The element lies half a row off, so that every second row of damage reaches all of the film's.
    picture, element = drawn[:-1, :, None], ((drawn[1:] + drawn[:-1]) / 2)[..., None]
    dirt, worn = np.zeros((2, *picture.shape[:2]), bool)
    if damaged == "film":
        dirt[:] = True
        dirt[8::16, 8:-3:32] = False
    else:
        worn[::2] = True
    assert _element_alignment.aligned(picture, dirt, element, worn) is None
