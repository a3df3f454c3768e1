"""Every pixel format is read as decoded: right to the last row and column, whatever lies in the memory around."""

from __future__ import annotations

import re
import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.format import names
from PIL import Image

from answerprint.film import colour, decode, field_filters, planes
from answerprint.film.facts import Colour
from answerprint.film.orientation import Orientation
from answerprint.film.proxies import Proxies
from answerprint.runtime.errors import FilmError
from films import ffmpeg, moving_texture, write_frames, write_video
from media import take

WIDTH, HEIGHT = 35, 18

# By libavutil/pixfmt.h: words side by side in the order of bytes, and bits from the highest down.
WORDS = {
    **{name: name for name in ("rgba", "bgra", "argb", "abgr", "rgb0", "bgr0", "0rgb", "0bgr", "ayuv", "vuya", "uyva")},
    **{
        "rgb24": "rgb",
        "bgr24": "bgr",
        "rgb48": "rgb",
        "bgr48": "bgr",
        "rgb96": "rgb",
        "rgbf16": "rgb",
        "rgbf32": "rgb",
    },
    **{"rgba64": "rgba", "bgra64": "bgra", "rgba128": "rgba", "rgbaf16": "rgba", "rgbaf32": "rgba", "xyz12": "rgb"},
    **{"ya8": "ya", "ya16": "ya", "yaf16": "ya", "yaf32": "ya", "ayuv64": "ayuv", "vuyx": "vuy0", "vyu444": "vyu"},
    **{"yuyv422": "yuyv", "uyvy422": "uyvy", "yvyu422": "yvyu", "uyyvyy411": "uyyvyy"},
    **{"y210": "yuyv", "y212": "yuyv", "y216": "yuyv", "xv36": "uyv0", "xv48": "uyv0"},
}
BITS = {
    "rgb565": "rrrrrggggggbbbbb",
    "bgr565": "bbbbbggggggrrrrr",
    "rgb555": "0rrrrrgggggbbbbb",
    "bgr555": "0bbbbbgggggrrrrr",
    "rgb444": "0000rrrrggggbbbb",
    "bgr444": "0000bbbbggggrrrr",
    "rgb8": "rrrgggbb",
    "bgr8": "bbgggrrr",
    "rgb4_byte": "0000rggb",
    "bgr4_byte": "0000bggr",
    "rgb4": "rggb",
    "bgr4": "bggr",
    "x2rgb10": "00rrrrrrrrrrggggggggggbbbbbbbbbb",
    "x2bgr10": "00bbbbbbbbbbggggggggggrrrrrrrrrr",
    "xv30": "00vvvvvvvvvvyyyyyyyyyyuuuuuuuuuu",
    "v30x": "vvvvvvvvvvyyyyyyyyyyuuuuuuuuuu00",
}
HIGH = re.compile(r"(p[024]1[02]|y21[02]|xv36|xyz12)$|msb$")
"""Formats with their samples at the top of 16 bits."""


def _base(name: str) -> str:
    return re.sub(r"(le|be)$", "", name)


def _blank(name: str) -> av.VideoFrame | None:
    try:
        return av.VideoFrame(WIDTH, HEIGHT, name)
    except av.ArgumentError:
        return None


NAMES = sorted(name for name in names if _blank(name))
READ = [name for name in NAMES if not name.startswith("bayer")]


def _gradient(seed: int, height: int, width: int, top: int) -> np.ndarray:
    """Whole numbers from 0 to `top`, different in every pixel as far as they go."""
    ramp = np.arange(height * width, dtype=np.float64).reshape(height, width) / (height * width - 1)
    turned = (ramp, ramp[::-1, ::-1], ramp[:, ::-1])[seed]
    return np.rint(turned * top).astype(np.uint64)


