"""Frames that are cut short or damaged are named, whatever a decoder makes of them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from answerprint.film import whole_frames
from answerprint.runtime.errors import FilmError
from films import ffmpeg, moving_texture, write_frames
from media import take


def _write(folder: Path, kind: str) -> Path:
    film = moving_texture(2, 64, 96, 3)
    extension, _, compression = kind.partition(" ")
    if not compression:
        return write_frames(folder, film, 16 if extension in ("png", "tif", "dpx", "exr") else 8, extension)
    write_frames(folder.with_name("plain"), film)
    folder.mkdir()
    for name in ("0001", "0002"):
        source = folder.with_name("plain") / f"{name}.png"
        ffmpeg("-i", source, "-pix_fmt", "gbrpf32le", "-compression", compression, folder / f"{name}.exr")
    return folder


@pytest.mark.parametrize("kind", ["png", "tif", "dpx", "exr", "jpg", "bmp", "exr none", "exr zip1", "exr zip16"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_frame_that_is_cut_short_is_named(tmp_path: Path, kind: str, share: float) -> None:
    folder = _write(tmp_path / "reel", kind)
    assert take(folder, tmp_path, rate=Fraction(18)).row["frames"] == 2
    second = sorted(folder.iterdir())[1]
    second.write_bytes(second.read_bytes()[: int(second.stat().st_size * share)])
    with pytest.raises(FilmError, match="0002"):
        take(folder, tmp_path, rate=Fraction(18))


def test_an_exr_whose_lines_were_never_written_is_named(tmp_path: Path) -> None:
    path = sorted(_write(tmp_path / "reel", "exr none").iterdir())[0]
    content = path.read_bytes()
    first = content.index(b"screenWindowWidth\0float\0") + len(b"screenWindowWidth\0float\0") + 8
    place = content.index(b"\0", first) + 1 if content[first] else first + 1
    path.write_bytes(content[:place] + bytes(8) + content[place + 8 :])
    with pytest.raises(FilmError, match=r"never finished|end is missing"):
        whole_frames.require(path)


@pytest.mark.parametrize("kind", ["exr", "exr none", "exr zip1", "exr zip16", "png", "jpg"])
def test_zeros_that_a_broken_copy_left_are_found(tmp_path: Path, kind: str) -> None:
    folder = _write(tmp_path / "reel", kind)
    path = sorted(folder.iterdir())[1]
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2] + bytes(len(content) - len(content) // 2))
    with pytest.raises(FilmError, match="0002"):
        take(folder, tmp_path, rate=Fraction(18))


def test_a_png_with_a_changed_byte_is_named(tmp_path: Path) -> None:
    path = sorted(_write(tmp_path / "reel", "png").iterdir())[0]
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(FilmError, match="checksum"):
        whole_frames.require(path)
