"""Faces made clearer: only inside them, never past what is there, and always the same person."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np
import pytest

from answerprint import engines
from answerprint.engines import Clip
from answerprint.engines.faces import _patch
from answerprint.engines.faces._engine import FACES
from answerprint.engines.faces._guards import effects, guarded
from answerprint.engines.faces._likeness import trembling
from answerprint.engines.faces._quality import SIGMAS, Condition, condition
from answerprint.engines.faces._seen import SHARES
from answerprint.engines.faces.detail import Detail
from answerprint.lab.bench.repair_clips import CROWD
from answerprint.lab.bench.repair_clips import frames as clip_of
from drawn_faces import drawn_face
from places import MEDIA

BOX = (40.0, 24.0, 120.0, 134.0)
LANDMARKS = ((64.0, 66.0), (96.0, 66.0), (80.0, 84.0), (66.0, 107.0), (94.0, 107.0))


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


def patch_of(frame: np.ndarray) -> _patch.Patch:
    patch = _patch.cut(frame, np.array(BOX), np.array(LANDMARKS))
    assert patch is not None
    return patch


def run(
    frames: np.ndarray,
    box: tuple[float, ...] = BOX,
    share: float = 1.0,
    blur: float | None = None,
    lend: Sequence[int] = (),
    **options: Any,
) -> engines.Result:
    """The frames with one face whose place is given; its blur and grain are measured unless said."""
    count, row = len(frames), 3
    moved = np.add(LANDMARKS, (box[0] - BOX[0], box[1] - BOX[1]))
    patch = _patch.cut(frames[0], np.array(box), moved)
    state = condition(patch) if patch else Condition(blur=2.0, grain=np.zeros(len(SIGMAS), np.float32))
    plan = Detail().plan(measures({}, count), first=0)
    plan["boxes"][:, row], plan["landmarks"][:, row] = box, moved
    plan["share"][:, row], plan["grain"][:, row] = share, state.grain
    plan["blur"][:, row] = state.blur if blur is None else blur
    plan["lend"][: len(lend), row] = lend
    return Detail(Detail.Options(**options)).run(Clip(frames=frames, core=slice(0, count), plan=plan))


def measures(
    faces_by_frame: Mapping[int, Sequence[tuple[float, ...]]], count: int, **values: Any
) -> dict[str, np.ndarray]:
    """What `measure` would give: every third frame examined, with the given faces, blurred and like themselves."""
    found: dict[str, np.ndarray] = {
        "boxes": np.full((count, FACES, 5), np.nan, np.float32),
        "landmarks": np.full((count, FACES, 5, 2), np.nan, np.float32),
        "looked": np.arange(count) % 3 == 0,
        "size": np.tile([160, 220], (count, 1)),
        "blur": np.full((count, FACES), values.get("blur", 2.0), np.float32),
        "grain": np.full((count, FACES, len(SIGMAS)), 0.005, np.float32),
        "likeness": np.full((count, FACES, 1, len(SHARES)), np.nan, np.float32),
        "points": np.full((count, FACES, 2, 5, 2), np.nan, np.float32),
    }
    for frame, faces in faces_by_frame.items():
        for row, face in enumerate(faces):
            left, top, right, bottom, _ = face
            found["boxes"][frame, row] = face
            found["landmarks"][frame, row] = [
                (left + (x - 40) / 80 * (right - left), top + (y - 24) / 110 * (bottom - top)) for x, y in LANDMARKS
            ]
            found["likeness"][frame, row] = values.get("likeness", 1.0)
    return found


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
    frames = portrait(grain=0.005)
    change = (run(frames, strength=1.0).frames - frames)[0, ..., 0]
    assert np.abs(change).max() > 0.02
    assert np.abs(cv2.GaussianBlur(change, (0, 0), 8)).max() < 0.003


def test_grain_is_not_raised() -> None:
    random = np.random.default_rng(5)
    frames = (0.5 + random.normal(0, 0.03, (1, 160, 160, 1))).astype(np.float32)
    result = run(frames, blur=2.0)
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


def drawn_over(frame: np.ndarray) -> np.ndarray:
    """The change of an engine that invents: another iris, dark lines between teeth, skin without texture."""
    face = cv2.GaussianBlur(frame[..., 0], (0, 0), 3)
    for x in (64, 96):
        cv2.circle(face, (x + 3, 66), 4, 0.9, -1)
    face[101:113, 66:95:5] = 0.05
    change: np.ndarray = face - frame[..., 0]
    return change


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
    assert Detail().plan(measures(near, 30, blur=1.2), first=0)["share"].min(axis=0).max() == 1


LOOKS = {i: [(50.0, 40.0, 110.0, 120.0, 0.99)] for i in range(0, 30, 3)}


def decision(found: dict[str, np.ndarray], **options: Any) -> dict[str, Any]:
    (row,) = Detail(Detail.Options(**options)).decided(found, first=300)
    return row


def test_each_track_is_decided_once_and_says_why() -> None:
    row = decision(measures(LOOKS, 30))
    assert (row["first"], row["last"], row["quality"], row["done"], row["share"]) == (300, 329, "medium", "detail", 1.0)
    assert row["reason"] == "blurred by 2.0 pixels" and row["likeness"] == 1.0
    assert decision(measures(LOOKS, 30, blur=0.8))["reason"] == "sharp already"
    assert decision(measures(LOOKS, 30, blur=0.8))["quality"] == "good"
    assert decision(measures(LOOKS, 30, blur=4.0))["quality"] == "poor"
    small = decision(measures(LOOKS, 30), smallest=70)
    assert (small["quality"], small["done"]) == ("tiny", "left")


def test_less_is_done_until_a_face_is_still_the_same_person() -> None:
    found = measures(LOOKS, 30)
    found["likeness"][9, 0, 0] = (0.90, 0.94, 0.98)
    row = decision(found)
    assert row["share"] == pytest.approx(0.375) and row["likeness"] == pytest.approx(0.96)
    assert "another face" in row["reason"]
    assert Detail().plan(found, first=0)["share"].max() == pytest.approx(0.375)
    found["likeness"][9, 0, 0] = 0.2
    row = decision(found)
    assert row["share"] < 0.015 or row["done"] == "left"


def test_a_face_whose_likeness_was_never_measured_stays_as_it_is() -> None:
    row = decision(measures(LOOKS, 30, likeness=np.nan))
    assert row["done"] == "left" and "could not be measured" in row["reason"]


def test_landmarks_may_not_jump_more_than_before() -> None:
    found = measures(LOOKS, 30)
    still = found["landmarks"][0, 0]
    for frame, jump in ((12, 0.0), (15, 3.0), (18, 0.0)):
        found["points"][frame, 0] = np.stack([still, still + jump])
    row = decision(found)
    assert row["trembling"] == [0.0, 6.0] and row["share"] == pytest.approx(0.05)
    assert "jump" in row["reason"]
    assert trembling(np.stack([[still, still, still]])) == 0.0


def test_a_person_decides_on_single_faces() -> None:
    found = measures(LOOKS, 30)
    inside, beside = "306:0.36,0.5", "306:0.9,0.5"
    assert decision(found, leave=(inside,))["done"] == "left"
    assert decision(found, leave=(beside,))["done"] == "detail"
    assert decision(found, smallest=70, enhance=(inside,))["done"] == "detail"
    assert decision(found, enhance=(inside,), protect=(inside,))["done"] == "protected"
    with pytest.raises(engines.FilmError, match="leave"):
        engines.options("faces", "detail", {"leave": ["the one on the left"]})


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


def test_the_frame_that_lends_is_logged() -> None:
    found = measures(LOOKS, 30)
    found["blur"][:, 0] = 3.0
    found["blur"][12:19, 0] = 0.9
    lent = dict(decision(found)["lent"])
    assert lent and all(frame != lender and abs(frame - lender) <= 6 for frame, lender in lent.items())
    assert all(309 <= lender <= 321 for lender in lent.values())


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
    assert decision(measures(LOOKS, 30), strength=0.0)["done"] == "left"
    result = run(frames, share=0.0)
    assert np.array_equal(result.frames, frames)
    assert not np.any(result.mask) and result.statistics["faces"][0] == 0


def test_a_face_at_the_edge_of_the_picture_is_treated_where_it_is_visible() -> None:
    frames = portrait()
    result = run(frames[:, :, 70:], box=(-30.0, 24.0, 50.0, 134.0))
    assert np.any(result.mask) and np.isfinite(result.frames).all()
    assert not np.any(run(frames, box=(400.0, 400.0, 480.0, 500.0)).mask)


def test_a_face_is_followed_without_gaps_or_jitter() -> None:
    random = np.random.default_rng(0)
    looks = {i: [(50.0 + i + random.normal(0, 1), 40.0, 90.0 + i, 95.0, 0.99)] for i in range(0, 30, 3)}
    del looks[12]
    boxes = Detail().plan(measures(looks, 30), first=300)["boxes"]
    assert boxes.shape == (30, FACES, 4)
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
