"""Ingest gives exact values, and the same frames whatever part is read."""

from __future__ import annotations

import tracemalloc
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from answerprint.film import colour, ingest, planes
from answerprint.film.facts import Colour, Deinterlacer
from answerprint.frames.part_file import Reader
from answerprint.runtime.errors import FilmError
from answerprint.runtime.progress import Progress
from films import ffmpeg, interlace, moving_texture, quantised, write_frames, write_video
from media import Taken, take


@pytest.fixture(scope="module")
def film() -> np.ndarray:
    return moving_texture(40, 64, 96, 3, step=(1.7, 0.4))


# The same frames in any part


def _assert_same_in_parts(taken: Taken, size: int) -> None:
    whole = taken.stored()
    assert len(whole) == taken.row["frames"] == taken.film.facts.frames
    for first in range(len(whole)):
        part = taken.stored(first, min(first + size, len(whole)))
        np.testing.assert_array_equal(part, whole[first : first + size], err_msg=f"from frame {first}")


OPEN = "open-gop=1:keyint=8:min-keyint=8:bframes=3:b-adapt=0:log-level=0"


@pytest.mark.parametrize(
    ("codec", "suffix"),
    [
        (["-c:v", "libx264", "-x264-params", OPEN], "mkv"),
        (["-c:v", "libx264", "-x264-params", OPEN], "mp4"),
        (["-c:v", "libx264", "-x264-params", OPEN], "ts"),
        (["-c:v", "libx264", "-x264-params", "intra-refresh=1:keyint=8:bframes=0"], "mp4"),
        (["-c:v", "libx264", "-x264-params", "keyint=8:bframes=3"], "avi"),
        (["-c:v", "libx264", "-x264-params", "keyint=8:bframes=3"], "h264"),
        (["-c:v", "libx265", "-x265-params", OPEN], "mp4"),
        (["-c:v", "mpeg2video", "-bf", "2", "-g", "8", "-b:v", "6M"], "mpg"),
        (["-c:v", "mpeg2video", "-bf", "2", "-g", "8", "-b:v", "6M"], "ts"),
        (["-c:v", "mpeg4", "-bf", "2", "-g", "8", "-b:v", "6M"], "avi"),
        (["-c:v", "prores_ks"], "mov"),
        (["-c:v", "libvpx-vp9", "-g", "8", "-deadline", "realtime", "-cpu-used", "8"], "webm"),
    ],
)
def test_a_part_is_the_same_as_in_the_whole(tmp_path: Path, film: np.ndarray, codec: list[str], suffix: str) -> None:
    plain = write_video(tmp_path / "plain.mkv", film, 25, "ffv1")
    path = tmp_path / f"a.{suffix}"
    ffmpeg("-i", plain, "-pix_fmt", "yuv422p10le" if suffix == "mov" else "yuv420p", *codec, path)
    taken = take(path, tmp_path)
    assert taken.row["frames"] == 40 and taken.row["rate"] == "25/1"
    _assert_same_in_parts(taken, 3)


@pytest.mark.parametrize("suffix", ["mpg", "mkv", "mp4"])
def test_a_part_of_interlaced_video_is_the_same_as_in_the_whole(tmp_path: Path, film: np.ndarray, suffix: str) -> None:
    woven = interlace(film)
    codec, options = ("mpeg2video", {"b": "6000000", "g": "6"}) if suffix == "mpg" else ("libx264", {"g": "6"})
    taken = take(write_video(tmp_path / f"a.{suffix}", woven, 25, codec, interlaced="tt", options=options), tmp_path)
    assert taken.row["field_order"] == "tff"
    _assert_same_in_parts(taken, 2)


@pytest.mark.parametrize("suffix", ["mpg", "mkv"])
def test_a_part_of_pulldown_is_the_same_as_in_the_whole(tmp_path: Path, film: np.ndarray, suffix: str) -> None:
    plain = write_video(tmp_path / "plain.mkv", film, "24000/1001", "ffv1")
    path = tmp_path / f"a.{suffix}"
    codec = ["-c:v", "mpeg2video", "-b:v", "8M"] if suffix == "mpg" else ["-c:v", "libx264", "-x264-params", "tff=1"]
    ffmpeg("-i", plain, "-vf", "format=yuv420p,telecine=pattern=23", "-flags", "+ildct+ilme", "-g", 7, *codec, path)
    taken = take(path, tmp_path)
    assert taken.row["pulldown"] and taken.row["frames"] == 40
    _assert_same_in_parts(taken, 3)


