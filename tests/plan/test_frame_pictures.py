"""A picture of a frame has the shape of the film's frames, as they are stored or as they are shown."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from answerprint.film.facts import Facts
from answerprint.plan import chain, decisions, frame_pictures
from answerprint.runtime.errors import FilmError

PAL = Facts(path="film.mkv", kind="video", width=720, height=576, rate=Fraction(25), frames=50, sar=Fraction(16, 15))
EDITION = {"presented": {"from": "source", "class": "generate", "stages": ["dyes", "colorize"]}}


def picture(path: Path, width: int, height: int) -> Path:
    cv2.imwrite(str(path), np.full((height, width, 3), 90, np.uint8))
    return path


@pytest.mark.parametrize("size", [(720, 576), (768, 576), (1536, 1152), (48, 36), (90, 72), (767, 575)])
def test_any_size_in_the_shape_of_storage_or_of_display_is_accepted(tmp_path: Path, size: tuple[int, int]) -> None:
    frame_pictures.require_shape([picture(tmp_path / "a.png", *size)], PAL)


@pytest.mark.parametrize("size", [(576, 720), (960, 540), (64, 64), (700, 576)])
def test_another_shape_is_refused_with_both_sizes(tmp_path: Path, size: tuple[int, int]) -> None:
    path = picture(tmp_path / "a.png", *size)
    with pytest.raises(FilmError, match=rf"a.png is {size[0]}x{size[1]}, but .* 720x576, shown as 768x576") as caught:
        frame_pictures.require_shape([path], PAL)
    assert "like" in caught.value.hint
    with pytest.raises(FilmError, match="are 720x576:"):
        frame_pictures.require_shape([path], replace(PAL, sar=Fraction(1)))


def test_a_photograph_turned_by_its_tag_counts_as_it_is_seen(tmp_path: Path) -> None:
    from PIL import Image

    path, exif = tmp_path / "turned.jpg", Image.Exif()
    exif[274] = 6
    Image.new("RGB", (36, 48)).save(path, exif=exif)
    frame_pictures.require_shape([path], PAL)
    (tmp_path / "letter.png").write_text("no picture")
    frame_pictures.require_shape([tmp_path / "letter.png"], PAL)


def test_pictures_of_frames_come_from_all_that_people_gave_and_no_others(tmp_path: Path) -> None:
    stages = {"dyes": {"engine": "density"}, "colorize": {"engine": "hints", "references": ["3=a.png"]}}
    file = tmp_path / "film.yaml"
    file.write_text(
        "shots:\n  - {at: 9, colorize: {strokes: {9: b.png}, like: [x=c.png]}, why: x}\n"
        "  - {at: 20, dyes: {references: ['20=d.png']}, colorize: false, why: x}\n"
    )
    made = chain.resolve(EDITION, stages)
    named = list(frame_pictures.given(made, ["presented"], decisions.read(file), [Path("12.png")]))
    assert named == [Path("12.png"), Path("a.png"), Path("a.png"), Path("b.png")]
