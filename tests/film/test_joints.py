"""Clocks that jump: two recordings joined in one file are one film without a pause, sound as well."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile

from answerprint.film import audio, joints, probe, survey
from answerprint.film.joints import FilmClock
from answerprint.runtime.errors import FilmError
from films import ffmpeg, moving_texture, write_frames, write_video
from media import click, onset, take


def _times(*stretches: tuple[float, int]) -> tuple[Fraction, ...]:
    return tuple(Fraction(start) + Fraction(i, 25) for start, count in stretches for i in range(count))


@pytest.mark.parametrize("second", [3600, 20, -3600 + 7200, 0, -50])
def test_a_clock_that_jumps_is_closed_up(second: int) -> None:
    closed, jumps = joints.close(_times((100, 50), (100 + second if second > 0 else second, 50)))
    assert closed == tuple(100 + Fraction(i, 25) for i in range(100))
    assert [index for index, _ in jumps] == [50]


@pytest.mark.parametrize("pause", [Fraction(1, 2), 4, 9])
def test_a_pause_is_no_jump(pause: Fraction) -> None:
    times = _times((0, 50), (2 + pause, 50))
    assert joints.close(times) == (times, [])


def test_a_film_of_a_frame_every_minute_has_no_jumps() -> None:
    times = tuple(Fraction(60 * i) for i in range(20))
    assert joints.close(times) == (times, [])


def test_a_clock_that_jumps_twice_is_closed_up_twice() -> None:
    closed, jumps = joints.close(_times((0, 30), (7200, 30), (5, 30)))
    assert len(jumps) == 2 and closed == tuple(Fraction(i, 25) for i in range(90))
    clock = FilmClock(Fraction(0), [joint for _, joint in jumps])
    placed = [clock.seconds(Fraction(time)) for time in (0, "1.19", "1.21", 7200, "7201.19", "7201.3", 5, 6)]
    wanted = ["0", "1.19", "1.21", "1.2", "2.39", "2.5", "2.4", "3.4"]
    assert placed == [Fraction(value) for value in wanted]


def _joined(tmp_path: Path, offset: float) -> Path:
    parts = []
    for number, (at, begins) in enumerate(((0.3, 40), (0.7, 40 + offset))):
        film = moving_texture(50, 48, 64, 1, step=(1.3, 0.4), seed=number)
        plain = write_video(tmp_path / f"{number}.mkv", film, 25, "libx264")
        soundfile.write(tmp_path / f"{number}.wav", click(at, 48000, 2)[0], 48000)
        part = tmp_path / f"{number}.ts"
        ffmpeg("-i", plain, "-i", tmp_path / f"{number}.wav", "-c:v", "mpeg2video", "-c:a", "mp2",
               "-output_ts_offset", begins, part)  # fmt: skip
        parts.append(part.read_bytes())
    path = tmp_path / "joined.ts"
    path.write_bytes(b"".join(parts))
    return path


@pytest.mark.parametrize("offset", [3600, 30, -35])
def test_joined_recordings_go_on_without_a_pause_and_with_their_sound(tmp_path: Path, offset: float) -> None:
    path = _joined(tmp_path, offset)
    assert probe.inspect(path).frames <= 110
    taken = take(path, tmp_path)
    assert taken.row["frames"] == 100 and taken.row["rate"] == "25/1" and not taken.row["repeated"]
    assert any("0:02 the file's clock jumps" in warning for warning in taken.row["warnings"])
    audio.extract(path, 0, audio.place_of(taken.film), tmp_path / "out.flac")
    samples, rate = soundfile.read(tmp_path / "out.flac", always_2d=True)
    assert abs(len(samples) / rate - 4) < 0.1
    assert abs(onset(samples[: 2 * rate], rate) - 0.3) < 0.05
    assert abs(onset(samples[2 * rate :], rate) - 0.7) < 0.06
    assert len(taken.stored(45, 55)) == 10


def _uneven(tmp_path: Path, durations: list[float]) -> Path:
    folder = write_frames(tmp_path / "frames", moving_texture(len(durations), 48, 64, 1))
    lines = ["ffconcat version 1.0"]
    for index, lasts in enumerate(durations):
        lines += [f"file '{folder}/{index + 1:04d}.png'", f"duration {lasts}"]
    (tmp_path / "sheet").write_text("\n".join(lines) + "\n")
    path = tmp_path / "a.mkv"
    arguments = ("-fps_mode", "vfr", "-c:v", "ffv1", "-enc_time_base", "1:1000")
    ffmpeg("-f", "concat", "-safe", 0, "-i", tmp_path / "sheet", *arguments, path)
    return path


@pytest.mark.parametrize("durations", [[0.04] * 10 + [4.0] * 6 + [0.04] * 20, [0.002, 0.08] * 18])
def test_time_stamps_that_stretch_or_thin_out_a_film_need_a_decision(tmp_path: Path, durations: list[float]) -> None:
    path = _uneven(tmp_path, durations)
    with pytest.raises(FilmError, match="By its time stamps") as caught:
        take(path, tmp_path)
    assert "time_stamps" in caught.value.hint
    one_for_one = survey.survey(probe.inspect(path), time_stamps="ignore")
    np.testing.assert_array_equal(one_for_one.ledger, np.arange(36))
    followed = survey.survey(probe.inspect(path), time_stamps="follow").ledger
    assert not np.array_equal(followed, np.arange(36))


@pytest.mark.parametrize("tag", ["1e999999999", "00:00:1e999999999", "nonsense", "-1", "9" * 400])
def test_a_tag_that_is_no_duration_is_passed_over(tmp_path: Path, tag: str) -> None:
    path = write_video(tmp_path / "a.mkv", moving_texture(6, 48, 64, 1), 24, "ffv1")
    content = path.read_bytes()
    with probe.opened(path) as (_, stream):
        written = stream.metadata["DURATION"].encode()
    assert len(tag) > len(written) or written in content
    path.write_bytes(content.replace(written, tag.encode()[: len(written)].ljust(len(written))))
    assert take(path, tmp_path).row["frames"] == 6


@pytest.mark.parametrize("wraps_after", [1, 30])
def test_a_transport_stream_whose_clock_wraps_around_is_whole(tmp_path: Path, wraps_after: int) -> None:
    path = tmp_path / "a.ts"
    begins = 2**33 / 90000 - wraps_after / 10 - 1.4
    sound = ("-f", "lavfi", "-i", "sine=d=4")
    ffmpeg(
        "-f", "lavfi", "-i", "testsrc=d=4:s=64x48:r=25", *sound, "-output_ts_offset", begins, "-c:v", "mpeg2video", path
    )
    taken = take(path, tmp_path)
    assert taken.row["frames"] == 100 and taken.row["damaged"] is None and not taken.row["warnings"]
    facts = audio.extract(path, 0, audio.place_of(taken.film), tmp_path / "a.flac")
    assert abs(facts["samples"] / facts["rate"] - 4) < 0.05
