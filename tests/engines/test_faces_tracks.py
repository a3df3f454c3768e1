"""One decision for each face that goes through a shot, by what was measured, or by a person."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from answerprint import engines
from answerprint.engines.faces._engine import FACES
from answerprint.engines.faces._likeness import trembling
from answerprint.engines.faces.detail import Detail
from soft_faces import measures, portrait, run

LOOKS = {i: [(50.0, 40.0, 110.0, 120.0, 0.99)] for i in range(0, 30, 3)}


def test_the_effect_fades_in_and_out_within_a_shot_and_not_at_its_ends() -> None:
    face = (50.0, 40.0, 90.0, 95.0, 0.99)
    plan = Detail().plan(measures({i: [face] for i in range(12, 31, 3)}, 60), first=0)
    share = plan["share"].max(axis=1)
    assert share[11] == 0 and 0 < share[12] < share[14] < share[18] == 1 == share[24]
    assert share[24] > share[28] > share[30] > 0 and np.abs(np.diff(share)).max() < 0.2
    whole = Detail().plan(measures({i: [face] for i in range(0, 30, 3)}, 30), first=0)["share"].max(axis=1)
    assert (whole == 1).all()


def test_a_track_of_a_tiny_face_is_left_alone_as_a_whole() -> None:
    growing = {i: [(50.0, 40.0, 50.0 + 16 + i / 3, 60.0, 0.99)] for i in range(0, 30, 3)}
    assert Detail().plan(measures(growing, 30), first=0)["share"].max() == 0
    near = {i: [(50.0, 40.0, 50.0 + 22 + i / 3, 70.0, 0.99)] for i in range(0, 30, 3)}
    assert Detail().plan(measures(near, 30, blur=1.2), first=0)["share"].min(axis=0).max() == 1


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
    assert json.loads(json.dumps(row)) == row, "the record holds plain values"
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
    wished = ({}, {"leave": (beside,)}, {"enhance": (inside,)}, {"enhance": (inside,), "leave": (inside,)})
    assert [decision(found, **one)["decision"] for one in wished] == ["", "", "enhance", "leave"]
    with pytest.raises(engines.FilmError, match="leave"):
        engines.options.read(engines.find("faces", "detail"), {"leave": ["the one on the left"]})


def test_a_face_is_pointed_at_in_every_frame_in_which_it_is_treated() -> None:
    found = measures({i: [(50.0, 40.0, 110.0, 120.0, 0.99)] for i in (2, 5, 8)}, 10)
    found["looked"] = np.arange(10) % 3 == 2
    assert Detail().plan(found, first=300)["share"].max(axis=1).all()
    for point in (f"{frame}:0.36,0.5" for frame in range(300, 310)):
        assert decision(found, leave=(point,))["done"] == "left"
        assert decision(found, protect=(point,))["done"] == "protected"
    assert decision(found, leave=("299:0.36,0.5", "310:0.36,0.5"))["done"] == "detail"


def test_the_record_says_which_points_hit_a_face() -> None:
    inside, beside, later = "306:0.36,0.5", "306:0.9,0.5", "309: 0.4, 0.5"
    row = decision(measures(LOOKS, 30), leave=(inside, beside), enhance=(later,))
    assert (row["decision"], row["pointed"]) == ("leave", [inside, later])
    assert json.loads(json.dumps(row)) == row
    assert decision(measures(LOOKS, 30))["pointed"] == []


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


def test_the_frame_that_lends_is_logged() -> None:
    found = measures(LOOKS, 30)
    found["blur"][:, 0] = 3.0
    found["blur"][12:19, 0] = 0.9
    lent = dict(decision(found)["lent"])
    assert lent and all(frame != lender and abs(frame - lender) <= 6 for frame, lender in lent.items())
    assert all(309 <= lender <= 321 for lender in lent.values())


def test_without_strength_nothing_changes() -> None:
    frames = portrait()
    assert decision(measures(LOOKS, 30), strength=0.0)["done"] == "left"
    result = run(frames, share=0.0)
    assert np.array_equal(result.frames, frames)
    assert not np.any(result.mask) and result.statistics["faces"][0] == 0


def test_a_half_share_is_half_the_change() -> None:
    frames = portrait()
    whole, half = (run(frames, share=share).frames - frames for share in (1.0, 0.5))
    assert np.allclose(half, whole / 2, atol=1e-5)
