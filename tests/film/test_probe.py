"""The headers of a source are read, and what is not a film is explained."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from answerprint.film import frame_order, probe
from answerprint.film.facts import Facts, to_json
from answerprint.runtime.errors import FilmError
from films import ffmpeg, moving_texture, write_frames, write_video
from media import take


@pytest.fixture(scope="module")
def film() -> np.ndarray:
    return moving_texture(6, 48, 64, 3)


@pytest.mark.parametrize("rate", ["24000/1001", "29/1", "18/1", "25/1", "30000/1001", "50/1"])
@pytest.mark.parametrize("suffix", ["mkv", "mp4", "mov", "avi"])
def test_the_rate_is_exact(tmp_path: Path, film: np.ndarray, rate: str, suffix: str) -> None:
    path = write_video(tmp_path / f"a.{suffix}", film, rate, "mpeg4" if suffix == "avi" else "libx264")
    facts = probe.inspect(path)
    assert facts.rate == Fraction(rate)
    assert (facts.width, facts.height, facts.kind) == (64, 48, "video")


def test_size_shape_depth_colour_and_timecode_are_read(tmp_path: Path, film: np.ndarray) -> None:
    colour = {"color_primaries": 5, "color_trc": 6, "colorspace": 5, "color_range": 1}
    path = write_video(
        tmp_path / "a.mkv",
        film,
        25,
        "libx264",
        pixel_format="yuv422p10le",
        sample_aspect=Fraction(16, 15),
        colour=colour,
        metadata={"timecode": "01:02:03:04"},
    )
    facts = probe.inspect(path)
    assert facts.sar == Fraction(16, 15)
    assert (facts.depth, facts.pixel_format, facts.timecode) == (10, "yuv422p10le", "01:02:03:04")
    assert facts.colour == probe.Colour(primaries="bt470bg", transfer="smpte170m", matrix="bt470bg", range="tv")


@pytest.mark.parametrize("suffix", ["mov", "mkv", "mp4", "avi"])
def test_the_title_that_a_file_holds_is_the_films_unless_it_holds_none(
    tmp_path: Path, film: np.ndarray, suffix: str
) -> None:
    codec = "mpeg4" if suffix == "avi" else "libx264"
    tagged = write_video(tmp_path / f"a.{suffix}", film, 25, codec, metadata={"title": "Der  Müde\nTod"})
    plain = write_video(tmp_path / f"b.{suffix}", film, 25, codec)
    assert take(tagged, tmp_path).row["title"] == "Der Müde Tod"
    assert take(plain, tmp_path).row["title"] == "film"


@pytest.mark.parametrize("suffix", ["mov", "mkv", "mp4"])
def test_a_drop_frame_timecode_is_read(tmp_path: Path, film: np.ndarray, suffix: str) -> None:
    plain = write_video(tmp_path / "plain.mp4", film, "30000/1001", "libx264")
    path = tmp_path / f"a.{suffix}"
    option = "-metadata:s:v:0" if suffix == "mkv" else "-metadata"
    ffmpeg("-i", plain, "-c", "copy", option, "timecode=00:59:59;28", path)
    assert probe.inspect(path).timecode == "00:59:59;28"


def test_every_sound_and_every_chapter_is_read(tmp_path: Path, film: np.ndarray) -> None:
    plain = write_video(tmp_path / "plain.mkv", film, 24, "libx264")
    notes = tmp_path / "notes"
    notes.write_text(
        ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=100\ntitle=Reel 1\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=100\nEND=250\ntitle=Reel 2\n"
    )
    kinds = [
        (48000, 2, "pcm_s16le"),
        (8000, 1, "flac"),
        (48000, 6, "aac"),
        (44100, 1, "libmp3lame"),
        (96000, 2, "flac"),
    ]
    arguments: list[object] = []
    for rate, channels, _ in kinds:
        arguments += ["-f", "lavfi", "-i", f"anullsrc=r={rate}:cl={ {1: 'mono', 2: 'stereo', 6: '5.1'}[channels] }:d=1"]
    maps = [
        part for index in range(len(kinds)) for part in ("-map", f"{index + 2}:a", f"-c:a:{index}", kinds[index][2])
    ]
    languages = ["-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=fra"]
    path = tmp_path / "a.mkv"
    ffmpeg(
        "-i", plain, "-i", notes, *arguments, "-map", "0:v", *maps, "-c:v", "copy", "-map_chapters", 1, *languages, path
    )
    facts = probe.inspect(path)
    assert [(s.rate, s.channels) for s in facts.audio] == [kind[:2] for kind in kinds]
    assert [s.language for s in facts.audio][:2] == ["eng", "fra"]
    assert facts.chapters == ((0, Fraction(1, 10), "Reel 1"), (Fraction(1, 10), Fraction(1, 4), "Reel 2"))
    rows = to_json(facts)
    assert rows["rate"] == "24/1" and rows["chapters"][1] == {"start": "1/10", "end": "1/4", "title": "Reel 2"}


@pytest.mark.parametrize(
    ("extension", "bits", "channels"),
    [
        ("png", 8, 1),
        ("png", 16, 3),
        ("tif", 8, 3),
        ("tif", 16, 1),
        ("dpx", 8, 1),
        ("dpx", 10, 3),
        ("dpx", 12, 3),
        ("dpx", 16, 1),
        ("exr", 16, 3),
    ],
)
def test_a_folder_of_frames_is_a_film(tmp_path: Path, extension: str, bits: int, channels: int) -> None:
    folder = write_frames(tmp_path / "reel", moving_texture(3, 21, 35, channels), bits, extension, first=97, digits=2)
    facts = probe.inspect(folder, Fraction(18))
    assert (facts.kind, facts.frames, facts.rate, facts.depth) == ("frames", 3, 18, bits)
    assert (facts.width, facts.height) == (35, 21)
    assert [path.stem for path in frame_order.frame_files(folder)] == ["97", "98", "99"]


def test_frames_are_ordered_by_the_number_that_varies(tmp_path: Path, film: np.ndarray) -> None:
    folder = write_frames(tmp_path / "reel", film[:3], digits=1, first=9)
    for path in list(folder.iterdir()):
        path.rename(folder / f"reel2_{path.stem}_4K.png")
    (folder / "notes.txt").write_text("not a frame")
    (folder / "._reel2_9_4K.png").write_text("not one either")
    assert [path.name for path in frame_order.frame_files(folder)] == [f"reel2_{n}_4K.png" for n in (9, 10, 11)]


def test_special_characters_in_names_are_harmless(tmp_path: Path, film: np.ndarray) -> None:
    folder = write_frames(tmp_path / "a%02d:b", film[:2])
    assert probe.inspect(folder, Fraction(24)).frames == 2
    assert probe.inspect(write_video(tmp_path / "concat:a%d é.mkv", film)).rate == 24


def _say(path: Path, rate: Fraction | None = Fraction(24)) -> FilmError:
    with pytest.raises(FilmError) as caught:
        probe.inspect(path, rate)
    assert caught.value.hint and "\n" not in str(caught.value) and len(caught.value.message) < 300
    return caught.value


def test_what_is_not_a_film_is_explained(tmp_path: Path, film: np.ndarray) -> None:
    empty, text, listing, sound = (tmp_path / name for name in ("empty.mkv", "text.mp4", "list.txt", "sound.wav"))
    empty.touch()
    text.write_text("This is no film.\n" * 50)
    listing.write_text("This is no film.\n" * 50)
    ffmpeg("-f", "lavfi", "-i", "sine=d=0.2", sound)
    assert "does not exist" in _say(tmp_path / "missing.mp4").message
    assert "is empty" in _say(empty).message
    assert "not a film" in _say(text).message
    assert "not a film" in _say(listing).message
    assert "only sound" in _say(sound).message
    folder = write_frames(tmp_path / "reel", film)
    assert "no rate" in _say(folder, None).message
    assert "single frame" in _say(folder / "0001.png").message


def test_what_is_wrong_with_a_folder_is_explained(tmp_path: Path, film: np.ndarray) -> None:
    (tmp_path / "none").mkdir()
    assert "holds no frames" in _say(tmp_path / "none").message
    folder = write_frames(tmp_path / "reel", film)
    (folder / "0003.png").unlink()
    assert "frame 3 is missing" in _say(folder).message
    (folder / "0004.png").unlink()
    assert "frames 3 to 4 are missing" in _say(folder).message
    (folder / "0005.png").rename(folder / "2.png")
    assert "the number 2" in _say(folder).message
    (folder / "2.png").rename(folder / "leader.png")
    assert "no number" in _say(folder).message
    broken = write_frames(tmp_path / "broken", film)
    (broken / "0001.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    assert "cannot be read" in str(_say(broken)) or "not a film that can be read" in str(_say(broken))


def test_a_plain_film_has_default_facts(tmp_path: Path, film: np.ndarray) -> None:
    facts: Facts = probe.inspect(write_video(tmp_path / "a.mp4", film, 25, "libx264"))
    assert (facts.sar, facts.timecode, facts.audio, facts.chapters) == (1, None, (), ())
    assert facts.colour == probe.Colour(range="tv")
