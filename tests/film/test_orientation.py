"""Pictures stand upright, whatever container, photograph or scan says how they lie."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from answerprint.film import matte, probe
from answerprint.film.matte import MattedFilm, Reading
from answerprint.film.orientation import Orientation
from answerprint.frames.part_file import Reader
from answerprint.runtime.errors import FilmError
from films import ffmpeg, moving_texture, write_frames, write_video
from media import take

HEIGHT, WIDTH = 32, 48

# EXIF tag 274 (and TIFF): how an upright picture is stored.
STORED = {
    1: lambda picture: picture,
    2: lambda picture: picture[:, ::-1],
    3: lambda picture: picture[::-1, ::-1],
    4: lambda picture: picture[::-1],
    5: lambda picture: picture.swapaxes(0, 1),
    6: lambda picture: np.rot90(picture),
    7: lambda picture: picture[::-1, ::-1].swapaxes(0, 1),
    8: lambda picture: np.rot90(picture, -1),
}
# SMPTE ST 268: the first direction is along the lines of the file.
SCANNED = {
    0: lambda picture: picture,
    1: lambda picture: picture[:, ::-1],
    2: lambda picture: picture[::-1],
    3: lambda picture: picture[::-1, ::-1],
    4: lambda picture: picture.swapaxes(0, 1),
    5: lambda picture: picture[:, ::-1].swapaxes(0, 1),
    6: lambda picture: picture[::-1].swapaxes(0, 1),
    7: lambda picture: picture[::-1, ::-1].swapaxes(0, 1),
    0xFFFF: lambda picture: picture,
}


@pytest.fixture(scope="module")
def film() -> np.ndarray:
    """Two frames of 8-bit colour with a white corner at the top left."""
    frames = np.rint(moving_texture(2, HEIGHT, WIDTH, 3) * 200).astype(np.uint8)
    frames[:, :8, :8] = 255
    return frames


def _assert_upright(path: Path, folder: Path, film: np.ndarray, off: float) -> None:
    taken = take(path, folder, rate=Fraction(24) if path.is_dir() else None)
    assert (taken.row["width"], taken.row["height"]) == (WIDTH, HEIGHT)
    assert np.abs(taken.frames() * 255 - film).mean() < off
    np.testing.assert_array_equal(taken.stored(1, 2)[0], taken.stored()[1])
    corner = taken.survey.proxy[0, :4, :6].mean()
    assert corner > 200 > taken.survey.proxy[0, -4:, -6:].mean()


@pytest.mark.parametrize("tag", STORED)
@pytest.mark.parametrize("suffix", ["jpg", "png", "tif"])
def test_photographs_and_scans_are_turned_by_their_tag(tmp_path: Path, film: np.ndarray, tag: int, suffix: str) -> None:
    folder = tmp_path / "reel"
    folder.mkdir()
    exif = Image.Exif()
    exif[274] = tag
    for number, frame in enumerate(film):
        picture = Image.fromarray(np.ascontiguousarray(STORED[tag](frame)))
        how = {"tiffinfo": {274: tag}} if suffix == "tif" else {"exif": exif.tobytes()}
        picture.save(folder / f"{number}.{suffix}", quality=98, subsampling=0, **how)
    _assert_upright(folder, tmp_path, film, 3 if suffix == "jpg" else 0.2)


@pytest.mark.parametrize("field", SCANNED)
def test_dpx_is_turned_by_the_field_of_its_header(tmp_path: Path, film: np.ndarray, field: int) -> None:
    stored = np.stack([SCANNED[field](frame) for frame in film]) / np.float32(255)
    folder = write_frames(tmp_path / "reel", stored, 8, "dpx")
    for path in folder.iterdir():
        content = bytearray(path.read_bytes())
        struct.pack_into("<H" if content[:4] == b"XPDS" else ">H", content, 768, field)
        path.write_bytes(content)
    _assert_upright(folder, tmp_path, film, 0.2)


MATRICES = {1: (1, 0, 0, 1), 2: (-1, 0, 0, 1), 3: (-1, 0, 0, -1), 4: (1, 0, 0, -1)} | {
    5: (0, 1, 1, 0),
    6: (0, 1, -1, 0),
    7: (0, -1, -1, 0),
    8: (0, -1, 1, 0),
}
"""a, b, c, d of the display matrix in the header of a track, for pictures stored as with that EXIF tag."""


def _with_matrix(path: Path, values: tuple[int, ...]) -> None:
    content = bytearray(path.read_bytes())
    place = content.index(b"tkhd") + 4 + 40
    a, b, c, d = (value * 65536 for value in values)
    struct.pack_into(">9i", content, place, a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path.write_bytes(content)


@pytest.mark.parametrize("tag", STORED)
@pytest.mark.parametrize("suffix", ["mov", "mp4"])
def test_films_are_turned_and_mirrored_by_their_display_matrix(
    tmp_path: Path, film: np.ndarray, tag: int, suffix: str
) -> None:
    stored = np.stack([STORED[tag](frame) for frame in film]) / np.float32(255)
    codec = "libx264rgb" if suffix == "mov" else "libx264"
    path = write_video(
        tmp_path / f"a.{suffix}", stored, 24, codec, pixel_format="rgb24" if suffix == "mov" else "yuv444p"
    )
    _with_matrix(path, MATRICES[tag])
    _assert_upright(path, tmp_path, film, 6)


def test_pixels_that_are_not_square_turn_with_the_picture(tmp_path: Path, film: np.ndarray) -> None:
    stored = np.stack([STORED[6](frame) for frame in film]) / np.float32(255)
    path = tmp_path / "a.mov"
    plain = write_video(tmp_path / "plain.mkv", stored, 24, "ffv1")
    ffmpeg("-i", plain, "-vf", "setsar=2/1", "-c:v", "libx264", "-pix_fmt", "yuv420p", path)
    _with_matrix(path, MATRICES[6])
    assert take(path, tmp_path).row["sar"] == "1/2"


def test_frames_of_a_folder_may_lie_differently(tmp_path: Path, film: np.ndarray) -> None:
    folder = tmp_path / "reel"
    folder.mkdir()
    for number, (frame, tag) in enumerate(zip(film, (1, 8), strict=True)):
        exif = Image.Exif()
        exif[274] = tag
        Image.fromarray(np.ascontiguousarray(STORED[tag](frame))).save(folder / f"{number}.png", exif=exif.tobytes())
    _assert_upright(folder, tmp_path, film, 0.2)


def test_eight_orientations_are_told_apart() -> None:
    picture = np.arange(6).reshape(2, 3)
    seen = {
        Orientation(turn, mirrored).upright(picture).tobytes() + bytes([turn % 180])
        for turn in (0, 90, 180, 270)
        for mirrored in (False, True)
    }
    assert len(seen) == 8
    assert Orientation(90).size(3, 2) == (2, 3) and Orientation(180, True).size(3, 2) == (3, 2)


@pytest.mark.parametrize("own", [None, 1, 6, 8])
def test_a_matte_stands_upright_like_its_film(tmp_path: Path, film: np.ndarray, own: int | None) -> None:
    # The film is stored with tag 6; the matte says nothing and lies like it (None) or upright (1), or has a tag.
    stored = np.stack([STORED[6](frame) for frame in film]) / np.float32(255)
    path = write_video(tmp_path / "a.mov", stored, 24, "libx264rgb", pixel_format="rgb24")
    _with_matrix(path, MATRICES[6])
    taken = take(path, tmp_path)
    marks = np.zeros((HEIGHT, WIDTH), np.uint8)
    marks[4:9, 30:40] = 255
    folder = tmp_path / "matte"
    folder.mkdir()
    exif = Image.Exif()
    exif[274] = own or 1
    for number in range(2):
        lies = Image.fromarray(np.ascontiguousarray(STORED[own or 6](marks)))
        lies.save(folder / f"{number}.png", exif=exif.tobytes() if own not in (None, 1) else b"")
    matte.must_fit(folder, probe.inspect(path))
    matted = MattedFilm(film=taken.film, decoded_frames=2, shown=np.arange(2))
    matte.write(folder, matted, Reading(grow=0), tmp_path / "marks.zip", label="test")
    read = Reader(tmp_path / "marks.zip").integers(0, 2)
    np.testing.assert_array_equal(read[0, 0] > 0, marks > 0)


def test_a_matte_of_another_size_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "matte"
    folder.mkdir()
    cv2.imwrite(str(folder / "1.png"), np.zeros((HEIGHT, WIDTH + 2), np.uint8))
    facts = probe.inspect(write_video(tmp_path / "a.mkv", moving_texture(1, HEIGHT, WIDTH, 1)))
    with pytest.raises(FilmError, match="The matte"):
        matte.must_fit(folder, facts)
