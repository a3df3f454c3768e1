"""What no engine may do to a face: teeth, eyes, skin, colour and light stay, and everything around it."""

from __future__ import annotations

import cv2
import numpy as np

from answerprint.engines import Clip
from answerprint.engines.faces import _patch
from answerprint.engines.faces._guards import effects, guarded
from answerprint.engines.faces.detail import Detail
from soft_faces import BOX, LANDMARKS, measures, patch_of, portrait, run


def drawn_over(frame: np.ndarray) -> np.ndarray:
    """The change of an engine that invents: another iris, dark lines between teeth, skin without texture."""
    face = cv2.GaussianBlur(frame[..., 0], (0, 0), 3)
    for x in (64, 96):
        cv2.circle(face, (x + 3, 66), 4, 0.9, -1)
    face[101:113, 66:95:5] = 0.05
    change: np.ndarray = face - frame[..., 0]
    return change


def test_teeth_keep_their_contrast_and_eyes_their_brightness() -> None:
    # Teeth: light stripes with thin darker lines between them, where a mouth is.
    frames = portrait(soft=1.5)
    teeth = np.full((12, 30), 0.85, np.float32)
    teeth[:, ::5] = 0.65
    frames[0, 101:113, 65:95, 0] = cv2.GaussianBlur(teeth, (0, 0), 0.7)
    result = run(frames, blur=2.5)
    before, after = frames[0, ..., 0], result.frames[0, ..., 0]
    assert np.abs(after - before)[40:95, 50:110].max() > 0.02, "the rest of the face is sharpened"
    assert after[101:113, 65:95].std() <= 1.01 * before[101:113, 65:95].std()
    for x in (64, 96):
        iris = np.s_[63:70, x - 3 : x + 4]
        assert abs(after[iris].mean() - before[iris].mean()) < 0.012
    assert result.statistics["teeth"][0] <= 1.01 and result.statistics["iris"][0] < 0.012


def test_guards_hold_against_an_engine_that_invents_eyes_teeth_and_skin() -> None:
    frame = portrait(grain=0.02)[0]
    patch = patch_of(frame)
    wild = drawn_over(frame)[patch.place]
    before, after = effects(patch, wild), effects(patch, guarded(patch, wild, 0.3))
    assert before.teeth > 1.5 and before.texture < 0.5 and abs(before.iris) > 0.05
    assert after.teeth <= 1.01 and after.texture >= 0.999 and abs(after.iris) < 0.012


def test_skin_keeps_its_texture() -> None:
    for grain in (0.0, 0.005, 0.015, 0.04):
        frames = portrait(grain=grain)
        skin = np.s_[0, 78:96, 56:70, 0]
        after, before = (cv2.Laplacian(x[skin], cv2.CV_32F).std() for x in (run(frames).frames, frames))
        assert after >= 0.999 * before
        assert run(frames).statistics["texture"][0] >= 0.999


def test_no_pixel_of_a_protected_face_changes_even_under_another() -> None:
    frames = portrait(count=1)
    plan = Detail().plan(measures({}, 1), first=0)
    for row, share in ((0, 1.0), (1, -1.0)):
        plan["boxes"][0, row] = np.add(BOX, (20 * row, 0, 20 * row, 0))
        plan["landmarks"][0, row] = np.add(LANDMARKS, (20 * row, 0))
        plan["share"][0, row], plan["blur"][0, row] = share, 2.0
    result = Detail().run(Clip(frames=frames, core=slice(0, 1), plan=plan))
    closed = _patch.cut(frames[0], plan["boxes"][0, 1], plan["landmarks"][0, 1])
    assert closed is not None
    inside = closed.inside > 0
    assert np.array_equal(result.frames[0][closed.place][inside], frames[0][closed.place][inside])
    assert not np.array_equal(result.frames, frames)


def test_the_colour_of_a_face_is_kept() -> None:
    frames = portrait(channels=3)
    change = run(frames).frames - frames
    assert np.allclose(change[..., 0], change[..., 1], atol=1e-6) and np.allclose(
        change[..., 1], change[..., 2], atol=1e-6
    )


def test_light_and_shadow_of_a_face_are_kept() -> None:
    frames = portrait(grain=0.005)
    change = (run(frames, strength=1.0).frames - frames)[0, ..., 0]
    assert np.abs(change).max() > 0.02
    assert np.abs(cv2.GaussianBlur(change, (0, 0), 8)).max() < 0.003


def test_nothing_is_brighter_or_darker_than_its_surroundings() -> None:
    frames = portrait()
    result = run(frames, strength=1.0).frames[0, ..., 0]
    box = np.ones((5, 5), np.uint8)
    assert (result <= cv2.dilate(frames[0], box) + 0.0051).all()
    assert (result >= cv2.erode(frames[0], box) - 0.0051).all()


def test_nothing_outside_the_faces_changes_by_a_bit() -> None:
    frames = portrait(grain=0.02, count=2)
    result = run(frames)
    assert result.mask is not None and 0.1 < result.mask.mean() < 0.5
    assert np.array_equal(result.frames[~result.mask], frames[~result.mask])
    assert not np.array_equal(result.frames, frames)
    assert list(result.statistics["faces"]) == [1, 1]


def test_grain_is_not_raised() -> None:
    random = np.random.default_rng(5)
    frames = (0.5 + random.normal(0, 0.03, (1, 160, 160, 1))).astype(np.float32)
    result = run(frames, blur=2.0)
    assert result.mask is not None
    inside = result.mask[0]
    assert result.frames[0][inside].std() < 1.1 * frames[0][inside].std()