def test_film_comes_out_of_pulldown_with_all_its_bits(tmp_path: Path, film: np.ndarray) -> None:
    plain = write_video(tmp_path / "plain.mkv", film, "24000/1001", "ffv1")
    ffmpeg("-i", plain, "-pix_fmt", "yuv422p10le", "-c:v", "ffv1", tmp_path / "film.mkv")
    ffmpeg("-i", tmp_path / "film.mkv", "-vf", "telecine=pattern=23", "-c:v", "ffv1", tmp_path / "video.mkv")
    taken = take(tmp_path / "video.mkv", tmp_path)
    assert taken.row["pulldown"] and taken.film.depth == 10 and not taken.row["warnings"]
    np.testing.assert_array_equal(taken.stored(), take(tmp_path / "film.mkv", tmp_path).stored())


@pytest.mark.parametrize("deinterlacer", ["bwdif", "motion"])
def test_deep_grey_video_keeps_its_grey_when_deinterlaced(tmp_path: Path, deinterlacer: Deinterlacer) -> None:
    levels = interlace(moving_texture(24, 64, 96, 1, step=(1.0, 0.0)))
    deep = write_video(tmp_path / "a.mkv", levels, 25, "ffv1", interlaced="tt")
    ffmpeg("-i", deep, "-pix_fmt", "gray10le", "-color_range", "tv", "-c:v", "ffv1", tmp_path / "deep.mkv")
    shown = take(tmp_path / "deep.mkv", tmp_path, fields="tff", deinterlacer=deinterlacer).frames()
    woven = take(tmp_path / "deep.mkv", tmp_path, fields="progressive").frames()
    assert abs(float(shown.mean() - woven.mean())) < 0.002 and shown.shape == woven.shape


def test_a_part_of_a_varying_rate_is_the_same_as_in_the_whole(tmp_path: Path, film: np.ndarray) -> None:
    plain = write_video(tmp_path / "plain.mkv", film, 25, "ffv1")
    path = tmp_path / "a.mp4"
    drop = "select='not(eq(mod(n,7),3)+eq(n,20)+eq(n,21))'"
    ffmpeg("-i", plain, "-vf", drop, "-fps_mode", "vfr", "-c:v", "libx264", "-g", 6, path)
    taken = take(path, tmp_path)
    assert taken.row["rate"] == "25/1" and taken.row["frames"] == 40 and len(taken.row["repeated"]) >= 6
    _assert_same_in_parts(taken, 3)


def test_a_part_of_a_folder_is_the_same_as_in_the_whole(tmp_path: Path, film: np.ndarray) -> None:
    _assert_same_in_parts(take(write_frames(tmp_path / "reel", film[:5]), tmp_path, rate=Fraction(16)), 2)


def test_deinterlacing_recovers_the_frames_of_an_interlaced_film(tmp_path: Path) -> None:
    still = np.repeat(moving_texture(1, 64, 96, 1), 12, axis=0)
    moving = moving_texture(24, 64, 96, 1, step=(1.0, 0.0))
    for frames, worst in ((still, 0.004), (moving, 0.03)):
        path = write_video(tmp_path / "a.mkv", interlace(frames), 25, "ffv1", interlaced="tt")
        shown = take(path, tmp_path, fields="tff").frames()
        assert np.abs(shown - frames[0::2]).mean() < worst


@pytest.mark.parametrize("order", ["tff", "bff"])
def test_deinterlacing_along_motion_is_nearer_the_truth_and_keeps_the_fields_own_lines(
    tmp_path: Path, order: str
) -> None:
    wide = cv2.GaussianBlur(np.random.default_rng(0).random((160, 240)), (0, 0), 1.0) * 2 - 0.5
    moves = (np.array([[1, 0, -30 - 1.7 * t], [0, 1, -30 - 0.6 * t]]) for t in range(24))
    drawn = np.stack([cv2.warpAffine(wide, move, (96, 64), flags=cv2.INTER_CUBIC) for move in moves])[..., None]
    truth = (quantised(np.clip(drawn, 0, 1), 8) / 255).astype(np.float32)
    woven = interlace(truth) if order == "tff" else interlace(truth[:, ::-1])[:, ::-1]
    path = write_video(tmp_path / "a.mkv", woven, 25, "ffv1", interlaced="tt" if order == "tff" else "bb")
    error = {}
    for deinterlacer in ("bwdif", "motion"):
        shown = take(path, tmp_path, fields=order, deinterlacer=deinterlacer).frames()
        own = slice(0 if order == "tff" else 1, None, 2)
        assert np.abs(shown[:, own] - truth[0::2, own]).max() < 1 / 1000
        error[deinterlacer] = np.square(shown - truth[0::2])[2:-2].mean()
    assert 10 * np.log10(error["bwdif"] / error["motion"]) > 2


# Exact values


