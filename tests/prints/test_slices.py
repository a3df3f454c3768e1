"""Lossless prints of large frames have as many slices as FFmpeg's encoder asks for, and four wherever four will do."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from answerprint.film.facts import Colour
from answerprint.prints import encode, slices
from answerprint.prints.codecs import CODECS
from answerprint.prints.encode import Look, Run
from answerprint.runtime.errors import FilmError
from media import frames_of, print_of

DEPTHS = (10, 12, 16)


def _chosen(kind: str, width: int, height: int, channels: int, depth: int) -> int:
    codec = CODECS[kind]
    option = slices.option(codec, width, height, codec.pixel_format(channels, depth), kind)
    return int(option["slices"])


def _opens(kind: str, width: int, height: int, channels: int, depth: int, number: int) -> bool:
    """Whether the encoder of a print takes frames in so many slices."""
    codec = CODECS[kind]
    encoder: Any = av.CodecContext.create(codec.name, "w")
    encoder.options = {**codec.options, "slices": str(number)}
    encoder.width, encoder.height, encoder.pix_fmt = width, height, codec.pixel_format(channels, depth)
    encoder.time_base = Fraction(1, 24)
    try:
        encoder.open()
    except av.FFmpegError:
        return False
    return True


@pytest.mark.parametrize("size", [(2, 2), (64, 48), (720, 576), (2048, 1556), (4096, 3112)])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("depth", DEPTHS)
def test_frames_have_four_slices_wherever_the_encoder_takes_four(
    size: tuple[int, int], channels: int, depth: int
) -> None:
    found = _chosen("master", *size, channels, depth)
    assert (found == 4) == _opens("master", *size, channels, depth, 4)
    assert found == 4 or (size, channels, depth) == ((4096, 3112), 3, 16)


@pytest.mark.parametrize(
    "size", [(4096, 3112), (5120, 3840), (7680, 4320), (8192, 6224), (14000, 9500), (16200, 16200)]
)
@pytest.mark.parametrize(
    ("kind", "channels", "depth"),
    [*(("master", channels, depth) for channels in (1, 3) for depth in DEPTHS), ("changes", 1, 16)],
)
def test_large_frames_have_a_number_that_the_encoder_takes(
    kind: str, size: tuple[int, int], channels: int, depth: int
) -> None:
    found = _chosen(kind, *size, channels, depth)
    assert _opens(kind, *size, channels, depth, found)
    assert not any(_opens(kind, *size, channels, depth, fewer) for fewer in range(4, found))


def test_a_frame_too_large_for_four_slices_is_kept_bit_for_bit(tmp_path: Path) -> None:
    stored = np.zeros((1, 3, 2600, 4096), np.uint16)
    stored[..., ::650, 512:1536] = np.arange(1024, dtype=np.uint16) << 6
    ((frame,), _) = frames_of(print_of(tmp_path, "master", stored, depth=16))
    for plane, values in zip(frame.planes, stored[0][[1, 2, 0]], strict=True):
        np.testing.assert_array_equal(np.frombuffer(plane, np.uint16).reshape(2600, -1)[:, :4096], values)


@pytest.mark.parametrize("size", [(1, 40), (40, 1), (30000, 9000)])
def test_frames_that_no_number_of_slices_fits_are_refused_in_a_sentence(size: tuple[int, int]) -> None:
    with pytest.raises(FilmError, match=f"The master cannot be made: .* no frames of {size[0]}x{size[1]}"):
        slices.option(CODECS["master"], *size, "gray10le", "The master")


def test_a_lossy_codec_has_no_such_option(tmp_path: Path) -> None:
    assert slices.option(CODECS["x264"], 1920, 1080, "yuv420p10le", "The access copy") == {}
    look = Look(rate=Fraction(24), sar=Fraction(1), colour=Colour())
    with pytest.raises(FilmError, match="A print in gray10le cannot be made"):
        encode.piece("master", [Run(frames=[np.zeros((1, 40, 1), np.uint16)])], tmp_path / "piece", look, 10)
