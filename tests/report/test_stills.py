"""Stills: the frames that say most about a shot, stage by stage, small, in their own brightness and colour."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from answerprint.report import gallery, stills
from answerprint.report.stills import MOST_CHANGE, TYPICAL, StillSource
from answerprint.report.worst import Measure, WorstFrame

SHOTS = [{"start": 0, "stop": 6, "transition": "cut"}, {"start": 6, "stop": 12, "transition": "fade"}]
LARGEST = Measure(title="largest repair", stage="clean", statistic="changed")


def record(first: int = 0, frames: int = 12, **other: Any) -> dict[str, Any]:
    changed = [0.01 + 0.05 * (frame in (4, 9)) for frame in range(first, first + frames)]
    return {"edition": "restored", "stage": "clean", "first": first, "changed": changed} | other


def picture(path: Path) -> np.ndarray:
    image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert image is not None
    return image


def source(level: float | tuple[float, ...], size: tuple[int, int] = (48, 64), **other: Any) -> StillSource:
    frame = np.tile(np.array(np.atleast_1d(level), np.float32), (*size, 1))
    return StillSource(**{"edition": "source", "stage": "ingest", "read": lambda _: frame} | other)


def bits(value: int = 4, size: tuple[int, int] = (48, 64)) -> np.ndarray:
    marks = np.zeros(size, np.uint8)
    marks[:2, :2] = value
    return marks


def test_the_stills_of_a_shot_are_the_worst_frame_and_a_typical_one() -> None:
    picked = stills.choose([record()], SHOTS)
    assert [(choice.frame, *choice.roles) for choice in picked] == [
        (2, TYPICAL),
        (4, MOST_CHANGE),
        (8, TYPICAL),
        (9, MOST_CHANGE),
    ]


def test_a_part_shows_only_its_piece_of_a_shot() -> None:
    picked = stills.choose([record(8, 3)], SHOTS)
    assert {choice.frame for choice in picked} <= {8, 9, 10} and {choice.shot_start for choice in picked} == {6}


def test_where_all_frames_changed_alike_one_is_enough() -> None:
    picked = stills.choose([record(changed=[1.0] * 12)], SHOTS)
    assert [(choice.frame, *choice.roles) for choice in picked] == [(2, TYPICAL), (8, TYPICAL)]


def test_the_worst_frames_are_shown_too() -> None:
    ranked = [[WorstFrame(frame=4, value=0.06, measure=LARGEST), WorstFrame(frame=11, value=0.01, measure=LARGEST)]]
    roles = {choice.frame: choice.roles for choice in stills.choose([record()], SHOTS, ranked)}
    assert roles[4] == (MOST_CHANGE, "largest repair") and roles[11] == ("largest repair",)


def test_all_editions_show_the_frames_that_the_first_one_chose() -> None:
    faces = record(edition="enhanced", stage="faces", changed=[0.5 * (frame == 1) for frame in range(12)])
    judged = stills.choose([record(), faces], SHOTS, judged_by="restored")
    assert [c.frame for c in judged] == [c.frame for c in stills.choose([record()], SHOTS)]
    assert judged[0].stages.keys() == {"clean", "faces"}


@pytest.mark.parametrize(("size", "shown"), [((48, 64), (48, 64)), ((1080, 1920), (540, 960)), ((1, 3), (1, 3))])
def test_stills_are_small(tmp_path: Path, size: tuple[int, int], shown: tuple[int, int]) -> None:
    picked = stills.choose([record(0, 1)], SHOTS)
    (entry,) = stills.write(tmp_path, picked, [source(0.5, size)], lambda _: bits(size=size))
    assert picture(tmp_path / entry["pictures"][0]["file"]).shape[:2] == shown
    assert picture(tmp_path / entry["mask"]).shape[:2] == shown


def test_a_wide_pixel_makes_a_wide_still(tmp_path: Path) -> None:
    picked = stills.choose([record(0, 1)], SHOTS)
    (entry,) = stills.write(tmp_path, picked, [source(0.5)], lambda _: bits(), shape=8 / 3)
    assert picture(tmp_path / entry["pictures"][0]["file"]).shape[:2] == (48, 128)
    # Where a stage has made them square, the frame is as wide as it is shown, to the next even number.
    square = source(0.5, (48, 127), stage="upscale")
    (entry,) = stills.write(tmp_path, picked, [square], lambda _: bits(size=(48, 127)), shape=8 / 3)
    assert picture(tmp_path / entry["pictures"][0]["file"]).shape[:2] == (48, 127)


def test_stills_keep_brightness_and_the_order_of_colours(tmp_path: Path) -> None:
    picked = stills.choose([record(0, 1)], SHOTS)
    (entry,) = stills.write(tmp_path, picked, [source((0.8, 0.4, 0.2))], lambda _: bits())
    blue, green, red = picture(tmp_path / entry["pictures"][0]["file"]).mean(axis=(0, 1))
    assert abs(red - 204) < 4 and abs(green - 102) < 4 and abs(blue - 51) < 4


def test_a_stage_that_changed_nothing_has_no_picture_of_its_own(tmp_path: Path) -> None:
    step = source(0.5, edition="restored", stage="clean")
    picked = stills.choose([record(0, 1, changed=[0.0])], SHOTS)
    (entry,) = stills.write(tmp_path, picked, [source(0.5), step], lambda _: bits(0))
    assert [row["edition"] for row in entry["pictures"]] == ["source"]


def test_an_in_between_frame_is_shown_as_such(tmp_path: Path) -> None:
    step = source(0.5, edition="presented", stage="interpolate", between=True)
    (entry,) = stills.write(tmp_path, stills.choose([record(0, 1)], SHOTS), [source(0.5), step], lambda _: bits())
    (still,) = gallery.gather([tmp_path], ["source/ingest", "presented/interpolate"])[0]
    assert entry["pictures"][1]["between"] and still.between == ("presented/interpolate",)


def test_a_speck_survives_in_the_mask_and_what_changed_everywhere_does_not_hide_it() -> None:
    marks = np.ones((960, 1280), np.uint8)
    marks[100:103, 200:203] |= 4
    mask = stills.drawn(marks, (640, 480))
    assert mask[50, 101].tolist() == [0, 0, 4] and 0 < (mask[..., 2] > 0).mean() < 0.001


def write_part(folder: Path, first: int, changed: list[float]) -> Path:
    picked = stills.choose([record(first, len(changed), changed=changed)], SHOTS[:1] and [{"start": 0, "stop": 12}])
    stills.write(folder, picked, [source(0.5)], lambda _: bits())
    return folder


def test_a_shot_over_two_parts_has_one_frame_with_most_change(tmp_path: Path) -> None:
    first = write_part(tmp_path / "000", 0, [0.1, 0.4, 0.1, 0.1])
    second = write_part(tmp_path / "001", 4, [0.1, 0.1, 0.9, 0.1])
    shown, count = gallery.gather([first, second], ["source/ingest"])
    roles = [role for still in shown for role in still.roles]
    assert roles.count(MOST_CHANGE) == 1 and roles.count(TYPICAL) == 1 and count == 2
    assert next(still.frame for still in shown if MOST_CHANGE in still.roles) == 6


def size(still: gallery.Still) -> int:
    return sum(path.stat().st_size for path in [still.mask, *still.pictures.values()])


def test_of_too_many_pictures_each_shot_keeps_its_worst(tmp_path: Path) -> None:
    picked = stills.choose([record()], SHOTS)
    stills.write(tmp_path, picked, [source(0.5)], lambda _: bits())
    whole, count = gallery.gather([tmp_path], ["source/ingest"])
    few, _ = gallery.gather([tmp_path], ["source/ingest"], most_bytes=sum(map(size, whole)) - 1)
    assert count == 4 and [still.frame for still in few if MOST_CHANGE in still.roles] == [4, 9]
    assert len(few) < 4


def test_before_and_after_of_every_shot_come_before_the_stages_between(tmp_path: Path) -> None:
    steps = [("restored", "clean"), ("restored", "denoise"), ("enhanced", "upscale")]
    sources = [source(0.5), *(source(0.5, edition=edition, stage=stage) for edition, stage in steps)]
    stills.write(tmp_path, stills.choose([record()], SHOTS), sources, lambda _: bits())
    keys = ["source/ingest", *(f"{edition}/{stage}" for edition, stage in steps)]
    whole, _ = gallery.gather([tmp_path], keys)
    assert {len(still.pictures) for still in whole} == {4}
    half, _ = gallery.gather([tmp_path], keys, most_bytes=sum(map(size, whole)) // 3)
    assert {still.frame for still in half} == {4, 9}
    assert all({"source/ingest", "restored/denoise"} <= set(still.pictures) for still in half)
    assert min(len(still.pictures) for still in half) < 4


def test_worst_frames_are_shown_where_the_report_lists_them(tmp_path: Path) -> None:
    ranked = [[WorstFrame(frame=frame, value=0.01, measure=LARGEST) for frame in (1, 11)]]
    stills.write(tmp_path, stills.choose([record()], SHOTS, ranked), [source(0.5)], lambda _: bits())
    shown, _ = gallery.gather([tmp_path], ["source/ingest"], worst={11})
    frames = {still.frame for still in shown}
    assert 11 in frames and 1 not in frames