@pytest.mark.parametrize(
    ("extension", "bits", "channels", "working"),
    [
        ("png", 8, 1, 10),
        ("png", 8, 3, 10),
        ("png", 16, 1, 16),
        ("png", 16, 3, 16),
        ("tif", 8, 3, 10),
        ("tif", 16, 1, 16),
        ("tif", 16, 3, 16),
        ("dpx", 8, 1, 10),
        ("dpx", 8, 3, 10),
        ("dpx", 10, 3, 10),
        ("dpx", 12, 3, 12),
        ("dpx", 16, 1, 16),
        ("dpx", 16, 3, 16),
        ("exr", 16, 1, 16),
        ("exr", 16, 3, 16),
    ],
)
@pytest.mark.parametrize("size", [(17, 23), (18, 24)])
def test_frame_files_keep_every_value(
    tmp_path: Path, extension: str, bits: int, channels: int, working: int, size: tuple[int, int]
) -> None:
    film = np.random.default_rng(0).random((2, *size, channels), np.float32)
    film[0, 0, 0], film[0, 0, 1] = 0, 1
    folder = write_frames(tmp_path / "reel", film, bits, extension)
    taken = take(folder, tmp_path, rate=Fraction(24))
    assert (taken.row["grey"], taken.film.depth) == (channels == 1, working)
    values = taken.stored() >> np.uint16(16 - working)
    truth = film if extension == "exr" else quantised(film, bits) / np.float64(2**bits - 1)
    np.testing.assert_array_equal(values, np.moveaxis(np.rint(truth * (2**working - 1)), 3, 1))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("bits", [8, 10, 12, 16])
def test_lossless_video_keeps_every_value(tmp_path: Path, channels: int, bits: int) -> None:
    film = np.random.default_rng(0).random((3, 33, 35, channels), np.float32)
    kinds = {
        8: ("gray", "bgr0"),
        10: ("gray10le", "gbrp10le"),
        12: ("gray12le", "gbrp12le"),
        16: ("gray16le", "gbrp16le"),
    }
    path = write_video(tmp_path / "a.mkv", film, 24, "ffv1", pixel_format=kinds[bits][channels == 3])
    taken = take(path, tmp_path, grey=str(channels == 1).lower())
    values = taken.stored() >> np.uint16(16 - taken.film.depth)
    truth = quantised(film, bits) * ((2**taken.film.depth - 1) / (2**bits - 1))
    np.testing.assert_array_equal(values, np.moveaxis(np.rint(truth), 3, 1))


