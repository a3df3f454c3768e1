"""A tape joined from several sources: each stretch is found, and read as it was scanned."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from answerprint.film import scans
from answerprint.film.facts import Deinterlacer
from answerprint.film.scans import Votes
from films import ffmpeg, interlace, moving_texture, write_video
from media import Taken, take

LENGTH = 60


def pictures(seed: int, frames: int = 2 * LENGTH) -> np.ndarray:
    return moving_texture(frames, 64, 96, 1, step=(1.7, 0.4), seed=seed)


def joined(folder: Path, *pieces: np.ndarray, rate: str = "25/1") -> Path:
    return write_video(folder / "tape.mkv", np.concatenate(pieces), rate, "ffv1", pixel_format="yuv420p")


def found(taken: Taken) -> list[tuple[int, int, str, str]]:
    return [(scan.first, scan.stop, scan.way, scan.order) for scan in taken.film.facts.scans]


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    return float(-10 * np.log10(((a - b)[:, 8:-8, 8:-8] ** 2).mean()))


@pytest.mark.parametrize("deinterlacer", ["motion", "bwdif"])
def test_each_of_three_stretches_is_read_as_it_was_scanned(tmp_path: Path, deinterlacer: Deinterlacer) -> None:
    film, top, bottom = pictures(1, LENGTH), pictures(2), pictures(3)
    tape = joined(tmp_path, film, interlace(top), interlace(bottom, top_first=False))
    taken = take(tape, tmp_path, deinterlacer=deinterlacer)
    assert taken.row["field_order"] == "mixed" and not taken.row["pulldown"]
    assert found(taken) == [
        (0, 60, "progressive", "progressive"),
        (60, 120, "tff", "tff"),
        (120, 180, "bff", "bff"),
    ]
    shown = taken.frames()
    assert np.abs(shown[:60] - film).max() < 1.5 / 255
    for first, truth in ((60, top[0::2]), (120, bottom[0::2])):
        assert psnr(shown[first : first + LENGTH], truth) > 32
        assert psnr(shown[first : first + 1], truth[:1]) > 28  # nothing bleeds over the joint


def test_a_frame_is_the_same_wherever_reading_begins(tmp_path: Path) -> None:
    taken = take(joined(tmp_path, pictures(1, LENGTH), interlace(pictures(2))), tmp_path)
    assert taken.film.facts.field_order == "mixed"
    whole = taken.stored()
    for first in (0, 57, 59, 60, 61, 90, 119):
        np.testing.assert_array_equal(taken.stored(first, min(first + 4, 120)), whole[first : first + 4])


def test_pulldown_beside_fields_keeps_the_rate_and_loses_its_combs(tmp_path: Path) -> None:
    plain = write_video(tmp_path / "film.mkv", pictures(1, 80), "24000/1001", "ffv1", pixel_format="yuv420p")
    film = take(plain, tmp_path).frames()
    ffmpeg("-i", plain, "-vf", "telecine=pattern=23", "-c:v", "ffv1", tmp_path / "telecined.mkv")
    telecined = take(tmp_path / "telecined.mkv", tmp_path, fields="progressive").frames()[..., :1]
    video = pictures(2, 200)
    taken = take(joined(tmp_path, telecined, interlace(video), rate="30000/1001"), tmp_path)
    assert [(scan.way, scan.order) for scan in taken.film.facts.scans] == [("pulldown", "tff"), ("tff", "tff")]
    assert taken.film.facts.scans[1].first == 100 and taken.film.facts.frames == 200
    shown = taken.frames(2, 98)
    nearest = [min(float(((frame - one) ** 2).mean()) for one in film) for frame in shown]
    assert max(nearest) < 1e-4  # every frame of it is one of the film's


@pytest.mark.parametrize(
    "tape",
    [pictures(1, 150), interlace(pictures(1, 300)), np.repeat(pictures(1, 75), 2, axis=0)],
    ids=["progressive", "fields", "each frame twice"],
)
def test_a_film_that_is_the_same_throughout_has_no_stretches(tmp_path: Path, tape: np.ndarray) -> None:
    assert take(joined(tmp_path, tape), tmp_path).film.facts.scans == ()


def test_pulldown_with_still_scenes_is_no_mixture(tmp_path: Path) -> None:
    film = pictures(1, 60)
    still = np.concatenate([film[:40], np.repeat(film[40:41], 60, axis=0), film[40:]])
    plain = write_video(tmp_path / "film.mkv", still, "24000/1001", "ffv1", pixel_format="yuv420p")
    ffmpeg("-i", plain, "-vf", "telecine=pattern=23", "-c:v", "ffv1", tmp_path / "telecined.mkv")
    taken = take(tmp_path / "telecined.mkv", tmp_path)
    assert taken.row["pulldown"] and taken.film.facts.scans == ()


def test_a_few_stray_votes_change_nothing_and_a_joint_lies_at_the_cut() -> None:
    orders = ["progressive"] * 100 + ["tff"] * 100
    orders[40:44] = ["bff"] * 4
    changes = [0.1] * 200
    changes[103] = 0.9
    votes = Votes(orders=orders, repeats=["neither"] * 200, moving=[True] * 200, marked=[False] * 200, changes=changes)
    ways = scans.stretches(votes, lambda first, stop: True, pulldown=False, sure=False)
    assert [(scan.first, scan.stop, scan.way) for scan in ways] == [(0, 103, "progressive"), (103, 200, "tff")]
    assert not scans.stretches(votes, lambda first, stop: False, pulldown=False, sure=False)


def test_a_person_decides_for_the_whole_film(tmp_path: Path) -> None:
    tape = joined(tmp_path, pictures(1, LENGTH), interlace(pictures(2)))
    taken = take(tape, tmp_path, fields="tff")
    assert taken.row["field_order"] == "tff" and taken.film.facts.scans == ()