def _channels(frame: av.VideoFrame) -> dict[str, np.ndarray]:
    """What the test stores in each channel, in the format's own units; floating point as 0..1."""
    name = frame.format.name
    letters = {"grey": "y", "yuv": "yuv", "rgb": "rgb"}[planes.kind_of(name)]
    values = {}
    for index, letter in enumerate(letters):
        bits = frame.format.components[index].bits
        size = (HEIGHT, WIDTH)
        if letter in "uv":
            size = (frame.format.chroma_height(HEIGHT), frame.format.chroma_width(WIDTH))
        if _base(name) in BITS:
            bits = BITS[_base(name)].count(letter)
        if _floating(name):
            values[letter] = _gradient(index, *size, 1 << 10) / np.float64(1 << 10)
        else:
            values[letter] = _gradient(index, *size, (1 << bits) - 1)
    return values


def _floating(name: str) -> bool:
    return re.search(r"f(16|32)(le|be)$", name) is not None


def _word(name: str, bits: int) -> np.dtype:
    order = ">" if name.endswith("be") else "<"
    return np.dtype(f"{order}{'f' if _floating(name) else 'u'}{1 if bits <= 8 else 2 if bits <= 16 else 4}")


def _made(name: str, poison: int) -> tuple[av.VideoFrame, dict[str, np.ndarray]]:
    """A frame whose memory was full of one byte before its samples were written into it, and those samples."""
    frame = _blank(name)
    assert frame is not None
    memory = [np.full(abs(plane.line_size) * plane.height, poison, np.uint8) for plane in frame.planes]
    base = _base(name)
    rows = [part.reshape(plane.height, -1) for part, plane in zip(memory, frame.planes, strict=True)]
    word = _word(name, max(part.bits for part in frame.format.components))
    if base == "pal8":
        return _paletted(frame, rows)
    channels = _channels(frame)
    if base in ("monow", "monob"):
        ink = channels["y"].astype(bool) != (base == "monow")
        packed = np.packbits(ink, axis=1)
        rows[0][:, : packed.shape[1]] = packed
    elif base in BITS:
        _write_bits(rows[0], name, BITS[base], channels, poison)
    elif base in WORDS:
        _write_words(rows[0], word, WORDS[base], channels, _shift(frame), poison)
    else:
        _write_planes(frame, rows, word, channels, poison)
    for part, plane in zip(memory, frame.planes, strict=True):
        plane.update(part.tobytes())
    return frame, channels


def _shift(frame: av.VideoFrame) -> int:
    return 16 - frame.format.components[0].bits if HIGH.search(_base(frame.format.name)) else 0


def _put(line: np.ndarray, places: slice, values: np.ndarray, word: np.dtype, shift: int, poison: int) -> None:
    if shift:
        values = (values << np.uint64(shift)) | np.uint64(poison & ((1 << shift) - 1))
    view = line.view(word)
    view[:, places][:, : values.shape[1]] = values.astype(word)


def _write_planes(
    frame: av.VideoFrame, rows: list[np.ndarray], word: np.dtype, channels: dict[str, np.ndarray], poison: int
) -> None:
    shift, base = _shift(frame), _base(frame.format.name)
    if "y" not in channels:
        order = {"g": 0, "b": 1, "r": 2}
    elif len(rows) == 2 and "u" in channels:
        first, second = ("v", "u") if base in ("nv21", "nv42") else ("u", "v")
        for offset, letter in enumerate((first, second)):
            _put(rows[1], slice(offset, None, 2), channels[letter], word, shift, poison)
        order = {"y": 0}
    else:
        order = {"y": 0, "u": 1, "v": 2}
    for letter, plane in order.items():
        if letter in channels:
            _put(rows[plane], slice(None), channels[letter], word, shift, poison)


def _write_words(
    rows: np.ndarray, word: np.dtype, group: str, channels: dict[str, np.ndarray], shift: int, poison: int
) -> None:
    for letter, values in channels.items():
        places = [index for index, other in enumerate(group) if other == letter]
        for turn, place in enumerate(places):
            _put(rows, slice(place, None, len(group)), values[:, turn :: len(places)], word, shift, poison)


