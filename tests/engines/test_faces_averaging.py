"""A face averaged over the frames around it: grain goes, what moves stays, and nothing of another face comes in."""

from __future__ import annotations

import numpy as np
import pytest

from answerprint.engines.faces._averaging import REACH, averaged
from soft_faces import patch_of, portrait, run

GRAIN = 0.03


def moving(count: int, grain: float = GRAIN, step: int = 1) -> np.ndarray:
    """A drawn head that goes `step` pixels further to the right in each frame: (n, h, w, 1)."""
    random = np.random.default_rng(7)
    clean = np.stack([np.roll(portrait()[0], step * at, axis=1) for at in range(count)])
    return np.clip(clean + random.normal(0, grain, clean.shape), 0, 1).astype(np.float32)


def error(image: np.ndarray, truth: np.ndarray) -> float:
    return float(np.sqrt(((image - truth) ** 2)[patch_of(portrait()[0]).inside > 0.5].mean()))


def inside(frame: np.ndarray) -> np.ndarray:
    return np.asarray(frame[patch_of(frame).place][..., 0])


@pytest.mark.parametrize("index", [0, 1, 2, 4])
def test_grain_halves_in_a_moving_face_at_the_ends_of_a_shot_too(index: int) -> None:
    count = REACH + 1
    frames = np.roll(moving(count), -index, axis=2)
    truth = inside(np.roll(moving(count, grain=0), -index, axis=2)[index])
    patch = patch_of(frames[index])
    assert error(averaged(patch, frames, index, GRAIN).calm, truth) < 0.6 * error(patch.luma, truth)


def test_what_other_frames_do_not_show_is_not_taken_from_them() -> None:
    frames = moving(REACH + 1, grain=0.005, step=0)
    others = frames.copy()
    others[:2, 60:75, 55:75] = others[3:, 60:75, 55:75] = 0.9
    patch = patch_of(frames[2])
    calm = averaged(patch, np.concatenate([others[:2], frames[2:3], others[3:]]), 2, 0.005).calm
    assert np.abs(calm - patch.luma).max() < 0.05
    assert np.abs(inside(others[0]) - patch.luma).max() > 0.5


def test_a_single_frame_stays_as_it_is() -> None:
    frames = moving(1)
    patch = patch_of(frames[0])
    assert (averaged(patch, frames, 0, GRAIN).calm == patch.luma).all()


def test_the_same_frames_count_however_many_more_are_given() -> None:
    frames = moving(14)
    whole, part = (averaged(patch_of(frames[7]), film, at, GRAIN).calm for film, at in ((frames, 7), (frames[3:12], 4)))
    assert (whole == part).all()


def test_a_face_comes_nearer_to_the_truth_when_other_frames_show_it_too() -> None:
    frames, truth = moving(REACH + 1, grain=0.02, step=0), inside(portrait(soft=0.8)[0])
    alone, together = run(frames[2:3], blur=2.0).frames[0], run(frames, blur=2.0).frames[2]
    before, one, all_of_them = (error(inside(frame), truth) for frame in (frames[2], alone, together))
    assert all_of_them < one < before
