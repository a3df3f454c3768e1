"""Prints: exact where they are lossless, true to their tags, the same bits on any machine, whole or not there."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from answerprint.film import colour
from answerprint.film.facts import Colour
from answerprint.frames import part_file
from answerprint.prints import concatenate, encode
from answerprint.prints.codecs import CODECS, Settings
from answerprint.prints.concatenate import Joined
from answerprint.prints.encode import Look, Run
from answerprint.runtime.errors import FilmError
from films import moving_texture
from media import CONTAINERS, LOSSY, SOUND, frames_of, full_disk, print_of, stored_film
from places import REPOSITORY


def _rgb(frame: Any, tags: Colour) -> np.ndarray:
    """A decoded frame as RGB, 0..1, by the tags that it came with."""
    found = colour.from_numbers(
        primaries=int(frame.color_primaries),
        transfer=int(frame.color_trc),
        matrix=int(frame.colorspace),
        range_=int(frame.color_range),
        pixel_format=frame.format.name,
    )
    assert found.matrix == tags.matrix and found.range == tags.range
    return colour.stored(frame, grey=False, depth=16, colour=found) / 65535


# Pictures


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("depth", [10, 12, 16])
@pytest.mark.parametrize("size", [(48, 64), (34, 57), (33, 57)])
def test_the_master_holds_the_working_frames_exactly(
    tmp_path: Path, channels: int, depth: int, size: tuple[int, int]
) -> None:
    stored = np.random.default_rng(0).integers(0, 1 << depth, (5, channels, *size), np.uint16) << np.uint16(16 - depth)
    frames, _ = frames_of(print_of(tmp_path, "master", stored, [2, 1, 2], depth=depth))
    assert len(frames) == 5
    for frame, planes in zip(frames, stored, strict=True):
        got = colour.stored(frame, grey=channels == 1, depth=depth, colour=Colour(range="pc"))
        np.testing.assert_array_equal(got, planes)


def test_the_change_map_keeps_every_bit(tmp_path: Path) -> None:
    marks = np.random.default_rng(0).integers(0, 1 << 16, (4, 1, 33, 57), np.uint16)
    frames, _ = frames_of(print_of(tmp_path, "changes", marks, [1, 3], depth=16))
    np.testing.assert_array_equal(np.stack([frame.to_ndarray(format="gray16le") for frame in frames]), marks[:, 0])


@pytest.mark.parametrize(
    ("kind", "name", "pixel_format"),
    [
        ("television", "h264", "yuv420p"),
        ("mezzanine", "prores", "yuv422p10le"),
        ("x264", "h264", "yuv420p10le"),
        ("x265", "hevc", "yuv420p10le"),
        ("svtav1", "libdav1d", "yuv420p10le"),
    ],
)
@pytest.mark.parametrize("size", [(48, 64), (34, 57), (33, 58)])
@pytest.mark.parametrize("channels", [1, 3])
def test_lossy_prints_show_the_film_in_the_bits_of_their_codec(
    tmp_path: Path, kind: str, name: str, pixel_format: str, size: tuple[int, int], channels: int
) -> None:
    stored = stored_film(6, size, channels)
    frames, video = frames_of(print_of(tmp_path, kind, stored, [4, 2]))
    assert video.codec_context.name == name and frames[0].format.name == pixel_format
    assert len(frames) == 6
    for frame, planes in zip(frames, stored, strict=True):
        got = colour.stored(frame, grey=channels == 1, depth=10, colour=Colour(matrix="smpte170m", range="tv"))
        shown = got[:, : size[0], : size[1]].astype(np.float32) / 65472
        assert np.abs(shown - planes / np.float32(65472)).mean() < 0.012
        assert got.shape[1] - size[0] in (0, 1) and got.shape[2] - size[1] in (0, 1)


PATCHES = [(1, 1, 1), (0, 0, 0), (0.5, 0.5, 0.5), (1, 0, 0), (0, 1, 0), (0, 0, 1), (0.9, 0.6, 0.2), (0.2, 0.4, 0.7)]
TAGS = [
    Colour(),
    Colour(primaries="smpte170m", transfer="smpte170m", matrix="smpte170m", range="tv"),
    Colour(primaries="bt470bg", transfer="gamma28", matrix="bt470bg", range="tv"),
    Colour(primaries="bt709", transfer="bt709", matrix="bt709", range="tv"),
    Colour(primaries="bt2020", transfer="smpte2084", matrix="bt2020nc", range="tv"),
    Colour(primaries="smpte432", transfer="iec61966-2-1", matrix="gbr", range="pc"),
    Colour(primaries="smpte240m", transfer="smpte240m", matrix="smpte240m", range="pc"),
]


@pytest.mark.parametrize("kind", ["master", "mezzanine", *LOSSY])
@pytest.mark.parametrize("tags", TAGS, ids=lambda tags: tags.matrix)
def test_flat_colours_survive_by_the_tags_of_the_print(tmp_path: Path, kind: str, tags: Colour) -> None:
    # A chart of two rows of four, each 32 pixels square.
    chart = np.array(PATCHES, np.float32).reshape(1, 2, 4, 3).repeat(32, axis=1).repeat(32, axis=2)
    stored = part_file.to_integers(chart.repeat(3, axis=0), 10)
    expected = colour.of_print(tags, CODECS[kind].pixel_format(3, 10), 96, 64)
    frames, _ = frames_of(print_of(tmp_path, kind, stored, tags=tags))
    for frame in frames:
        shown = _rgb(frame, expected).reshape(3, 2, 32, 4, 32)[:, :, 8:24, :, 8:24]
        error = np.abs(shown - np.moveaxis(chart[0], 2, 0).reshape(3, 2, 32, 4, 32)[:, :, 8:24, :, 8:24]).max()
        # Half a step of 10 bits is 0.13 of 255.
        assert error * 255 < {"master": 0.13, "svtav1": 2.0}.get(kind, 1.5)
    assert (frames[0].color_primaries, frames[0].color_trc) == (
        colour.number(colour.PRIMARIES, tags.primaries),
        colour.number(colour.TRANSFERS, tags.transfer),
    )


def test_grey_is_neutral_and_exact_to_the_code_value(tmp_path: Path) -> None:
    ramp = (np.arange(1024, dtype=np.uint16) << 6).reshape(1, 1, 32, 32)
    frame = encode.picture(ramp[0], 10, "yuv422p10le", Colour())
    planes = [np.frombuffer(p, np.uint16).reshape(p.height, -1)[:, : p.width] for p in frame.planes]
    np.testing.assert_array_equal(planes[0].ravel(), np.rint(np.arange(1024) * 876 / 1023) + 64)
    assert (planes[1] == 512).all() and (planes[2] == 512).all()


# The same bits, and a full disk


ONE_CORE = """
import os, sys
os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[0]})
sys.path[:0] = sys.argv[1:4]
from pathlib import Path
from test_encode import _piece_digest
print(_piece_digest(Path(sys.argv[4]), sys.argv[5]))
"""


def _piece_digest(folder: Path, kind: str) -> str:
    look = Look(rate=Fraction(24), sar=Fraction(1), colour=Colour())
    stored = part_file.to_integers(moving_texture(14, 144, 192, 3, step=(2.3, 1.1)), 10)
    path = folder / f"{os.getpid()}.{kind}.piece"
    encode.piece(kind, [Run(frames=iter(stored), settings=Settings(quality=24))], path, look, 10)
    with av.open(str(path)) as container:
        packets = [bytes(packet) for packet in container.demux(video=0)]
    return hashlib.sha256(b"".join(packets)).hexdigest()


@pytest.mark.parametrize("kind", LOSSY)
def test_lossy_prints_have_the_same_bits_on_any_number_of_cores(tmp_path: Path, kind: str) -> None:
    if len(os.sched_getaffinity(0)) < 2:
        pytest.skip("this machine has one core")
    folders = [Path(__file__).parent, REPOSITORY / "tests", REPOSITORY / "workflow", tmp_path]
    arguments = [*map(str, folders), kind]
    alone = subprocess.run([sys.executable, "-c", ONE_CORE, *arguments], capture_output=True, text=True, check=True)
    assert alone.stdout.split()[-1] == _piece_digest(tmp_path, kind)


@pytest.mark.parametrize("kind", list(CONTAINERS))
@pytest.mark.parametrize("share", [0.02, 0.5, 0.97])
def test_a_full_disk_leaves_no_piece_and_no_print(tmp_path: Path, kind: str, share: float) -> None:
    stored = np.random.default_rng(0).integers(0, 1024, (4, 1, 96, 128), np.uint16) << 6
    depth = 16 if kind == "changes" else 10
    whole = print_of(tmp_path, kind, stored, depth=depth)
    piece = tmp_path / "000.piece"
    look = Look(rate=Fraction(24), sar=Fraction(1), colour=Colour())
    full = tmp_path / "full"
    with full_disk(int(piece.stat().st_size * share)), pytest.raises(FilmError) as caught:
        encode.piece(kind, [Run(frames=iter(stored), settings=Settings(quality=14))], full / "000.piece", look, depth)
    assert "Free some space" in caught.value.hint
    assert list(full.iterdir()) == []
    with full_disk(int(whole.stat().st_size * share)), pytest.raises(FilmError):
        concatenate.join(kind, [piece], full / whole.name, look, Joined(), SOUND.get(kind, "aac"))
    assert list(full.iterdir()) == []


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root may have real-time threads unasked")
def test_svt_av1_leaves_no_real_time_thread_behind(tmp_path: Path) -> None:
    """On few cores one that spins, or a browser that is started from it, would leave nothing for anything else."""
    look = Look(rate=Fraction(18), sar=Fraction(1), colour=Colour())
    runs = [Run(frames=stored_film(3, (48, 64), 1), settings=Settings(quality=quality)) for quality in (30, 40)]
    assert encode.piece("svtav1", runs, tmp_path / "piece", look, 10) == 6
    policies = [os.sched_getscheduler(int(thread)) for thread in os.listdir("/proc/self/task")]
    assert set(policies) == {os.SCHED_OTHER}