def _write_bits(rows: np.ndarray, name: str, layout: str, channels: dict[str, np.ndarray], poison: int) -> None:
    words = np.zeros((HEIGHT, WIDTH), np.uint64)
    for letter, values in channels.items():
        words |= values << np.uint64(len(layout) - 1 - layout.rindex(letter))
    unused = int("".join("1" if letter == "0" else "0" for letter in layout), 2)
    words |= np.uint64(unused & (0xFFFFFFFF if poison else 0))
    if len(layout) == 4:
        pairs = np.pad(words, ((0, 0), (0, WIDTH % 2))).reshape(HEIGHT, -1, 2)
        rows[:, : pairs.shape[1]] = pairs[..., 0] << np.uint64(4) | pairs[..., 1]
    else:
        _put(rows, slice(None), words, _word(name, len(layout)), 0, poison)


def _paletted(frame: av.VideoFrame, rows: list[np.ndarray]) -> tuple[av.VideoFrame, dict[str, np.ndarray]]:
    indices = _gradient(0, HEIGHT, WIDTH, 255).astype(np.uint8)
    rows[0][:, :WIDTH] = indices
    palette = np.random.default_rng(0).integers(0, 256, (256, 4), np.uint8)  # blue, green, red, alpha
    frame.planes[0].update(rows[0].tobytes())
    frame.planes[1].update(palette.tobytes())
    return frame, {
        letter: palette[indices, place].astype(np.uint64) for letter, place in (("r", 2), ("g", 1), ("b", 0))
    }


def _expected(name: str, letter: str, values: np.ndarray) -> np.ndarray:
    """Samples as the library gives them: 8 bits at least, float32 for what is deeper than 16 bits."""
    frame = av.VideoFormat(name, WIDTH, HEIGHT)
    bits = next(part.bits for part in frame.components)
    base = _base(name)
    if _floating(name):
        return values.astype(np.float32)
    if bits == 32:
        return (values / np.float64(2**32 - 1)).astype(np.float32)
    if base in ("monow", "monob"):
        return values * 255
    if base in BITS and (size := BITS[base].count(letter)) < 8:
        return np.rint(values * (255 / (2**size - 1)))
    return values


@pytest.mark.parametrize("name", READ)
def test_every_pixel_format_is_read_as_it_was_decoded(name: str) -> None:
    if name.startswith("xyz"):
        pytest.skip("XYZ is converted: see test_digital_cinema_is_shown_in_bt709")
    for poison in (0x00, 0xA5, 0xFF):
        frame, channels = _made(name, poison)
        samples = planes.of(frame).samples
        assert len(samples) == len(channels)
        for plane, (letter, values) in zip(samples, channels.items(), strict=True):
            assert plane.dtype in (np.uint8, np.uint16, np.float32) and plane.dtype.isnative
            np.testing.assert_array_equal(plane, _expected(name, letter, values), err_msg=f"{name} {letter}")


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize("grey", [False, True])
def test_memory_beside_the_picture_never_shows(name: str, grey: bool) -> None:
    tags = Colour(matrix="bt709", range="pc")
    first, second = (colour.stored(_made(name, poison)[0], grey=grey, depth=16, colour=tags) for poison in (0x00, 0xFF))
    np.testing.assert_array_equal(first, second)
    assert decode.checksum(_made(name, 0x00)[0]) == decode.checksum(_made(name, 0xFF)[0])


@pytest.mark.parametrize("name", READ)
def test_memory_beside_the_picture_shows_neither_in_proxies_nor_through_filters(name: str) -> None:
    seen = []
    for poison in (0x00, 0xFF):
        proxies = Proxies()
        proxies.add(_made(name, poison)[0], Orientation())
        pictures = (_made(name, poison)[0] for _ in range(3))
        woven = [
            frame
            for _, frame in field_filters.through(field_filters.each_frame(Fraction(25), "tff"), enumerate(pictures))
        ]
        values = [colour.stored(frame, grey=False, depth=16, colour=Colour(matrix="bt709")) for frame in woven]
        seen.append((proxies.pictures(np.arange(1)), np.stack(values)))
    np.testing.assert_array_equal(seen[0][0], seen[1][0])
    np.testing.assert_array_equal(seen[0][1], seen[1][1])


