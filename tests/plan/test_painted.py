"""Pictures in a film's folder of decisions colour their shots, and a new one reruns its own shot alone."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from answerprint.film.shots import Shot
from answerprint.plan import painted
from answerprint.runtime.errors import FilmError

SHOTS = [Shot(start=0, stop=10), Shot(start=10, stop=30), Shot(start=30, stop=40)]


def write(path: Path, channels: int) -> Path:
    cv2.imwrite(str(path), np.full((4, 6, channels), 200, np.uint8))
    return path


def test_strokes_are_told_from_coloured_frames_by_their_transparency(tmp_path: Path) -> None:
    strokes, frame = write(tmp_path / "000012.png", 4), write(tmp_path / "frame 25.jpg", 3)
    (tmp_path / "notes.txt").write_text("12")
    write(tmp_path / "cover.png", 3)
    assert painted.files(tmp_path) == [strokes, frame]
    before, one, after = painted.decisions(painted.files(tmp_path), SHOTS)
    assert before.options == after.options == {"colorize": {"scene": [f"25={frame}"]}}
    assert (one.at, one.options) == (
        10,
        {"colorize": {"references": [f"25={frame}"], "strokes": [f"12={strokes}"]}},
    )


def test_a_picture_of_a_frame_that_the_film_does_not_have_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "39.png", 3)
    assert list(painted.decisions(painted.files(tmp_path), SHOTS))
    write(tmp_path / "40.png", 3)
    with pytest.raises(FilmError, match=r"40\.png colours frame 40, but the last frame of the film is 39"):
        list(painted.decisions(painted.files(tmp_path), SHOTS))


def test_what_a_mac_writes_beside_a_picture_is_none(tmp_path: Path) -> None:
    picture = write(tmp_path / "0012.png", 3)
    (tmp_path / "._0012.png").write_bytes(b"\x00\x05\x16\x07 Mac OS X")
    assert painted.files(tmp_path) == [picture]


def test_each_shot_has_the_pictures_of_its_own_frames(tmp_path: Path) -> None:
    for number in (3, 12, 35):
        write(tmp_path / f"{number}.png", 3)
    decided = list(painted.decisions(painted.files(tmp_path), SHOTS))
    assert [one.at for one in decided] == [0, 10, 30]
    assert all(len(one.options["colorize"]["references"]) == 1 for one in decided)
    many = [Shot(start=10 * k, stop=10 * k + 10) for k in range(12)]
    (tmp_path / "12.png").unlink()
    (tmp_path / "3.png").unlink()
    assert [one.at // 10 for one in painted.decisions(painted.files(tmp_path), many)] == list(range(8))
    assert painted.files(tmp_path / "absent") == painted.files(None) == []
