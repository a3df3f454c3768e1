"""The survey detects fields, pulldown, rate, colour and damage by decoding."""

from __future__ import annotations

import struct
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from answerprint.film import fields, ledger, probe, proxies, survey
from answerprint.film.joints import FilmClock
from answerprint.runtime.errors import FilmError
from films import ffmpeg, interlace, moving_texture, write_frames, write_video
from media import Taken, click, take


@pytest.fixture(scope="module")
def film() -> np.ndarray:
    return moving_texture(24, 64, 96, 1, step=(1.7, 0.4))


# Fields


@pytest.mark.parametrize(("top_first", "mark", "order"), [(True, "tt", "tff"), (False, "bb", "bff")])
def test_interlaced_video_is_detected_with_its_field_order(
    tmp_path: Path, film: np.ndarray, top_first: bool, mark: str, order: str
) -> None:
    woven = interlace(film, top_first)
    path = write_video(tmp_path / "a.mkv", woven, 25, "ffv1", interlaced=mark)
    taken = take(path, tmp_path)
    assert (taken.row["field_order"], taken.row["pulldown"], taken.row["frames"]) == (order, False, 12)


@pytest.mark.parametrize("channels", [1, 3])
def test_progressive_video_is_left_alone_even_when_it_is_marked_interlaced(tmp_path: Path, channels: int) -> None:
    film = moving_texture(12, 64, 96, channels, step=(1.7, 1.0))
    path = write_video(tmp_path / "a.mpg", film, 25, "mpeg2video", interlaced="tt", options={"b": "8000000"})
    assert take(path, tmp_path).row["field_order"] == "progressive"


@pytest.mark.parametrize("step", [1.0, -1.0, 0.5, 2.0])
def test_a_roll_of_titles_is_not_interlaced(tmp_path: Path, step: float) -> None:
    frame = np.zeros((400, 96), np.uint8)
    for line in range(20, 400, 16):
        cv2.putText(frame, "CAST AND CREW", (2, line), cv2.FONT_HERSHEY_SIMPLEX, 0.35, 255, 1)
    rolled = [cv2.warpAffine(frame, np.array([[1, 0, 0], [0, 1, -120 + step * t]]), (96, 64)) for t in range(24)]
    path = write_video(tmp_path / "a.mkv", np.stack(rolled)[..., None] / 255, 25, "ffv1")
    assert take(path, tmp_path).row["field_order"] == "progressive"


def test_a_field_order_set_by_a_person_is_used(tmp_path: Path, film: np.ndarray) -> None:
    path = write_video(tmp_path / "a.mkv", film, 25, "ffv1")
    assert take(path, tmp_path, fields="bff").row["field_order"] == "bff"
    woven = write_video(tmp_path / "b.mkv", interlace(film), 25, "ffv1")
    assert take(woven, tmp_path, fields="progressive").row["field_order"] == "progressive"


def _telecined(tmp_path: Path, film: np.ndarray, codec: list[str], suffix: str) -> Path:
    plain = write_video(tmp_path / "film.mkv", film, "24000/1001", "ffv1", pixel_format="yuv420p")
    path = tmp_path / f"telecined.{suffix}"
    ffmpeg("-i", plain, "-vf", "telecine=pattern=23", "-flags", "+ildct+ilme", *codec, path)
    return path


@pytest.mark.parametrize(
    ("codec", "suffix"),
    [
        (["-c:v", "mpeg2video", "-b:v", "8M", "-bf", "2"], "mpg"),
        (["-c:v", "libx264", "-crf", "12", "-x264-params", "tff=1"], "mkv"),
        (["-c:v", "ffv1"], "mkv"),
    ],
)
def test_pulldown_is_detected_and_removed(tmp_path: Path, film: np.ndarray, codec: list[str], suffix: str) -> None:
    path = _telecined(tmp_path, film, codec, suffix)
    taken = take(path, tmp_path)
    assert taken.row["pulldown"] and taken.row["field_order"] == "tff"
    assert taken.film.facts.rate == Fraction(24000, 1001)
    assert taken.film.facts.frames == len(film)
    assert np.abs(taken.frames() - film).mean(axis=(1, 2, 3)).max() < 0.02
    assert take(path, tmp_path, rate=Fraction(18)).film.facts.rate == 18
    again = take(path, tmp_path, rate=taken.film.facts.rate)
    np.testing.assert_array_equal(again.survey.proxy, taken.survey.proxy)
    np.testing.assert_array_equal(again.frames(), taken.frames())