@pytest.mark.parametrize("name", READ)
def test_stored_values_are_the_samples_at_full_range_to_the_last_row_and_column(name: str) -> None:
    frame, channels = _made(name, 0x5A)
    if "u" in channels or name.startswith("xyz"):
        pytest.skip("colour differences go through a matrix: see test_flat_colours_become_rgb_by_the_tagged_matrix")
    got = colour.stored(frame, grey="y" in channels, depth=16, colour=Colour(range="pc"))
    for plane, (letter, values) in zip(got, channels.items(), strict=True):
        samples = _expected(name, letter, values).astype(np.float64)
        top = 1 if samples.max() <= 1 else 2 ** planes.depth_of(name) - 1
        assert np.abs(plane - samples / top * 65535).max() <= 0.51


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("bayer")])
def test_a_raw_mosaic_is_refused_in_a_sentence(name: str) -> None:
    with pytest.raises(FilmError, match="raw mosaic"):
        planes.of(_blank(name))


@pytest.mark.parametrize("name", ["xyz12le", "xyz12be"])
def test_digital_cinema_is_shown_in_bt709(name: str) -> None:
    frame = _blank(name)
    assert frame is not None
    # Three greys of white D65 and linear light 1, 0.18 and 0: CIE XYZ (0.9505, 1, 1.0888), gamma 2.6.
    white = np.array([0.9505, 1.0, 1.0888])
    light = np.array([0.9, 0.18, 0.0])
    codes = np.rint((light[:, None] * white) ** (1 / 2.6) * 4095).astype(np.uint16) << 4
    rows = np.zeros((HEIGHT, frame.planes[0].line_size // 2), ">u2" if name.endswith("be") else "<u2")
    rows[:, : 3 * WIDTH] = np.tile(codes.ravel(), WIDTH // 3 + 1)[: 3 * WIDTH]
    frame.planes[0].update(rows.tobytes())
    got = colour.stored(frame, grey=False, depth=16, colour=Colour(range="pc"))[:, 0, :3] / 65535
    np.testing.assert_allclose(got, np.broadcast_to(light ** (1 / 2.2), (3, 3)), atol=0.004)


# Whole films


def test_transparency_that_lies_beside_the_picture_is_said_to_be_left_out(tmp_path: Path) -> None:
    plain = write_video(tmp_path / "plain.mkv", moving_texture(2, 32, 48, 3), 24, "ffv1")
    path = tmp_path / "a.webm"
    ffmpeg("-i", plain, "-c:v", "libvpx-vp9", "-pix_fmt", "yuva420p", "-auto-alt-ref", 0, path)
    assert any("transparency" in warning for warning in take(path, tmp_path).row["warnings"])


@pytest.mark.parametrize("name", ["gbrap10le", "gbrap12le", "gbrap16le", "rgba64le", "yuva444p16le", "bgra", "ya16le"])
def test_alpha_is_left_out_and_said(tmp_path: Path, name: str) -> None:
    plain = write_video(tmp_path / "plain.mkv", moving_texture(2, 17, 23, 3), 24, "ffv1", pixel_format="gbrp16le")
    path = tmp_path / ("a.mov" if name == "rgba64le" else "a.mkv")
    codec = {"rgba64le": "png", "ya16le": "png"}.get(name, "ffv1")
    ffmpeg("-i", plain, "-pix_fmt", name.replace("64le", "64be").replace("ya16le", "ya16be"), "-c:v", codec, path)
    first, second = take(path, tmp_path), take(path, tmp_path)
    np.testing.assert_array_equal(first.stored(), second.stored())
    assert any("transparency" in warning for warning in first.row["warnings"])


def test_a_jpeg_of_four_inks_has_no_transparency(tmp_path: Path) -> None:
    folder = tmp_path / "inks"
    folder.mkdir()
    for number in range(3):
        Image.new("CMYK", (48, 32), (20 * number, 90, 30, 10)).save(folder / f"{number}.jpg")
    taken = take(folder, tmp_path, rate=Fraction(18))
    assert taken.row["pixel_format"] == "gbrap" and taken.row["warnings"] == []


def test_a_palette_in_quicktime_is_read(tmp_path: Path) -> None:
    plain = write_video(tmp_path / "plain.mkv", moving_texture(3, 32, 48, 3), 24, "ffv1")
    path = tmp_path / "a.mov"
    chosen = "split[a][b];[a]palettegen[p];[b][p]paletteuse=dither=none"
    ffmpeg("-i", plain, "-vf", chosen, "-c:v", "png", path)
    taken = take(path, tmp_path)
    assert taken.row["pixel_format"] == "pal8" and taken.stored().shape == (3, 3, 32, 48)


@pytest.mark.parametrize("name", ["bgr24", "rgb555le"])
def test_pictures_stored_from_the_bottom_up_are_the_right_way_round(tmp_path: Path, name: str) -> None:
    film = moving_texture(2, 18, 24, 3)
    path = write_video(tmp_path / "a.avi", film, 24, "rawvideo", pixel_format=name)
    downwards = take(path, tmp_path).stored()
    # A negative height in the header of a bitmap means from the top down; a positive one, from the bottom up.
    content = bytearray(path.read_bytes())
    height = content.index(b"strf") + 16
    (stored,) = struct.unpack_from("<i", content, height)
    struct.pack_into("<i", content, height, -stored)
    path.write_bytes(content)
    np.testing.assert_array_equal(take(path, tmp_path).stored(), downwards[:, :, ::-1])


def test_a_tiff_of_floating_point_keeps_its_values(tmp_path: Path) -> None:
    import cv2

    film = np.random.default_rng(0).random((2, 17, 23, 3), np.float32)
    folder = tmp_path / "reel"
    folder.mkdir()
    for number, frame in enumerate(film):
        cv2.imwrite(str(folder / f"{number}.tif"), frame[..., ::-1], (cv2.IMWRITE_TIFF_COMPRESSION, 1))
    taken = take(folder, tmp_path, rate=Fraction(24))
    np.testing.assert_array_equal(taken.stored(), np.moveaxis(np.rint(film * np.float32(65535)), 3, 1))


def test_the_deepest_format_of_a_folder_is_used_and_said(tmp_path: Path) -> None:
    film = moving_texture(3, 16, 24, 3)
    folder = write_frames(tmp_path / "reel", film[1:], 16, first=2)
    write_frames(folder, film[:1], 8)
    taken = take(folder, tmp_path, rate=Fraction(24))
    assert taken.film.depth == 16 and taken.row["depth"] == 16
    assert any("0001.png has 8 bits" in warning for warning in taken.row["warnings"])


def test_yuv_and_rgb_in_one_folder_are_refused(tmp_path: Path) -> None:
    import cv2

    folder = write_frames(tmp_path / "reel", moving_texture(2, 16, 24, 3))
    cv2.imwrite(str(folder / "0003.jpg"), np.full((16, 24, 3), (20, 90, 200), np.uint8))
    with pytest.raises(FilmError, match="YUV"):
        take(folder, tmp_path, rate=Fraction(24))


def test_hdr_metadata_is_said_to_be_lost(tmp_path: Path) -> None:
    plain = write_video(tmp_path / "plain.mkv", moving_texture(2, 64, 64, 3), 24, "ffv1")
    path = tmp_path / "a.mkv"
    master = "master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1):max-cll=1000,400"
    ffmpeg("-i", plain, "-pix_fmt", "yuv420p10le", "-c:v", "libx265", "-x265-params", f"log-level=0:{master}", path)
    assert any("HDR10" in warning for warning in take(path, tmp_path).row["warnings"])
