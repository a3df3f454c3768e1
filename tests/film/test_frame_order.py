"""The frames of a folder follow the numbers in their names, and what is missing or ambiguous is said."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from answerprint.film import frame_order
from answerprint.runtime.errors import FilmError


def _folder(path: Path, names: list[str]) -> Path:
    path.mkdir()
    for name in random.Random(0).sample(names, len(names)):
        (path / name).touch()
    return path


def _timecodes(pattern: str, first: int, stop: int, rate: int = 25) -> list[str]:
    codes = [(k // rate // 3600, k // rate // 60 % 60, k // rate % 60, k % rate) for k in range(first, stop)]
    return [pattern.format(*code) for code in codes]


REELS = [f"reel{reel:02d}_{frame:04d}.dpx" for reel in (1, 2, 3) for frame in range(1, 6)]
IN_ORDER = {
    "timecode": _timecodes("{:02d}_{:02d}_{:02d}_{:02d}.png", 90013, 90090),
    "timecode of 24": _timecodes("x{:02d}-{:02d}-{:02d}-{:02d}_4K.png", 86389, 86440, 24),
    "timecode in one number": _timecodes("{:02d}{:02d}{:02d}{:02d}.tif", 90013, 90090),
    "timecode over an hour": _timecodes("A_{:02d}.{:02d}.{:02d}.{:02d}.tif", 89990, 90010),
    "drop-frame timecode": [f"00_00_59_{k:02d}.png" for k in range(20, 30)] + [f"00_01_00_{k:02d}.png" for k in (2, 3)],
    "reel and frame": REELS,
    "reels that count on": ["r9_98.png", "r9_99.png", "r10_100.png", "r10_101.png"],
    "reels by the hour": [f"r{reel}_{reel * 86400 + k:07d}.dpx" for reel in (1, 2) for k in range(3)],
    "odd first number": [f"f{k}.png" for k in range(86399, 86402)],
    "mixed padding": ["1.png", "02.png", "003.png", "4.png"],
    "more digits": ["f_9999.png", "f_10000.png", "f_10001.png"],
    "a time beside the number": ["f_1_0000.png", "f_2_0041.png", "f_3_0083.png"],
    "upper case": ["F1.PNG", "f2.png", "F3.PNG"],
    "brackets": [f"scan ({k}).jpg" for k in range(8, 12)],
    "one frame": ["only_0007.png"],
}


@pytest.mark.parametrize("kind", IN_ORDER)
def test_frames_follow_all_numbers_that_vary(tmp_path: Path, kind: str) -> None:
    folder = _folder(tmp_path / "reel", IN_ORDER[kind])
    (folder / "Thumbs.db").touch()
    (folder / "._1.png").touch()
    (folder / "0.png").mkdir()
    assert [path.name for path in frame_order.frame_files(folder)] == IN_ORDER[kind]


SAID = {
    "a frame is missing": (["1.png", "2.png", "4.png"], "frame 3 is missing"),
    "frames are missing": (["01.png", "02.png", "06.png"], "frames 3 to 5 are missing"),
    "within a reel": ([name for name in REELS if name != "reel02_0003.dpx"], "reel02_0002.dpx and reel02_0004.dpx"),
    "within a second": (
        [name for name in IN_ORDER["timecode"] if name != "01_00_01_07.png"],
        "a frame is missing between 01_00_01_06.png and 01_00_01_08.png",
    ),
    "at the border of a second": (
        [name for name in IN_ORDER["timecode"] if name not in ("01_00_01_24.png", "01_00_02_00.png")],
        "2 frames are missing between 01_00_01_23.png and 01_00_02_01.png",
    ),
    "a number twice": (["1.png", "01.png", "2.png"], "01.png and 1.png"),
    "two files a frame": (["1.dpx", "1.jpg", "2.dpx"], "1.dpx and 1.jpg"),
    "two reels in words": (["a_1.png", "b_1.png"], "two patterns, such as a_1.png and b_1.png"),
    "numbers that mean something else": (["r1_1.png", "r1_2.png", "title.png", "s3.png"], "no number"),
    "another count of numbers": (["r1_1.png", "r1_2.png", "s3.png"], "two patterns"),
}


@pytest.mark.parametrize("kind", SAID)
def test_what_is_wrong_with_the_names_is_said(tmp_path: Path, kind: str) -> None:
    names, sentence = SAID[kind]
    with pytest.raises(FilmError, match=sentence) as caught:
        frame_order.frame_files(_folder(tmp_path / "reel", names))
    assert caught.value.hint


def test_a_reel_that_is_left_out_is_remarked(tmp_path: Path) -> None:
    names = [f"r{reel}_{frame}.png" for reel in (1, 2, 4) for frame in (1, 2)]
    assert "from 2 to 4" in frame_order.remarks(_folder(tmp_path / "gap", names))[0]
    assert not frame_order.remarks(_folder(tmp_path / "whole", REELS))
