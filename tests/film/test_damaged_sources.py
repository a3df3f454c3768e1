"""Damaged sources are refused with an explanation, and read as far as possible if a person accepts them."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
import soundfile

from answerprint.film import audio, decode, probe
from answerprint.runtime.errors import FilmError
from films import ffmpeg, moving_texture, write_frames, write_video
from media import click, take


@pytest.fixture(scope="module")
def film() -> np.ndarray:
    return moving_texture(24, 64, 96, 1, step=(1.7, 0.4))


def _coloured(film: np.ndarray) -> np.ndarray:
    return np.concatenate([film, film, film * 0.5], axis=3)


def _whole(tmp_path: Path, film: np.ndarray, kind: str) -> Path:
    rgb = _coloured(film)
    if kind == "mkv":
        return write_video(tmp_path / "a.mkv", rgb, 24, "ffv1")
    if kind == "mkv with sound":
        return write_video(tmp_path / "a.mkv", rgb, 24, "libx264", audio=click(0.2, 48000, 1)[0], options={"g": "6"})
    if kind == "mp4":
        plain = write_video(tmp_path / "plain.mp4", rgb, 24, "libx264", options={"g": "6"})
        ffmpeg("-i", plain, "-c", "copy", "-movflags", "+faststart", tmp_path / "a.mp4")
        return tmp_path / "a.mp4"
    return write_video(tmp_path / "a.avi", rgb, 24, "mjpeg", pixel_format="yuvj420p")


@pytest.mark.parametrize("kind", ["mkv", "mkv with sound", "mp4", "avi"])
@pytest.mark.parametrize("share", [0.6, 0.97])
def test_a_truncated_file_is_refused_and_can_be_accepted(
    tmp_path: Path, film: np.ndarray, kind: str, share: float
) -> None:
    path = _whole(tmp_path, film, kind)
    assert take(path, tmp_path).row["damaged"] is None
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(FilmError, match="is damaged") as caught:
        take(path, tmp_path)
    assert "accept_damaged" in caught.value.hint
    taken = take(path, tmp_path, accept_damaged=True)
    assert taken.row["damaged"] and 1 <= taken.row["frames"] < 24
    assert len(taken.stored()) == taken.row["frames"]


def test_sound_goes_no_further_than_the_picture_of_a_damaged_film(tmp_path: Path, film: np.ndarray) -> None:
    first = write_video(tmp_path / "first.ts", film, 24, "mpeg2video", options={"b": "4000000"})
    second = write_video(tmp_path / "second.ts", film[:, :48, :64], 24, "mpeg2video", options={"b": "4000000"})
    soundfile.write(tmp_path / "a.wav", np.random.default_rng(0).uniform(-0.5, 0.5, 96000), 48000)
    both = tmp_path / "both.ts"
    both.write_bytes(first.read_bytes() + second.read_bytes())
    path = tmp_path / "a.ts"
    stamps = ("-bsf:v", "setts=ts=N/24/TB")
    ffmpeg("-i", both, "-i", tmp_path / "a.wav", "-map", "0:v", "-map", "1:a", "-c:v", "copy", *stamps, path)
    taken = take(path, tmp_path, accept_damaged=True)
    assert 20 < taken.row["frames"] <= 24
    facts = audio.extract(path, 0, audio.place_of(taken.film), tmp_path / "a.flac")
    samples, rate = soundfile.read(tmp_path / "a.flac")
    assert facts["samples"] == len(samples) == taken.row["frames"] * rate // 24
    assert facts["dropped"] > rate / 2 and samples[-4800:].std() > 0.1


def test_a_file_without_its_index_is_refused(tmp_path: Path, film: np.ndarray) -> None:
    path = write_video(tmp_path / "a.mp4", film, 24, "libx264")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(FilmError, match="not a film that can be read"):
        probe.inspect(path)


@pytest.mark.parametrize("codec", ["ffv1", "libx264", "mpeg2video", "prores_ks"])
def test_damage_in_the_middle_is_detected(tmp_path: Path, codec: str) -> None:
    film = moving_texture(12, 96, 128, 3)
    plain = write_video(tmp_path / "plain.mkv", film, 24, "ffv1")
    path = tmp_path / "a.mkv"
    extra = {"ffv1": ["-level", 3, "-slicecrc", 1], "mpeg2video": ["-b:v", "6M"]}.get(codec, [])
    ffmpeg("-i", plain, "-c:v", codec, "-g", 6, *extra, path)
    content = bytearray(path.read_bytes())
    for place in range(int(len(content) * 0.4), int(len(content) * 0.6), 400):
        content[place] ^= 0x5A
    path.write_bytes(bytes(content))
    with pytest.raises(FilmError, match="is damaged"):
        take(path, tmp_path)
    taken = take(path, tmp_path, accept_damaged=True)
    whole = taken.stored()
    for first in range(len(whole)):
        np.testing.assert_array_equal(taken.stored(first, first + 1)[0], whole[first])


def test_an_excerpt_copied_without_encoding_is_not_damaged(tmp_path: Path, film: np.ndarray) -> None:
    plain = write_video(tmp_path / "plain.mp4", film, 25, "libx264", options={"g": "8"})
    path = tmp_path / "a.mp4"
    ffmpeg("-ss", 0.2, "-i", plain, "-c", "copy", path)
    row = take(path, tmp_path).row
    assert row["damaged"] is None and 18 <= row["frames"] <= 20
    assert any("more pictures that its edit list does not show" in warning for warning in row["warnings"])


def test_pictures_that_an_edit_list_hides_are_counted(tmp_path: Path, film: np.ndarray) -> None:
    path = write_video(tmp_path / "a.mov", film, 24, "mpeg4", options={"g": "1"})
    assert take(path, tmp_path).row["warnings"] == []
    content = bytearray(path.read_bytes())
    duration = content.index(b"elst") + 12
    milliseconds = struct.unpack_from(">I", content, duration)[0]
    struct.pack_into(">I", content, duration, milliseconds // 2)
    path.write_bytes(content)
    row = take(path, tmp_path).row
    assert 11 <= row["frames"] <= 13
    assert any(f"{24 - row['frames']} more pictures" in warning for warning in row["warnings"])


def test_errors_name_frames_of_other_sizes_and_broken_frames(tmp_path: Path, film: np.ndarray) -> None:
    folder = write_frames(tmp_path / "reel", film[:3])
    cv2.imwrite(str(folder / "0002.png"), np.zeros((32, 96), np.uint8))
    with pytest.raises(FilmError, match=r"0002\.png is 96x32, the first one is 96x64"):
        take(folder, tmp_path, rate=Fraction(24))
    (folder / "0002.png").write_bytes((folder / "0003.png").read_bytes()[:200])
    with pytest.raises(FilmError, match=r"0002\.png"):
        take(folder, tmp_path, rate=Fraction(24))


def test_a_picture_that_changes_size_is_refused(tmp_path: Path, film: np.ndarray) -> None:
    first = write_video(tmp_path / "first.ts", film[:8], 25, "mpeg2video", options={"b": "4000000"})
    second = write_video(tmp_path / "second.ts", film[:8, :48, :64], 25, "mpeg2video", options={"b": "4000000"})
    path = tmp_path / "a.ts"
    path.write_bytes(first.read_bytes() + second.read_bytes())
    with pytest.raises(FilmError, match="is 64x48 instead of 96x64"):
        take(path, tmp_path)


def test_a_frame_that_is_cut_short_is_left_out(tmp_path: Path, film: np.ndarray) -> None:
    path = write_video(tmp_path / "a.avi", _coloured(film), 24, "mjpeg", pixel_format="yuvj420p")
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * 0.6)])
    readings = []
    for kept in (0, 20):
        trace, held = decode.Trace(), []
        with probe.opened(path) as (container, stream):
            for frame in decode.frames(container, stream, trace):
                # Frames that are held keep their memory from being used again.
                held = [*held, frame][-kept:] if kept else []
                readings.append((kept, decode.checksum(frame)))
        assert trace.troubles == ["the last frame is cut short"]
    half = len(readings) // 2
    assert 5 < half < 24 and [check for _, check in readings[:half]] == [check for _, check in readings[half:]]
