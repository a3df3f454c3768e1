"""TIFF frames are read as their headers say, or refused in a sentence."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from answerprint.film import tiff
from answerprint.film.orientation import Orientation
from answerprint.runtime.errors import FilmError
from media import take
from tiffs import write_tiff

RAMP = np.linspace(0, 1, 6 * 10 * 3).reshape(6, 10, 3)


def _folder(folder: Path, picture: np.ndarray, orientation: int = 1, big_endian: bool = False) -> Path:
    folder.mkdir()
    for number in range(2):
        write_tiff(folder / f"{number}.tif", picture, orientation=orientation, big_endian=big_endian)
    return folder


@pytest.mark.parametrize("big_endian", [False, True])
@pytest.mark.parametrize("kind", ["u1", "u2", "f4"])
def test_kinds_of_samples_that_are_read_keep_their_values(tmp_path: Path, kind: str, big_endian: bool) -> None:
    white = 1 if kind == "f4" else np.iinfo(kind).max
    picture = np.rint(RAMP * 255) / 255
    folder = _folder(tmp_path / "reel", (picture * white).astype(kind), big_endian=big_endian)
    frames = take(folder, tmp_path, rate=Fraction(18), grey="false", depth=16).frames()
    np.testing.assert_allclose(frames, np.stack([picture, picture]), atol=1 / 65535)


@pytest.mark.parametrize(("kind", "words"), [("f2", "floating point of 16"), ("u4", "32 bits"), ("i2", "signed")])
def test_kinds_of_samples_that_would_be_taken_for_others_are_refused(tmp_path: Path, kind: str, words: str) -> None:
    white = 1 if kind == "f2" else np.iinfo(kind).max
    folder = _folder(tmp_path / "reel", (RAMP * white).astype(kind))
    with pytest.raises(FilmError, match=words):
        take(folder, tmp_path, rate=Fraction(18))


@pytest.mark.parametrize("kind", ["f8", "c8"])
def test_kinds_of_samples_that_cannot_be_decoded_are_refused(tmp_path: Path, kind: str) -> None:
    with pytest.raises(FilmError):
        take(_folder(tmp_path / "reel", RAMP.astype(kind)), tmp_path, rate=Fraction(18))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["u2", "f4"])
def test_every_kind_is_turned_by_its_tag(tmp_path: Path, kind: str, orientation: int) -> None:
    turned = [
        *(Orientation(), Orientation(0, True), Orientation(180), Orientation(180, True)),
        *(Orientation(90, True), Orientation(270), Orientation(270, True), Orientation(90)),
    ][orientation - 1]
    picture = (RAMP * (1 if kind == "f4" else 65535)).astype(kind)
    taken = take(_folder(tmp_path / "reel", picture, orientation), tmp_path, rate=Fraction(18), grey="false")
    upright = np.moveaxis(turned.upright(np.moveaxis(RAMP, 2, 0)), 0, 2)
    np.testing.assert_allclose(taken.frames(0, 1)[0], upright, atol=1 / 65535)


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "packbits", "raw"])
def test_usual_compressions_keep_every_value(tmp_path: Path, compression: str) -> None:
    picture = (RAMP * 255).astype("u1")
    for number in range(2):
        Image.fromarray(picture).save(tmp_path / f"{number}.tif", compression=compression)
    frames = take(tmp_path, tmp_path, rate=Fraction(18), grey="false", depth=16).frames()
    np.testing.assert_allclose(frames[1] * 255, picture, atol=1e-3)


@pytest.mark.parametrize("predictor", [1, 2])
@pytest.mark.parametrize("kind", ["u1", "u2", "f4"])
def test_differences_of_neighbours_are_read_or_refused(tmp_path: Path, kind: str, predictor: int) -> None:
    picture = (RAMP * (1 if kind == "f4" else np.iinfo(kind).max)).astype(kind)
    lzw = (cv2.IMWRITE_TIFF_COMPRESSION, 5, cv2.IMWRITE_TIFF_PREDICTOR, predictor)
    assert cv2.imwrite(str(tmp_path / "1.tif"), picture[..., ::-1], lzw)
    if kind == "f4" and predictor == 2:
        with pytest.raises(FilmError, match="differences"):
            take(tmp_path, tmp_path, rate=Fraction(18))
        return
    frames = take(tmp_path, tmp_path, rate=Fraction(18), grey="false", depth=16).frames()
    np.testing.assert_allclose(frames[0], RAMP, atol=1 / 255)


def test_jpeg_within_tiff_is_refused(tmp_path: Path) -> None:
    Image.fromarray((RAMP * 255).astype("u1")).save(tmp_path / "1.tif", compression="jpeg")
    with pytest.raises(FilmError, match="compressed as JPEG"):
        take(tmp_path, tmp_path, rate=Fraction(18))


@pytest.mark.parametrize(("tag", "value", "words"), [(262, 6, "luma"), (322, 16, "tiles"), (254, 1, "thumbnail")])
def test_pictures_stored_otherwise_are_refused(tmp_path: Path, tag: int, value: int, words: str) -> None:
    write_tiff(tmp_path / "1.tif", (RAMP * 255).astype("u1"), entries={tag: [value]})
    with pytest.raises(FilmError, match=words):
        take(tmp_path, tmp_path, rate=Fraction(18))


def test_a_file_of_several_frames_is_no_frame_but_a_thumbnail_may_follow(tmp_path: Path) -> None:
    picture = Image.fromarray((RAMP * 255).astype("u1"))
    path = tmp_path / "1.tif"
    picture.save(path, save_all=True, append_images=[picture.resize((5, 3))])
    assert take(tmp_path, tmp_path, rate=Fraction(18)).row["frames"] == 1
    picture.save(path, save_all=True, append_images=[picture, picture])
    with pytest.raises(FilmError, match="holds 3 pictures"):
        take(tmp_path, tmp_path, rate=Fraction(18))


def test_a_chain_of_pictures_that_leads_back_ends(tmp_path: Path) -> None:
    path = write_tiff(tmp_path / "1.tif", (RAMP * 255).astype("u1"))
    content = bytearray(path.read_bytes())
    begins = struct.unpack_from("<I", content, 4)[0]
    (count,) = struct.unpack_from("<H", content, begins)
    struct.pack_into("<I", content, begins + 2 + 12 * count, begins)
    path.write_bytes(content)
    with pytest.raises(FilmError, match="pictures"):
        take(tmp_path, tmp_path, rate=Fraction(18))


def test_a_header_that_is_cut_short_says_nothing(tmp_path: Path) -> None:
    path = write_tiff(tmp_path / "1.tif", RAMP.astype("f4"), orientation=3)
    content = path.read_bytes()
    assert tiff.orientation(path) == 3
    path.write_bytes(content[:-100])
    assert tiff.orientation(path) == 1
    tiff.require_readable(path)


def test_what_is_clipped_of_floating_point_is_said(tmp_path: Path) -> None:
    inside = take(_folder(tmp_path / "inside", RAMP.astype("f4")), tmp_path, rate=Fraction(18))
    assert inside.row["warnings"] == []
    wild = (RAMP * 4 - 1).astype("f4")
    wild[0, 0, 0] = np.nan
    (warning,) = take(_folder(tmp_path / "wild", wild), tmp_path, rate=Fraction(18)).row["warnings"]
    assert "2 of the frames: 50.0% lie above white, 24.4% lie below black, 0.6% are not numbers" in warning
