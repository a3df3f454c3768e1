"""Pictures beside a film are read, or refused before they fill the memory."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from answerprint.film import picture_file
from answerprint.runtime.errors import FilmError


def _png(path: Path, width: int, height: int) -> Path:
    """A PNG that claims a size and holds nearly nothing."""
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(bytes(100))),
        (b"IEND", b""),
    )
    packed = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    ]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(packed))
    return path


@pytest.mark.parametrize("suffix", ["png", "bmp", "tif", "webp"])
def test_a_picture_is_read_in_rgb(tmp_path: Path, suffix: str) -> None:
    picture = np.random.default_rng(0).integers(0, 255, (9, 14, 3), np.uint8)
    Image.fromarray(picture).save(tmp_path / f"a.{suffix}", lossless=True)
    read = picture_file.read_rgb(tmp_path / f"a.{suffix}")
    assert read is not None
    np.testing.assert_array_equal(read, picture)


@pytest.mark.parametrize(("width", "height"), [(40_000, 40_000), (12_000, 12_000), (2**31 - 1, 1)])
def test_a_picture_that_is_too_large_is_refused(tmp_path: Path, width: int, height: int) -> None:
    with pytest.raises(FilmError, match="more than can be restored"):
        picture_file.read_rgb(_png(tmp_path / "a.png", width, height))


@pytest.mark.parametrize("content", [b"", b"hello", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe1\x00\x04"])
def test_what_is_no_picture_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.png").write_bytes(content)
    assert picture_file.read_rgb(tmp_path / "a.png") is None
    assert picture_file.read_rgb(tmp_path) is None
