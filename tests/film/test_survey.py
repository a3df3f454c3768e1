"""The survey: fields, pulldown, rate, colour and damage are found by looking."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from answerprint.film import fields, ledger, survey
from answerprint.runtime.errors import FilmError
from films import ffmpeg, interlace, moving_texture, write_frames, write_video
from media import Taken, click, take


@pytest.fixture(scope="module")
def film() -> np.ndarray:
    return moving_texture(24, 64, 96, 1, step=(1.7, 0.4))


# Fields


@pytest.mark.parametrize(("top_first", "mark", "order"), [(True, "tt", "tff"), (False, "bb", "bff")])
def test_interlaced_video_is_found_with_its_order(
    tmp_path: Path, film: np.ndarray, top_first: bool, mark: str, order: str
) -> None:
    woven = interlace(film, top_first)
    path = write_video(tmp_path / "a.mkv", woven, 25, "ffv1", interlaced=mark)
    found = take(path, tmp_path)
    assert (found.row["field_order"], found.row["pulldown"], found.row["frames"]) == (order, False, 12)


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


def test_what_a_person_says_of_fields_is_believed(tmp_path: Path, film: np.ndarray) -> None:
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
def test_pulldown_is_found_and_taken_back_to_the_film_frames(
    tmp_path: Path, film: np.ndarray, codec: list[str], suffix: str
) -> None:
    found = take(_telecined(tmp_path, film, codec, suffix), tmp_path)
    assert found.row["pulldown"] and found.row["field_order"] == "tff"
    assert found.film.facts.rate == Fraction(24000, 1001)
    assert found.film.facts.frames == len(film)
    assert np.abs(found.frames() - film).mean(axis=(1, 2, 3)).max() < 0.02


def test_pulldown_is_found_where_the_film_stands_still_most_of_the_time(tmp_path: Path, film: np.ndarray) -> None:
    still = np.concatenate([np.repeat(film[:1], 60, axis=0), film, np.repeat(film[-1:], 60, axis=0)])
    found = take(_telecined(tmp_path, still, ["-c:v", "ffv1"], "mkv"), tmp_path)
    assert found.row["pulldown"] and abs(found.film.facts.frames - len(still)) <= 1


def test_repeated_fields_without_the_rhythm_are_no_pulldown() -> None:
    assert fields.rhythm(["top", "neither", "bottom", "neither", "neither"] * 8)
    assert not fields.rhythm(["top", "top", "bottom", "top", "neither", "top", "bottom", "bottom"] * 5)
    assert not fields.rhythm(["neither"] * 50)
    assert not fields.rhythm([])


def test_frames_shown_for_three_fields_by_the_player_are_a_film(tmp_path: Path, film: np.ndarray) -> None:
    # A DVD keeps film frames and says which to show longer: the times alternate between two and three fields.
    times = [Fraction(5 * (i // 2) + (3 if i % 2 else 0), 1) * Fraction(1001, 60000) for i in range(40)]
    rate, frames = ledger.frames_at_constant_rate(tuple(times), Fraction(30000, 1001))
    assert rate == Fraction(24000, 1001)
    np.testing.assert_array_equal(frames, np.arange(40))


# Time


def test_a_rate_that_varies_becomes_constant_and_says_what_it_cost(tmp_path: Path, film: np.ndarray) -> None:
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
    found = take(path, tmp_path)
    assert found.film.facts.rate == 25
    assert found.row["repeated"] == [4]
    assert set(found.row["dropped"]) <= {9, 10, 11} and found.row["dropped"]
    # Every film frame shows what the source showed in the middle of it.
    shown = [max(i for i, start in enumerate(starts) if start <= (k + 0.5) / 25) for k in range(found.row["frames"])]
    np.testing.assert_array_equal(found.survey.ledger, shown)
    np.testing.assert_allclose(found.frames(), film[found.survey.ledger], atol=1 / 255)


@pytest.mark.parametrize("rate", ["24000/1001", "29/1", "25/1", "60000/1001", "16/1"])
def test_times_rounded_to_a_millisecond_are_a_constant_rate(rate: str) -> None:
    wanted = Fraction(rate)
    times = tuple(Fraction(round(i / wanted * 1000), 1000) for i in range(1000))
    found, frames = ledger.frames_at_constant_rate(times, wanted)
    assert found == wanted
    np.testing.assert_array_equal(frames, np.arange(1000))


def test_a_rate_guessed_by_the_header_gives_way_to_the_standard_one() -> None:
    times = tuple(i * Fraction(1001, 24000) for i in range(500))
    assert ledger.frames_at_constant_rate(times, Fraction(2397, 100))[0] == Fraction(24000, 1001)
    assert ledger.frames_at_constant_rate(times, Fraction(90000))[0] == Fraction(24000, 1001)


def test_a_lost_frame_leaves_the_others_in_their_places() -> None:
    times = tuple(Fraction(i, 25) for i in range(50) if i not in (20, 21))
    rate, frames = ledger.frames_at_constant_rate(times, Fraction(25))
    assert rate == 25 and len(frames) == 50
    np.testing.assert_array_equal(frames, [*range(20), 19, 19, *range(20, 48)])


def test_a_rate_given_for_a_silent_file_is_its_speed(tmp_path: Path, film: np.ndarray) -> None:
    path = write_video(tmp_path / "a.mp4", film, 25, "libx264")
    found = take(path, tmp_path, rate=Fraction(18))
    assert (found.row["rate"], found.row["frames"]) == ("18/1", 24)


def test_a_rate_given_for_a_file_with_sound_must_be_its_own(tmp_path: Path, film: np.ndarray) -> None:
    path = write_video(tmp_path / "a.mkv", film, 25, "libx264", audio=click(0.2, 48000, 1)[0])
    assert take(path, tmp_path, rate=Fraction(25)).row["rate"] == "25/1"
    with pytest.raises(FilmError, match="drift from the picture"):
        take(path, tmp_path, rate=Fraction(18))


@pytest.mark.parametrize("frames", [1, 2, 3])
@pytest.mark.parametrize("suffix", ["mkv", "mp4", "mpg"])
def test_very_short_films_are_films(tmp_path: Path, film: np.ndarray, frames: int, suffix: str) -> None:
    codec = "mpeg2video" if suffix == "mpg" else "libx264"
    found = take(write_video(tmp_path / f"a.{suffix}", film[:frames], 25, codec), tmp_path)
    assert found.row["frames"] == frames and found.row["rate"] == "25/1"
    assert found.survey.proxy.shape == (frames, 27, 48, 3)


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


def test_what_else_a_file_holds_is_not_in_the_way(tmp_path: Path, film: np.ndarray) -> None:
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
    found = take(write_video(tmp_path / "a.mkv", _tinted(film, red, blue), 24, "libx264"), tmp_path)
    assert found.row["grey"] and found.film.channels == 1
    assert found.stored(0, 1).shape[1] == 1


@pytest.mark.parametrize(("red", "blue"), [(1.25, 0.6), (0.7, 1.2), (1.15, 0.8)])
def test_tinted_and_toned_film_keeps_its_colour(tmp_path: Path, film: np.ndarray, red: float, blue: float) -> None:
    found = take(write_video(tmp_path / "a.mkv", _tinted(film, red, blue), 24, "libx264"), tmp_path)
    assert not found.row["grey"] and found.film.channels == 3


def test_one_small_coloured_thing_in_one_frame_makes_a_colour_film(tmp_path: Path, film: np.ndarray) -> None:
    frames = _tinted(film, 1, 1)
    frames[17, 20:32, 30:42] = (0.8, 0.2, 0.2)
    assert not take(write_video(tmp_path / "a.mkv", frames, 24, "ffv1"), tmp_path).row["grey"]


def test_a_person_may_say_grey_or_colour(tmp_path: Path, film: np.ndarray) -> None:
    path = write_video(tmp_path / "a.mkv", _tinted(film, 1, 1), 24, "ffv1")
    assert take(path, tmp_path, grey="false").stored(0, 1).shape[1] == 3
    colour = write_video(tmp_path / "b.mkv", moving_texture(3, 64, 96, 3), 24, "ffv1")
    assert take(colour, tmp_path, grey="true").stored(0, 1).shape[1] == 1


def test_a_turned_film_stands_upright(tmp_path: Path, film: np.ndarray) -> None:
    plain = write_video(tmp_path / "plain.mp4", film[:3], 25, "libx264")
    path = tmp_path / "a.mp4"
    ffmpeg("-display_rotation", 90, "-i", plain, "-c", "copy", path)
    found: Taken = take(path, tmp_path)
    assert (found.row["width"], found.row["height"]) == (64, 96)
    np.testing.assert_allclose(found.frames(), np.rot90(film[:3], 1, axes=(1, 2)), atol=0.05)
    assert survey.PROXY == (48, 27)
