"""Faces made clearer: only inside them, and never past what is there."""

from __future__ import annotations

import dataclasses

import cv2
import numpy as np
import pytest

from answerprint import engines
from answerprint.engines import Clip
from answerprint.engines.faces._quality import condition
from answerprint.engines.faces.detail import Detail
from answerprint.lab.bench.repair_clips import CROWD
from answerprint.lab.bench.repair_clips import frames as clip_of
from drawn_faces import drawn_face
from places import MEDIA
from soft_faces import BOX, LANDMARKS, measures, patch_of, portrait, run


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("soft", [1.5, 2.0, 3.0])
def test_a_soft_face_comes_nearer_to_the_sharp_one(channels: int, soft: float) -> None:
    frames, sharp = portrait(grain=0.005, channels=channels, soft=soft), portrait(soft=0.8, channels=channels)
    result = run(frames)
    assert result.mask is not None

    def decibels(picture: np.ndarray) -> float:
        return float(-10 * np.log10(((picture - sharp)[result.mask] ** 2).mean()))

    assert decibels(result.frames) > decibels(frames) + 0.3


@pytest.mark.parametrize("grain", [0.0, 0.01])
@pytest.mark.parametrize("soft", [1.5, 2.0, 3.0])
def test_the_blur_of_hard_edges_is_measured_to_a_third_of_a_pixel(soft: float, grain: float) -> None:
    picture = np.full((160, 160), 0.6, np.float32)
    for place, half in (((60, 64), 12), ((100, 64), 12), ((80, 108), 14)):
        cv2.rectangle(picture, np.subtract(place, half).tolist(), np.add(place, half).tolist(), 0.2, -1)
    random = np.random.default_rng(2)
    frame = cv2.GaussianBlur(picture, (0, 0), soft) + random.normal(0, grain, picture.shape).astype(np.float32)
    assert condition(patch_of(frame[..., None])).blur == pytest.approx(soft, abs=0.33)


@pytest.mark.parametrize("grain", [0.01, 0.03])
def test_grain_is_measured(grain: float) -> None:
    frame = np.random.default_rng(3).normal(0.5, grain, (160, 160, 1)).astype(np.float32)
    assert condition(patch_of(frame)).noise == pytest.approx(grain, rel=0.1)


def test_a_sharper_frame_lends_its_detail() -> None:
    sharp, soft = portrait(soft=0.8, grain=0.003)[0], portrait(soft=3.0, grain=0.003)[0]
    frames = np.stack([soft, np.roll(sharp, 2, axis=1)])
    truth = portrait(soft=0.8)[0]
    inside = patch_of(soft)
    region = (inside.inside > 0.5) & (inside.mouth == 0) & (inside.eyes == 0)

    def error(result: engines.Result) -> float:
        return float(((result.frames[0] - truth)[inside.place][..., 0][region] ** 2).mean())

    plan_blur = np.array([3.0, 0.8])
    lent, alone = run_pair(frames, plan_blur, lend=1), run_pair(frames, plan_blur, lend=0)
    assert error(lent) < 0.6 * error(alone)
    assert lent.statistics["lent"][0] == 1 and alone.statistics["lent"][0] == 0


def run_pair(frames: np.ndarray, blurs: np.ndarray, lend: int) -> engines.Result:
    plan = Detail().plan(measures({}, 2), first=0)
    plan["boxes"][:, 0], plan["landmarks"][:, 0], plan["share"][:, 0] = BOX, LANDMARKS, 1.0
    plan["blur"][:, 0], plan["lend"][0, 0], plan["grain"][:, 0] = blurs, lend, 0.003
    return Detail().run(Clip(frames=frames, core=slice(0, 1), plan=plan))


@pytest.mark.parametrize("pattern", ["stripes", "dots", "noise"])
def test_wallpaper_has_no_faces(pattern: str) -> None:
    y, x = np.mgrid[:160, :220].astype(np.float32)
    noise = cv2.GaussianBlur(np.random.default_rng(2).random((160, 220), np.float32), (0, 0), 3)
    picture = {
        "stripes": 0.5 + 0.3 * np.sin(x / 3),
        "dots": 0.5 + 0.3 * np.sin(x / 4) * np.sin(y / 4),
        "noise": (noise - noise.min()) / np.ptp(noise),
    }[pattern]
    frames = np.repeat(picture[None, ..., None], 4, axis=0).astype(np.float32)
    engine = engines.load("faces", "detail")
    assert np.array_equal(engine(frames), frames)


def test_a_face_at_the_edge_of_the_picture_is_treated_where_it_is_visible() -> None:
    frames = portrait()
    result = run(frames[:, :, 70:], box=(-30.0, 24.0, 50.0, 134.0))
    assert np.any(result.mask) and np.isfinite(result.frames).all()
    assert not np.any(run(frames, box=(400.0, 400.0, 480.0, 500.0)).mask)


def test_a_drawn_face_is_found_measured_and_cleared() -> None:
    sharp = drawn_face()
    frames = cv2.GaussianBlur(sharp, (0, 0), 2.0)[None, ..., None]
    engine = engines.load("faces", "detail")
    clip = engine.clip(frames)
    result = engine.run(clip)
    assert result.statistics["faces"][0] == 1 and result.statistics["identity"][0] >= engine.options.likeness
    inside = result.mask[0]
    before, after = (((x[0] - sharp)[inside] ** 2).mean() for x in (frames, result.frames))
    assert after < before


def test_six_faces_are_found_and_the_soft_ones_cleared() -> None:
    path = MEDIA / "faces/multiface.jpg"
    if not path.is_file():
        pytest.skip("the picture of six people is not on this machine")
    picture = np.asarray(cv2.imread(str(path), cv2.IMREAD_COLOR_RGB), np.float32) / 255
    frames = cv2.GaussianBlur(picture, (0, 0), 2.0)[None]
    engine = engines.load("faces", "detail")
    result = engine.run(engine.clip(frames))
    assert result.statistics["faces"][0] == 6 and result.statistics["identity"][0] >= 0.96
    assert 0.03 < result.mask.mean() < 0.15
    before, after = (((x - picture[None])[result.mask] ** 2).mean() for x in (frames, result.frames))
    assert after < 0.9 * before


def test_a_crowd_has_no_ghosts() -> None:
    if not (MEDIA / CROWD.file).is_file():
        pytest.skip("the film of a crowd is not on this machine")
    frames = clip_of(MEDIA, dataclasses.replace(CROWD, width=960), 7)
    engine = engines.load("faces", "detail")
    found = engine.measure(Clip(frames=frames, core=slice(0, len(frames))))
    plan = engine.plan(found, first=0)
    result = engine.run(Clip(frames=frames, core=slice(0, 1), plan=plan))
    # Only what the detector saw on two looks at least is touched, and within its ellipse.
    assert result.statistics["faces"][0] <= np.isfinite(found["boxes"][0, :, 0]).sum()
    assert np.array_equal(result.frames[~result.mask], frames[:1][~result.mask])
    assert result.mask.mean() < 0.1