def test_pulldown_is_detected_in_a_film_that_is_mostly_still(tmp_path: Path, film: np.ndarray) -> None:
    still = np.concatenate([np.repeat(film[:1], 60, axis=0), film, np.repeat(film[-1:], 60, axis=0)])
    taken = take(_telecined(tmp_path, still, ["-c:v", "ffv1"], "mkv"), tmp_path)
    assert taken.row["pulldown"] and abs(taken.film.facts.frames - len(still)) <= 1


def test_repeated_fields_without_the_rhythm_are_not_pulldown() -> None:
    assert fields.rhythm(["top", "neither", "bottom", "neither", "neither"] * 8, 40)
    assert not fields.rhythm(["top", "top", "bottom", "top", "neither", "top", "bottom", "bottom"] * 5, 40)
    assert not fields.rhythm(["neither"] * 50, 50)
    assert not fields.rhythm([], 0)


def test_soft_telecine_is_read_as_film_frames(tmp_path: Path, film: np.ndarray) -> None:
    # A DVD stores film frames and flags those to show longer: the times alternate between two and three fields.
    times = [Fraction(5 * (i // 2) + (3 if i % 2 else 0), 1) * Fraction(1001, 60000) for i in range(40)]
    rate, frames = ledger.frames_at_constant_rate(tuple(times), Fraction(30000, 1001))
    assert rate == Fraction(24000, 1001)
    np.testing.assert_array_equal(frames, np.arange(40))


# Time


def test_a_varying_rate_becomes_constant_and_lists_repeated_and_dropped_frames(
    tmp_path: Path, film: np.ndarray
) -> None:
    folder = write_frames(tmp_path / "frames", film[:12])
    lines, starts, now = ["ffconcat version 1.0"], [], 0.0
    for index, lasts in enumerate([0.04] * 4 + [0.12] + [0.04] * 4 + [0.012, 0.012, 0.016]):
        lines += [f"file '{folder}/{index + 1:04d}.png'", f"duration {lasts}"]
        starts.append(now)
        now += lasts
    sheet = tmp_path / "sheet.ffconcat"
    sheet.write_text("\n".join(lines) + "\n")
    path = tmp_path / "a.mkv"
    ffmpeg("-safe", 0, "-i", sheet, "-fps_mode", "vfr", "-c:v", "ffv1", "-enc_time_base", "1:1000", path)
    taken = take(path, tmp_path)
    assert taken.film.facts.rate == 25
    assert taken.row["repeated"] == [4]
    # As when the film is made again from its recipe.
    assert take(path, tmp_path, rate=Fraction(25)).row == taken.row
    assert set(taken.row["dropped"]) <= {9, 10, 11} and taken.row["dropped"]
    # Every film frame shows what the source showed at its middle.
    shown = [max(i for i, start in enumerate(starts) if start <= (k + 0.5) / 25) for k in range(taken.row["frames"])]
    np.testing.assert_array_equal(taken.survey.ledger, shown)
    np.testing.assert_allclose(taken.frames(), film[taken.survey.ledger], atol=1 / 255)


@pytest.mark.parametrize("rate", ["24000/1001", "29/1", "25/1", "60000/1001", "16/1"])
def test_times_rounded_to_a_millisecond_are_a_constant_rate(rate: str) -> None:
    wanted = Fraction(rate)
    times = tuple(Fraction(round(i / wanted * 1000), 1000) for i in range(1000))
    rate, frames = ledger.frames_at_constant_rate(times, wanted)
    assert rate == wanted
    np.testing.assert_array_equal(frames, np.arange(1000))


def test_a_standard_rate_replaces_one_guessed_by_the_header() -> None:
    times = tuple(i * Fraction(1001, 24000) for i in range(500))
    assert ledger.frames_at_constant_rate(times, Fraction(2397, 100))[0] == Fraction(24000, 1001)
    assert ledger.frames_at_constant_rate(times, Fraction(90000))[0] == Fraction(24000, 1001)


@pytest.mark.parametrize("rate", [Fraction(22), Fraction(50, 3)])
def test_a_rate_that_time_stamps_tell_is_one_that_a_container_can_hold(rate: Fraction) -> None:
    times = tuple(Fraction(round(i / rate * 1000), 1000) for i in range(500))
    assert ledger.frames_at_constant_rate(times, Fraction(25))[0] == rate


def test_a_lost_frame_does_not_shift_the_others() -> None:
    times = tuple(Fraction(i, 25) for i in range(50) if i not in (20, 21))
    rate, frames = ledger.frames_at_constant_rate(times, Fraction(25))
    assert rate == 25 and len(frames) == 50
    np.testing.assert_array_equal(frames, [*range(20), 19, 19, *range(20, 48)])


@pytest.mark.parametrize(("suffix", "codec"), [("mp4", "libx264"), ("avi", "mjpeg"), ("mkv", "ffv1")])
@pytest.mark.parametrize("rate", [16, 50])
def test_a_rate_given_for_a_silent_file_sets_its_speed(
    tmp_path: Path, film: np.ndarray, suffix: str, codec: str, rate: int
) -> None:
    stored = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    path = write_video(tmp_path / f"a.{suffix}", film, 25, codec, pixel_format=stored)
    taken = take(path, tmp_path, rate=Fraction(rate))
    assert (taken.row["rate"], taken.row["frames"]) == (f"{rate}/1", 24)


@pytest.mark.parametrize(("scale", "ticks"), [(1, 1_000_000), (2**32 - 1, 1)])
def test_a_rate_that_no_film_has_waits_for_a_decision(tmp_path: Path, film: np.ndarray, scale: int, ticks: int) -> None:
    path = write_video(tmp_path / "a.avi", film, 25, "mjpeg", pixel_format="yuvj420p")
    content = bytearray(path.read_bytes())
    struct.pack_into("<II", content, content.index(b"strh") + 28, scale, ticks)
    path.write_bytes(content)
    with pytest.raises(FilmError, match="frames a second") as caught:
        take(path, tmp_path)
    assert "time_stamps: ignore" in caught.value.hint
    decided = survey.survey(probe.inspect(path, Fraction(18)), time_stamps="ignore")
    assert (decided.facts.rate, decided.facts.frames, decided.damaged) == (18, 24, None)


def test_a_rate_given_for_a_file_with_sound_must_match_it(tmp_path: Path, film: np.ndarray) -> None:
    path = write_video(tmp_path / "a.mkv", film, 25, "libx264", audio=click(0.2, 48000, 1)[0])
    assert take(path, tmp_path, rate=Fraction(25)).row == take(path, tmp_path).row
    with pytest.raises(FilmError, match="drift from the picture"):
        take(path, tmp_path, rate=Fraction(18))


@pytest.mark.parametrize("frames", [1, 2, 3])
@pytest.mark.parametrize("suffix", ["mkv", "mp4", "mpg"])
def test_very_short_films_are_read(tmp_path: Path, film: np.ndarray, frames: int, suffix: str) -> None:
    codec = "mpeg2video" if suffix == "mpg" else "libx264"
    taken = take(write_video(tmp_path / f"a.{suffix}", film[:frames], 25, codec), tmp_path)
    assert taken.row["frames"] == frames and taken.row["rate"] == "25/1"
    assert taken.survey.proxy.shape == (frames, 27, 48, 3)


def test_chapters_are_cut_where_the_film_ends(tmp_path: Path, film: np.ndarray) -> None:
    plain, notes = write_video(tmp_path / "plain.mkv", film, 24, "ffv1"), tmp_path / "notes"
    marks = ((0, 500, "One"), (500, 99_999_999, "Two"), (5_000, 6_000, "After"))
    chapters = [f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={a}\nEND={b}\ntitle={title}\n" for a, b, title in marks]
    notes.write_text(";FFMETADATA1\n" + "".join(chapters))
    path = tmp_path / "a.mkv"
    ffmpeg("-i", plain, "-i", notes, "-map", "0:v", "-map_chapters", 1, "-c", "copy", path)
    assert take(path, tmp_path).row["chapters"] == [
        {"start": "0/1", "end": "1/2", "title": "One"},
        {"start": "1/2", "end": "1/1", "title": "Two"},
    ]


def test_chapters_that_no_print_can_hold_are_left_out(tmp_path: Path, film: np.ndarray) -> None:
    written = ((2, 5, "c"), (0, 1, "a"), (1, 1, "b"), (2, 3, "d"))
    facts = replace(
        probe.inspect(write_video(tmp_path / "a.mkv", film, 24, "ffv1")),
        chapters=tuple((Fraction(begin), Fraction(end), title) for begin, end, title in written),
    )
    kept = survey._chapters(facts, FilmClock(Fraction(0)), Fraction(1), Fraction(5))
    assert kept == ((0, 1, "a"), (2, 3, "d"))


def test_chapters_and_sound_count_from_the_first_picture(tmp_path: Path, film: np.ndarray) -> None:
    plain = write_video(tmp_path / "plain.mkv", film, 25, "libx264", audio=click(0.2, 48000, 2)[0])
    notes = tmp_path / "notes"
    notes.write_text(";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=1000\nEND=1480\ntitle=One\n")
    path = tmp_path / "a.mkv"
    ffmpeg(
        "-itsoffset",
        1,
        "-i",
        plain,
        "-i",
        plain,
        "-i",
        notes,
        "-map",
        "0:v",
        "-map",
        "1:a",
        "-map_chapters",
        2,
        "-c",
        "copy",
        path,
    )
    row = take(path, tmp_path).row
    assert row["start"] == "1/1" and row["audio"][0]["start"] == "-1/1"
    assert row["chapters"] == [{"start": "0/1", "end": "12/25", "title": "One"}]
    assert abs(Fraction(row["audio"][0]["duration"]) - 2) < Fraction(1, 20)


def test_other_streams_of_a_file_do_no_harm(tmp_path: Path, film: np.ndarray) -> None:
    plain = write_video(tmp_path / "plain.mkv", film, 25, "libx264", audio=click(0.2, 48000, 1)[0])
    words = tmp_path / "a.srt"
    words.write_text("1\n00:00:00,100 --> 00:00:00,600\nHello\n\n")
    path = tmp_path / "a.mov"
    ffmpeg("-i", plain, "-i", words, "-c", "copy", "-c:s", "mov_text", "-timecode", "01:00:00:00", path)
    row = take(path, tmp_path).row
    assert (row["frames"], row["timecode"], len(row["audio"])) == (24, "01:00:00:00", 1)


# Colour


def _tinted(film: np.ndarray, red: float, blue: float) -> np.ndarray:
    return np.clip(np.concatenate([film * red, film, film * blue], axis=3), 0, 1)


@pytest.mark.parametrize(("red", "blue"), [(1.0, 1.0), (1.03, 0.96), (0.97, 1.03)])
def test_black_and_white_film_is_grey_even_with_a_faint_tint(
    tmp_path: Path, film: np.ndarray, red: float, blue: float
) -> None:
    taken = take(write_video(tmp_path / "a.mkv", _tinted(film, red, blue), 24, "libx264"), tmp_path)
    assert taken.row["grey"] and not taken.film.tinted and taken.film.channels == 1
    assert taken.stored(0, 1).shape[1] == 1


@pytest.mark.parametrize(("red", "blue"), [(1.25, 0.6), (0.7, 1.2), (1.15, 0.8)])
def test_tinted_and_toned_film_is_restored_in_grey(tmp_path: Path, film: np.ndarray, red: float, blue: float) -> None:
    taken = take(write_video(tmp_path / "a.mkv", _tinted(film, red, blue), 24, "libx264"), tmp_path)
    assert taken.row["grey"] and taken.film.tinted and taken.film.channels == 1


def test_a_small_coloured_object_in_one_frame_makes_a_colour_film(tmp_path: Path, film: np.ndarray) -> None:
    frames = _tinted(film, 1, 1)
    frames[17, 20:32, 30:42] = (0.8, 0.2, 0.2)
    assert not take(write_video(tmp_path / "a.mkv", frames, 24, "ffv1"), tmp_path).row["grey"]


def test_grey_or_colour_can_be_set(tmp_path: Path, film: np.ndarray) -> None:
    path = write_video(tmp_path / "a.mkv", _tinted(film, 1, 1), 24, "ffv1")
    assert take(path, tmp_path, grey="false").stored(0, 1).shape[1] == 3
    colour = write_video(tmp_path / "b.mkv", moving_texture(3, 64, 96, 3), 24, "ffv1")
    assert take(colour, tmp_path, grey="true").stored(0, 1).shape[1] == 1


def test_a_rotated_film_is_turned_upright(tmp_path: Path, film: np.ndarray) -> None:
    plain = write_video(tmp_path / "plain.mp4", film[:3], 25, "libx264")
    path = tmp_path / "a.mp4"
    ffmpeg("-display_rotation", 90, "-i", plain, "-c", "copy", path)
    taken: Taken = take(path, tmp_path)
    assert (taken.row["width"], taken.row["height"]) == (64, 96)
    np.testing.assert_allclose(taken.frames(), np.rot90(film[:3], 1, axes=(1, 2)), atol=0.05)
    assert proxies.PROXY == (48, 27)