@pytest.mark.parametrize("range_", ["tv", "pc"])
@pytest.mark.parametrize("bits", [8, 10])
def test_grey_is_the_luma_plane_at_full_range(range_: str, bits: int) -> None:
    luma = np.arange(1 << bits, dtype=np.uint16).reshape(16, -1)
    name = "yuv420p" if bits == 8 else "yuv420p10le"
    frame = av.VideoFrame(luma.shape[1], 16, name)
    for plane, values in zip(frame.planes, (luma, luma[::2, ::2], luma[::2, ::2]), strict=True):
        rows = np.zeros(
            (plane.height, plane.line_size // (1 if bits == 8 else 2)), np.uint8 if bits == 8 else np.uint16
        )
        rows[:, : plane.width] = values
        plane.update(rows.tobytes())
    got = colour.stored(frame, grey=True, depth=10, colour=Colour(range=range_))[0] >> 6
    black, span = (16 << bits - 8, 219 << bits - 8) if range_ == "tv" else (0, (1 << bits) - 1)
    np.testing.assert_array_equal(got, np.clip(np.rint((luma.astype(float) - black) / span * 1023), 0, 1023))


PATCHES = [
    (126, 128, 128),
    (81, 90, 240),
    (145, 54, 34),
    (41, 240, 110),
    (106, 202, 222),
    (235, 128, 128),
    (16, 128, 128),
]
FORMATS = ["yuv420p", "yuv422p10le", "yuv444p12le", "yuv411p", "yuv410p", "nv12", "p010le", "uyvy422", "yuva420p"]


def _flat(pixel_format: str, y: int, u: int, v: int) -> av.VideoFrame:
    layout = {"nv12": "yuv420p", "p010le": "yuv420p10le", "uyvy422": "yuv422p", "yuva420p": "yuv420p"}
    plain = layout.get(pixel_format, pixel_format)
    shift = planes.depth_of(plain) - 8
    frame = av.VideoFrame(32, 16, plain)
    for plane, value in zip(frame.planes, (y, u, v), strict=True):
        kind = np.uint16 if shift else np.uint8
        plane.update(np.full(plane.buffer_size // np.dtype(kind).itemsize, value << shift, kind).tobytes())
    return frame if plain == pixel_format else frame.reformat(format=pixel_format)


def _rgb(y: float, u: float, v: float, matrix: str) -> np.ndarray:
    """ITU-T H.273, limited range, in 0..1."""
    red, blue = {"bt709": (0.2126, 0.0722), "smpte170m": (0.299, 0.114), "bt2020nc": (0.2627, 0.0593)}[matrix]
    luma, cb, cr = (y - 16) / 219, (u - 128) / 224, (v - 128) / 224
    r, b = luma + 2 * (1 - red) * cr, luma + 2 * (1 - blue) * cb
    return np.clip([r, (luma - red * r - blue * b) / (1 - red - blue), b], 0, 1)


@pytest.mark.parametrize("pixel_format", FORMATS)
@pytest.mark.parametrize("matrix", ["bt709", "smpte170m", "bt2020nc"])
def test_flat_colours_become_rgb_by_the_tagged_matrix(pixel_format: str, matrix: str) -> None:
    for patch in PATCHES:
        frame = _flat(pixel_format, *patch)
        got = colour.stored(frame, grey=False, depth=16, colour=Colour(matrix=matrix, range="tv")) / 65535
        np.testing.assert_allclose(got, np.broadcast_to(_rgb(*patch, matrix)[:, None, None], got.shape), atol=2e-5)


@pytest.mark.parametrize(
    ("size", "matrix"),
    [
        ((720, 480), "smpte170m"),
        ((720, 486), "smpte170m"),
        ((720, 576), "bt470bg"),
        ((1024, 576), "bt470bg"),
        ((960, 720), "bt709"),
        ((1280, 536), "bt709"),
        ((1920, 800), "bt709"),
        ((720, 1280), "bt709"),
    ],
)
def test_untagged_colours_are_bt709_in_hd_and_its_crops_and_bt601_below(size: tuple[int, int], matrix: str) -> None:
    assert colour.matrix_of(Colour(), *size) == matrix
    assert colour.matrix_of(Colour(matrix="gbr"), *size) == matrix
    assert colour.matrix_of(Colour(matrix="fcc"), *size) == "fcc"


@pytest.mark.parametrize("matrix", ["ycgco", "ictcp", "bt2020c", "chroma-derived-nc"])
def test_a_matrix_that_is_not_supported_is_named(matrix: str) -> None:
    with pytest.raises(FilmError, match=matrix):
        colour.matrix_of(Colour(matrix=matrix), 720, 576)


def test_chroma_is_sited_as_in_the_codec() -> None:
    # A vertical edge between two colours of the same brightness: chroma is sited on the even columns.
    frame = _flat("yuv420p", 120, 128, 128)
    rows = np.full((8, frame.planes[1].line_size), 100, np.uint8)
    rows[:, 8:] = 160
    frame.planes[1].update(rows.tobytes())
    blue = colour.stored(frame, grey=False, depth=16, colour=Colour(matrix="bt709", range="tv"))[2, 8].astype(float)
    middle = (blue[0] + blue[-1]) / 2
    assert blue[14] == blue[0] and blue[16] == blue[-1] and abs(blue[15] - middle) < 2


# Facts and writing


@pytest.mark.parametrize("size", [(33, 35), (340, 579), (341, 578)])
@pytest.mark.parametrize("channels", [1, 3])
def test_odd_sizes_are_kept(tmp_path: Path, size: tuple[int, int], channels: int) -> None:
    film = moving_texture(2, *size, channels)
    path = write_video(tmp_path / "a.mkv", film, 24, "ffv1", pixel_format="yuv420p")
    taken = take(path, tmp_path, grey=str(channels == 1).lower())
    assert taken.stored().shape == (2, channels, *size)
    assert np.abs(taken.frames() - film).mean() < 0.02


def test_the_depth_of_working_files_follows_the_source_unless_it_is_set(tmp_path: Path, film: np.ndarray) -> None:
    assert [ingest.working_depth(bits) for bits in (8, 9, 10, 12, 14, 16)] == [10, 10, 10, 12, 16, 16]
    path = write_video(tmp_path / "a.mkv", film[:2], 24, "ffv1")
    assert take(path, tmp_path, depth=16).film.depth == 16


def test_a_part_is_written_without_holding_it_in_memory(tmp_path: Path) -> None:
    film = np.repeat(moving_texture(2, 240, 320, 1), 30, axis=0)
    taken = take(write_video(tmp_path / "a.mkv", film, 24, "ffv1"), tmp_path)
    tracemalloc.start()
    ingest.write_part(taken.film, taken.ledger, 10, 60, tmp_path / "001.zip", Progress("test", 50))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    reader = Reader(tmp_path / "001.zip")
    np.testing.assert_array_equal(reader.integers(0, 50), taken.stored(10, 60))
    assert peak < 20 * 240 * 320 * 2


def test_a_changed_source_is_noticed(tmp_path: Path, film: np.ndarray) -> None:
    path = write_video(tmp_path / "a.mkv", film, 24, "ffv1")
    taken = take(path, tmp_path)
    write_video(path, film[:20], 24, "ffv1")
    with pytest.raises(FilmError, match="no longer holds frame"):
        taken.stored(15, 30)
