"""Faces made clearer: only inside them, never past what is there, and always the same person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np
import pytest

from answerprint import engines
from answerprint.engines import Clip
from answerprint.engines.faces.detail import FACES, Detail
from places import MEDIA

BOX = (40.0, 24.0, 120.0, 134.0)


def portrait(grain: float = 0.0, count: int = 1, channels: int = 1, soft: float = 2.0) -> np.ndarray:
    """A drawn head of 80 x 110 pixels in the box above, out of focus by `soft` pixels."""
    picture = np.full((160, 160, 3), 60, np.uint8)
    cv2.ellipse(picture, (80, 79), (40, 55), 0, 0, 360, (150, 165, 200), -1, cv2.LINE_AA)
    for x in (64, 96):
        cv2.ellipse(picture, (x, 66), (9, 5), 0, 0, 360, (235, 235, 235), -1, cv2.LINE_AA)
        cv2.circle(picture, (x, 66), 4, (40, 30, 20), -1, cv2.LINE_AA)
        cv2.line(picture, (x - 10, 54), (x + 10, 52), (50, 50, 60), 3, cv2.LINE_AA)
    cv2.ellipse(picture, (80, 106), (18, 6), 0, 0, 180, (80, 80, 150), -1, cv2.LINE_AA)
    image = cv2.GaussianBlur(picture.astype(np.float32) / 255, (0, 0), soft)[..., :channels]
    random = np.random.default_rng(1)
    return np.clip(image + random.normal(0, grain, (count, *image.shape)), 0, 1).astype(np.float32)


def run(frames: np.ndarray, box: tuple[float, ...] = BOX, share: float = 1.0, **options: Any) -> engines.Result:
    """The frames with one face whose place is given."""
    boxes = np.full((len(frames), FACES, 5), np.nan, np.float32)
    boxes[:, 3] = (*box, 0.99)
    plan = {"boxes": boxes, "share": np.full((len(frames), FACES), share, np.float32)}
    return Detail(Detail.Options(**options)).run(Clip(frames=frames, core=slice(0, len(frames)), plan=plan))


@pytest.mark.parametrize("channels", [1, 3])
def test_a_soft_face_gets_clearer(channels: int) -> None:
    frames = portrait(grain=0.005, channels=channels)
    result = run(frames)

    def edges(x: np.ndarray) -> float:
        return float(np.abs(cv2.Laplacian(x[0, 50:120, 50:110].mean(axis=2), cv2.CV_32F)).mean())

    # A drawn face has hardly any edges but those of its eyes and mouth, which are guarded.
    assert edges(result.frames) > 1.08 * edges(frames)
    sharp = portrait(soft=1.0, channels=channels)
    inside = result.mask
    assert np.abs(result.frames - sharp)[inside].mean() < np.abs(frames - sharp)[inside].mean()


def test_nothing_outside_the_faces_changes_by_a_bit() -> None:
    frames = portrait(grain=0.02, count=2)
    result = run(frames)
    assert result.mask is not None and 0.1 < result.mask.mean() < 0.5
    assert np.array_equal(result.frames[~result.mask], frames[~result.mask])
    assert not np.array_equal(result.frames, frames)
    assert list(result.statistics["faces"]) == [1, 1]


def test_nothing_is_brighter_or_darker_than_its_surroundings() -> None:
    frames = portrait()
    result = run(frames, strength=1.0).frames[0, ..., 0]
    box = np.ones((5, 5), np.uint8)
    assert (result <= cv2.dilate(frames[0], box) + 0.0051).all()
    assert (result >= cv2.erode(frames[0], box) - 0.0051).all()


def test_light_and_shadow_of_a_face_are_kept() -> None:
    frames = portrait(grain=0.01)
    change = (run(frames, strength=1.0).frames - frames)[0, ..., 0]
    assert np.abs(change).max() > 0.02
    assert np.abs(cv2.GaussianBlur(change, (0, 0), 8)).max() < 0.0025


def test_grain_is_not_raised() -> None:
    random = np.random.default_rng(5)
    frames = (0.5 + random.normal(0, 0.03, (1, 160, 160, 1))).astype(np.float32)
    result = run(frames)
    assert result.mask is not None
    inside = result.mask[0]
    assert result.frames[0][inside].std() < 1.1 * frames[0][inside].std()


def test_the_colour_of_a_face_is_kept() -> None:
    frames = portrait(channels=3)
    change = run(frames).frames - frames
    assert np.allclose(change[..., 0], change[..., 1], atol=1e-6) and np.allclose(
        change[..., 1], change[..., 2], atol=1e-6
    )


def test_teeth_keep_their_contrast_and_eyes_their_brightness() -> None:
    # Teeth: light stripes with thin darker lines between them, where a mouth is.
    frames = portrait(soft=1.0)
    teeth = np.full((12, 30), 0.85, np.float32)
    teeth[:, ::5] = 0.65
    frames[0, 106:118, 65:95, 0] = cv2.GaussianBlur(teeth, (0, 0), 0.7)
    result = run(frames)
    before, after = frames[0, ..., 0], result.frames[0, ..., 0]
    assert np.abs(after - before)[40:95, 50:110].max() > 0.02, "the rest of the face is sharpened"
    assert after[106:118, 65:95].std() <= 1.01 * before[106:118, 65:95].std()
    for x in (64, 96):
        iris = np.s_[63:70, x - 3 : x + 4]
        assert abs(after[iris].mean() - before[iris].mean()) < 0.012


def test_skin_keeps_its_texture() -> None:
    frames = portrait(grain=0.015)
    skin = np.s_[0, 78:96, 70:90, 0]
    after, before = (cv2.Laplacian(x[skin], cv2.CV_32F).std() for x in (run(frames).frames, frames))
    assert after >= before


def test_the_effect_fades_in_and_out_within_a_shot_and_not_at_its_ends() -> None:
    face = (50.0, 40.0, 90.0, 95.0, 0.99)
    plan = Detail().plan(measures({i: [face] for i in range(12, 31, 3)}, 60), first=0)
    share = plan["share"].max(axis=1)
    assert share[11] == 0 and 0 < share[12] < share[14] < share[18] == 1 == share[24]
    assert share[24] > share[28] > share[30] > 0 and np.abs(np.diff(share)).max() < 0.2
    whole = Detail().plan(measures({i: [face] for i in range(0, 30, 3)}, 30), first=0)["share"].max(axis=1)
    assert (whole == 1).all()


def test_a_half_share_is_half_the_change() -> None:
    frames = portrait()
    whole, half = (run(frames, share=share).frames - frames for share in (1.0, 0.5))
    assert np.allclose(half, whole / 2, atol=1e-5)


def test_a_track_of_a_tiny_face_is_left_alone_as_a_whole() -> None:
    growing = {i: [(50.0, 40.0, 50.0 + 16 + i / 3, 60.0, 0.99)] for i in range(0, 30, 3)}
    assert Detail().plan(measures(growing, 30), first=0)["share"].max() == 0
    near = {i: [(50.0, 40.0, 50.0 + 22 + i / 3, 70.0, 0.99)] for i in range(0, 30, 3)}
    assert Detail().plan(measures(near, 30), first=0)["share"].min(axis=0).max() == 1


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


def test_without_strength_nothing_changes() -> None:
    frames = portrait()
    for result in (run(frames, strength=0.0), run(frames, share=0.0)):
        assert np.array_equal(result.frames, frames)
        assert not np.any(result.mask) and result.statistics["faces"][0] == 0


def test_a_face_at_the_edge_of_the_picture_is_treated_where_it_is_visible() -> None:
    frames = portrait()
    result = run(frames[:, :, 70:], box=(-30.0, 24.0, 50.0, 134.0))
    assert np.any(result.mask) and np.isfinite(result.frames).all()
    assert not np.any(run(frames, box=(400.0, 400.0, 480.0, 500.0)).mask)


def measures(faces_by_frame: Mapping[int, Sequence[tuple[float, ...]]], count: int) -> dict[str, np.ndarray]:
    """What `measure` would give: every third frame examined, with the given faces."""
    boxes = np.full((count, FACES, 5), np.nan, np.float32)
    for frame, faces in faces_by_frame.items():
        boxes[frame, : len(faces)] = faces
    return {"boxes": boxes, "looked": np.arange(count) % 3 == 0}


def test_a_face_is_followed_without_gaps_or_jitter() -> None:
    random = np.random.default_rng(0)
    looks = {i: [(50.0 + i + random.normal(0, 1), 40.0, 90.0 + i, 95.0, 0.99)] for i in range(0, 30, 3)}
    del looks[12]
    boxes = Detail().plan(measures(looks, 30), first=300)["boxes"]
    assert boxes.shape == (30, FACES, 5)
    assert not np.isnan(boxes[:, 0]).any() and np.isnan(boxes[:, 1:]).all()
    assert np.abs(np.diff(boxes[3:-3, 0, 0], 2)).max() < 0.5
    assert np.allclose(boxes[5:25, 0, 2], 90 + np.arange(5, 25), atol=1.0)


def test_two_faces_keep_their_rows_whichever_comes_first() -> None:
    left, right = (30.0, 40.0, 70.0, 95.0, 0.99), (130.0, 40.0, 165.0, 90.0, 0.98)
    looks = {i: [left, right] if i % 2 else [right, left] for i in range(0, 30, 3)}
    boxes = Detail().plan(measures(looks, 30), first=0)["boxes"]
    assert all(np.ptp(boxes[:, row, 0]) < 1 for row in (0, 1))
    assert sorted(boxes[0, :2, 0].round().tolist()) == [30, 130]


def test_a_face_detected_only_once_is_dropped() -> None:
    boxes = Detail().plan(measures({9: [(50.0, 40.0, 90.0, 95.0, 0.99)]}, 40), first=0)["boxes"]
    assert np.isnan(boxes).all()


def test_six_faces_are_found_and_cleared() -> None:
    path = MEDIA / "faces/multiface.jpg"
    if not path.is_file():
        pytest.skip("the picture of six people is not on this machine")
    picture = np.asarray(cv2.imread(str(path), cv2.IMREAD_COLOR_RGB), np.float32)[None] / 255
    engine = engines.load("faces", "detail")
    result = engine.run(engine.clip(picture))
    assert result.statistics["faces"][0] == 6
    assert 0.03 < result.mask.mean() < 0.15
    assert 0.001 < result.statistics["change"][0] < 0.02
