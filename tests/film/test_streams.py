"""Of the streams of a file one rule chooses picture, sounds and subtitles; what is left out is said."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
import soundfile

from answerprint.film import audio, own_subtitles, probe
from answerprint.film.time_stamps import TimeStamps
from films import ffmpeg, moving_texture, write_video
from media import click, onset, take

SRT = "1\n00:00:00,100 --> 00:00:00,600\n<i>Hello</i>\nthere\n\n2\n00:00:00,800 --> 00:00:00,900\nYou\n\n"


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    film = moving_texture(25, 48, 64, 1)
    return write_video(tmp_path_factory.mktemp("picture") / "small.mkv", film, 25, "libx264")


def _larger(tmp_path: Path) -> Path:
    return write_video(tmp_path / "large.mkv", moving_texture(25, 96, 128, 1), 25, "libx264")


@pytest.mark.parametrize(("flags", "width"), [(("0", "default"), 128), (("default", "0"), 64), (("0", "0"), 128)])
def test_the_default_picture_is_taken_then_the_largest(
    tmp_path: Path, picture: Path, flags: tuple[str, str], width: int
) -> None:
    path = tmp_path / "a.mkv"
    marks = ("-disposition:v:0", flags[0], "-disposition:v:1", flags[1])
    ffmpeg("-i", picture, "-i", _larger(tmp_path), "-map", 0, "-map", 1, "-c", "copy", *marks, path)
    row = take(path, tmp_path).row
    assert row["width"] == width and any("Picture" in warning and "left out" in warning for warning in row["warnings"])


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
def test_the_last_frames_are_read_wherever_the_picture_lies_among_the_streams(
    tmp_path: Path, picture: Path, suffix: str
) -> None:
    path, order = tmp_path / f"a.{suffix}", ("-map", 0, "-map", 1)
    encoder = ("-c:v", "libx264", "-bf", 3, "-pix_fmt", "yuv420p")
    ffmpeg("-f", "lavfi", "-i", "sine=d=1", "-i", picture, *order, *encoder, path)
    assert probe.inspect(path).audio, "the sound, which comes first, is missing"
    assert take(path, tmp_path).row["frames"] == 25


def test_a_picture_of_one_frame_is_no_film_beside_another(tmp_path: Path, picture: Path) -> None:
    path, poster = tmp_path / "a.mkv", tmp_path / "poster.jpg"
    ffmpeg("-i", picture, "-frames:v", 1, poster)
    flags = ("-disposition:v:0", "default", "-disposition:v:1", 0)
    ffmpeg("-i", poster, "-i", picture, "-map", 0, "-map", 1, "-c", "copy", *flags, path)
    row = take(path, tmp_path).row
    assert row["frames"] == 25 and any("Picture 1" in warning for warning in row["warnings"])


def test_what_is_left_out_may_last_longer_than_the_film(tmp_path: Path, picture: Path) -> None:
    srt, path = tmp_path / "a.srt", tmp_path / "a.mkv"
    srt.write_text("1\n00:00:00,500 --> 00:00:30,000\nThe end\n")
    longer = ("-f", "lavfi", "-i", "testsrc=d=3:s=32x32")
    order = ("-map", 0, "-map", 1, "-map", 2, "-disposition:v:0", "default", "-disposition:v:1", 0)
    ffmpeg("-i", picture, *longer, "-i", srt, *order, "-c:v", "ffv1", path)
    row = take(path, tmp_path).row
    assert (row["frames"], row["width"], row["damaged"]) == (25, 64, None)


def test_cover_art_is_no_picture(tmp_path: Path, picture: Path) -> None:
    path, cover = tmp_path / "a.mp4", tmp_path / "cover.png"
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=640x480", "-frames:v", 1, cover)
    ffmpeg("-i", cover, "-i", picture, "-map", 0, "-map", 1, "-c", "copy", "-disposition:v:0", "attached_pic", path)
    row = take(path, tmp_path).row
    assert (row["width"], row["frames"]) == (64, 25) and "cover art" in row["warnings"][0]


@pytest.mark.parametrize(("codecs", "left"), [(("aac", "alac"), 0), (("alac", "aac"), 1)])
def test_a_sound_without_a_decoder_is_left_out_and_said(
    tmp_path: Path, picture: Path, codecs: tuple[str, str], left: int
) -> None:
    inputs: list[object] = []
    for number in range(2):
        soundfile.write(tmp_path / f"{number}.wav", click(0.2 + 0.4 * number, 48000, 1)[0], 48000)
        inputs += ["-i", tmp_path / f"{number}.wav"]
    path = tmp_path / "a.mov"
    encoders = ("-c:v", "copy", "-c:a:0", codecs[0], "-c:a:1", codecs[1])
    ffmpeg("-i", picture, *inputs, "-map", "0:v", "-map", "1:a", "-map", "2:a", *encoders, path)
    path.write_bytes(path.read_bytes().replace(b"alac", b"zzzz"))
    taken = take(path, tmp_path)
    assert [sound["index"] for sound in taken.row["audio"]] == [left]
    assert taken.row["warnings"] == [f"Sound {2 - left} of the file is left out: its codec cannot be decoded."]
    audio.extract(path, left, audio.place_of(taken.film), tmp_path / "out.flac")
    samples, rate = soundfile.read(tmp_path / "out.flac", always_2d=True)
    assert abs(onset(samples, rate) - (0.2 + 0.4 * left)) < 0.003


def test_sounds_of_another_programme_are_left_out(tmp_path: Path, picture: Path) -> None:
    wavs = []
    for number in range(2):
        wavs.append(tmp_path / f"{number}.wav")
        soundfile.write(wavs[-1], click(0.2, 48000, 1)[0], 48000)
    path = tmp_path / "a.ts"
    programmes = ("-program", "program_num=1:st=0:st=2", "-program", "program_num=2:st=1:st=3")
    maps = ("-map", "0:v", "-map", "1:v", "-map", "2:a", "-map", "3:a")
    inputs = ("-i", picture, "-i", _larger(tmp_path), "-i", wavs[0], "-i", wavs[1])
    ffmpeg(*inputs, *maps, "-c:v", "mpeg2video", "-c:a", "mp2", *programmes, path)
    facts = probe.inspect(path)
    assert (facts.width, [sound.index for sound in facts.audio]) == (128, [1])
    assert "Sound 1 of the file is left out: another programme than the picture's." in facts.warnings


@pytest.mark.parametrize(("suffix", "codec"), [("mkv", "srt"), ("mkv", "ass"), ("mkv", "webvtt"), ("mp4", "mov_text")])
def test_text_subtitles_become_subrip_in_film_time(tmp_path: Path, picture: Path, suffix: str, codec: str) -> None:
    path, words = tmp_path / f"a.{suffix}", tmp_path / "a.srt"
    words.write_text(SRT)
    ffmpeg("-i", picture, "-i", words, "-c:v", "copy", "-c:s", codec, "-metadata:s:s:0", "language=ger", path)
    film = take(path, tmp_path).film
    assert [stream.language for stream in film.facts.subtitles] == ["ger"]
    text = own_subtitles.extract(film, 0)
    assert "00:00:00,100 --> 00:00:00,600\n<i>Hello</i>\nthere" in text and "00:00:00,800 --> 00:00:00,900\nYou" in text


def test_subtitles_count_from_the_first_picture(tmp_path: Path, picture: Path) -> None:
    path, words = tmp_path / "a.mkv", tmp_path / "a.srt"
    words.write_text("1\n00:00:00,100 --> 00:00:00,400\nBefore\n\n2\n00:00:01,100 --> 00:00:01,400\nAfter\n\n")
    ffmpeg("-itsoffset", 1, "-i", picture, "-i", words, "-c:v", "copy", "-c:s", "srt", path)
    film = take(path, tmp_path).film
    assert own_subtitles.extract(film, 0) == "1\n00:00:00,100 --> 00:00:00,400\nAfter\n"


@pytest.mark.parametrize("time_stamps", ["auto", "ignore"])
@pytest.mark.parametrize(
    ("rate", "slower"),
    [(None, Fraction(1)), (Fraction(25), Fraction(1)), (Fraction(10), Fraction(5, 2)), (Fraction(50), Fraction(1, 2))],
)
def test_words_and_chapters_keep_to_the_picture_at_a_rate_that_is_given(
    tmp_path: Path, picture: Path, rate: Fraction | None, slower: Fraction, time_stamps: TimeStamps
) -> None:
    path, words, notes = tmp_path / "a.mkv", tmp_path / "a.srt", tmp_path / "a.txt"
    words.write_text("1\n00:00:00,480 --> 00:00:00,800\nHalf\n\n")
    notes.write_text(";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/25\nSTART=15\nEND=20\ntitle=Two\n")
    ffmpeg("-i", picture, "-i", words, "-i", notes, "-map_metadata", 2, "-c:v", "copy", "-c:s", "srt", path)
    film = take(path, tmp_path, rate=rate, time_stamps=time_stamps).film
    assert film.facts.chapters == ((Fraction(15, 25) * slower, Fraction(20, 25) * slower, "Two"),)
    begins, ends = (f"00:00:0{float(Fraction(n, 25) * slower):.3f}".replace(".", ",") for n in (12, 20))
    assert own_subtitles.extract(film, 0) == f"1\n{begins} --> {ends}\nHalf\n"


def test_subtitles_that_are_pictures_are_left_out_and_said(tmp_path: Path, picture: Path) -> None:
    path, words = tmp_path / "a.mkv", tmp_path / "a.srt"
    words.write_text(SRT)
    ffmpeg("-i", picture, "-i", words, "-c:v", "copy", "-c:s", "srt", path)
    path.write_bytes(path.read_bytes().replace(b"S_TEXT/UTF8", b"S_VOBSUB".ljust(11, b"\0")))
    facts = probe.inspect(path)
    assert (
        not facts.subtitles and "Subtitles 1 of the file are left out: they are pictures, not text." in facts.warnings
    )


@pytest.mark.parametrize("suffix", ["avi", "mkv", "mov"])
def test_tags_that_are_not_utf_8_are_read(tmp_path: Path, picture: Path, suffix: str) -> None:
    notes, path = tmp_path / "notes", tmp_path / f"a.{suffix}"
    notes.write_text(";FFMETADATA1\ntitle=caXX\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=900\ntitle=EtXX\n")
    chapters = -1 if suffix == "avi" else 1
    codec = "mpeg4" if suffix == "avi" else "copy"
    tags = ("-map_metadata", 1, "-map_chapters", chapters)
    ffmpeg("-i", picture, "-i", notes, "-map", "0:v", *tags, "-c", codec, path)
    path.write_bytes(path.read_bytes().replace(b"caXX", b"caf\xe9").replace(b"EtXX", b"Et\xe9\xe8"))
    row = take(path, tmp_path).row
    assert row["frames"] == 25 and Fraction(row["rate"]) == 25
    assert suffix == "avi" or [chapter["title"] for chapter in row["chapters"]] == ["Etéè"]
