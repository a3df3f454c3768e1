"""Sound is extracted losslessly, every stream of it, in sync with the picture."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from answerprint.film import audio
from answerprint.runtime.errors import FilmError
from films import ffmpeg, moving_texture, write_video
from media import click, full_disk, onset, take

HALF_A_FRAME = 0.02


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    film = moving_texture(25, 48, 64, 1)
    return write_video(tmp_path_factory.mktemp("picture") / "a.mkv", film, 25, "libx264", options={"g": "6"})


def _wav(path: Path, rate: int, channels: int, at: float = 0.5, seconds: float = 1.0) -> Path:
    soundfile.write(path, click(at, rate, seconds, channels).T, rate)
    return path


def _extract(path: Path, folder: Path, index: int = 0) -> tuple[np.ndarray, int, dict[str, Any]]:
    """Samples (n, channels), rate and facts of a film's own sound."""
    place = audio.place_of(take(path, folder).film)
    facts = audio.extract(path, index, place, folder / "out.flac")
    samples, rate = soundfile.read(folder / "out.flac", always_2d=True)
    assert facts["samples"] == len(samples) and facts["rate"] == rate and facts["channels"] == samples.shape[1]
    return samples, rate, facts


@pytest.mark.parametrize(("rate", "channels"), [(48000, 1), (44100, 2), (8000, 1), (48000, 6), (96000, 2)])
@pytest.mark.parametrize("codec", ["pcm_s16le", "pcm_s24le", "flac"])
def test_lossless_sound_keeps_every_sample(tmp_path: Path, picture: Path, rate: int, channels: int, codec: str) -> None:
    bits = 24 if codec == "pcm_s24le" else 16
    truth = np.random.default_rng(0).integers(-(1 << bits - 1), 1 << bits - 1, (rate, channels)) << (32 - bits)
    truth = truth.astype(np.int32)
    soundfile.write(tmp_path / "a.wav", truth, rate, subtype=f"PCM_{bits}")
    path = tmp_path / "a.mkv"
    ffmpeg("-i", picture, "-i", tmp_path / "a.wav", "-c:v", "copy", "-c:a", codec, path)
    samples, found, facts = _extract(path, tmp_path)
    assert found == rate and facts["silence"] == facts["dropped"] == 0
    np.testing.assert_array_equal(np.rint(samples * 2**31), truth)


@pytest.mark.parametrize(
    ("suffix", "codec"),
    [
        ("mp4", "aac"),
        ("mkv", "aac"),
        ("mkv", "libopus"),
        ("mkv", "libvorbis"),
        ("mp4", "libmp3lame"),
        ("mkv", "ac3"),
        ("mov", "alac"),
        ("ts", "aac"),
        ("mpg", "mp2"),
    ],
)
def test_every_codec_is_in_sync_with_the_picture(tmp_path: Path, picture: Path, suffix: str, codec: str) -> None:
    path = tmp_path / f"a.{suffix}"
    video = ["-c:v", "mpeg2video"] if suffix == "mpg" else ["-c:v", "copy"]
    ffmpeg("-i", picture, "-i", _wav(tmp_path / "a.wav", 48000, 2), *video, "-c:a", codec, path)
    samples, rate, _ = _extract(path, tmp_path)
    assert abs(onset(samples, rate) - 0.5) < 0.003


@pytest.mark.parametrize("codec", ["pcm_s16le", "aac", "flac"])
@pytest.mark.parametrize(("picture_at", "sound_at"), [(0.0, 0.24), (0.4, 0.0), (0.3, 0.1)])
def test_sound_that_begins_before_or_after_the_picture_is_aligned(
    tmp_path: Path, picture: Path, codec: str, picture_at: float, sound_at: float
) -> None:
    path = tmp_path / "a.mkv"
    wav = _wav(tmp_path / "a.wav", 48000, 1)
    ffmpeg(
        "-itsoffset", picture_at, "-i", picture, "-itsoffset", sound_at, "-i", wav, "-c:v", "copy", "-c:a", codec, path
    )
    samples, rate, facts = _extract(path, tmp_path)
    assert abs(onset(samples, rate) - (0.5 + sound_at - picture_at)) < 0.003
    moved = "silence" if sound_at > picture_at else "dropped"
    assert abs(int(str(facts[moved])) / rate - abs(sound_at - picture_at)) < 0.03


def test_gaps_in_the_sound_become_silence_and_nothing_shifts(tmp_path: Path, picture: Path) -> None:
    # Two clicks, and between them the packets from 0.3 to 0.6 s are lost.
    wav = tmp_path / "a.wav"
    soundfile.write(wav, (click(0.1, 48000, 1) + click(0.8, 48000, 1)).T, 48000)
    path = tmp_path / "a.mkv"
    lost = "aselect='not(between(t,0.3,0.6))'"
    ffmpeg("-i", picture, "-i", wav, "-c:v", "copy", "-af", lost, "-c:a", "flac", path)
    samples, rate, facts = _extract(path, tmp_path)
    assert abs(onset(samples, rate) - 0.1) < 0.001
    assert abs(onset(samples[int(0.5 * rate) :], rate) - 0.3) < 0.003
    assert abs(int(str(facts["silence"])) / rate - 0.3) < 0.05
    assert abs(len(samples) / rate - 1) < 0.01


def test_a_clock_that_jumps_back_loses_no_sound(tmp_path: Path, picture: Path) -> None:
    parts = []
    for number, at in enumerate((0.2, 0.7)):
        part = tmp_path / f"{number}.ts"
        wav = _wav(tmp_path / f"{number}.wav", 48000, 1, at, 3)
        ffmpeg("-stream_loop", 2, "-i", picture, "-i", wav, "-c:v", "mpeg2video", "-c:a", "mp2", part)
        parts.append(part.read_bytes())
    path = tmp_path / "a.ts"
    path.write_bytes(b"".join(parts))
    place = audio.place_of(take(path, tmp_path).film)
    audio.extract(path, 0, place, tmp_path / "out.flac")
    samples, rate = soundfile.read(tmp_path / "out.flac", always_2d=True)
    assert abs(len(samples) / rate - 6) < 0.1
    assert abs(onset(samples[3 * rate :], rate) - 0.7) < 0.1


def test_each_of_five_streams_is_extracted(tmp_path: Path, picture: Path) -> None:
    kinds = [(48000, 2), (8000, 1), (48000, 6), (44100, 1), (22050, 2)]
    inputs: list[object] = []
    for number, (rate, channels) in enumerate(kinds):
        inputs += ["-i", _wav(tmp_path / f"{number}.wav", rate, channels, at=0.1 + 0.15 * number)]
    maps = [part for number in range(5) for part in ("-map", f"{number + 1}:a")]
    path = tmp_path / "a.mkv"
    ffmpeg("-i", picture, *inputs, "-map", "0:v", *maps, "-c:v", "copy", "-metadata:s:a:3", "language=fra", path)
    for number, (rate, channels) in enumerate(kinds):
        samples, found, facts = _extract(path, tmp_path, number)
        assert (found, samples.shape[1]) == (rate, channels)
        assert abs(onset(samples, rate) - (0.1 + 0.15 * number)) < 0.003
        assert facts["language"] == ("fra" if number == 3 else None)


@pytest.mark.parametrize("layout", ["2.1", "4.0", "5.1", "7.1(wide)"])
def test_the_facts_name_the_loudspeakers(tmp_path: Path, layout: str) -> None:
    path = tmp_path / "a.wav"
    ffmpeg("-f", "lavfi", "-i", f"anullsrc=cl={layout}", "-t", 0.1, path)
    assert audio.extract(path, 0, None, tmp_path / "out.flac")["layout"] == layout


@pytest.mark.parametrize("seconds", [0.4, 1.6])
def test_sound_shorter_or_longer_than_the_picture_keeps_its_length(
    tmp_path: Path, picture: Path, seconds: float
) -> None:
    path = tmp_path / "a.mkv"
    ffmpeg("-i", picture, "-i", _wav(tmp_path / "a.wav", 48000, 1, 0.2, seconds), "-c", "copy", path)
    samples, rate, _ = _extract(path, tmp_path)
    assert abs(len(samples) / rate - seconds) < 0.001


def test_a_stream_that_ends_before_the_picture_begins_becomes_a_moment_of_silence(
    tmp_path: Path, picture: Path
) -> None:
    wav, path = _wav(tmp_path / "a.wav", 48000, 1, 0.2, 0.5), tmp_path / "a.mkv"
    ffmpeg("-itsoffset", 1, "-i", picture, "-i", wav, "-c", "copy", path)
    samples, rate, _ = _extract(path, tmp_path)
    assert len(samples) == rate // 20 and not samples.any()


@pytest.mark.parametrize("suffix", ["wav", "mp3", "m4a", "flac"])
def test_a_separate_sound_file_begins_with_the_picture(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    wav = _wav(tmp_path / "plain.wav", 44100, 1)
    ffmpeg("-i", wav, path if suffix != "wav" else tmp_path / "a.wav")
    facts = audio.extract(path, 0, None, tmp_path / "out.flac")
    samples, rate = soundfile.read(tmp_path / "out.flac", always_2d=True)
    assert facts["silence"] == 0 and abs(onset(samples, rate) - 0.5) < 0.003


def test_what_cannot_be_extracted_is_explained(tmp_path: Path, picture: Path) -> None:
    text = tmp_path / "a.wav"
    text.write_text("no sound")
    for path, said in (
        (picture, "no sound stream 0"),
        (text, "no sound that can be read"),
        (tmp_path / "b.wav", "no sound"),
    ):
        with pytest.raises(FilmError, match=said):
            audio.extract(path, 0, audio.Place(start=Fraction(0), end=Fraction(1)), tmp_path / "out.flac")
    many = _wav(tmp_path / "many.wav", 48000, 10)
    with pytest.raises(FilmError, match="10 channels"):
        audio.extract(many, 0, None, tmp_path / "out.flac")
    assert not (tmp_path / "out.flac").exists()


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.99])
def test_a_full_disk_leaves_no_file(tmp_path: Path, share: float) -> None:
    wav = tmp_path / "a.wav"
    soundfile.write(wav, np.random.default_rng(0).uniform(-0.5, 0.5, 48000), 48000)
    audio.extract(wav, 0, None, tmp_path / "whole.flac")
    whole = (tmp_path / "whole.flac").stat().st_size
    with full_disk(int(whole * share)), pytest.raises(FilmError, match="Could not write"):
        audio.extract(wav, 0, None, tmp_path / "full" / "out.flac")
    assert list((tmp_path / "full").iterdir()) == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("-c:a", "mp2", "-ar", 48000), ("-c:a", "mp2", "-ar", 44100)),
        (("-c:a", "ac3", "-ac", 6), ("-c:a", "ac3", "-ac", 2)),
        (("-c:a", "ac3", "-ac", 2), ("-c:a", "ac3", "-ac", 6)),
    ],
)
def test_sound_that_changes_on_the_way_keeps_its_pitch_and_the_form_of_its_beginning(
    tmp_path: Path, first: tuple[object, ...], second: tuple[object, ...]
) -> None:
    path = tmp_path / "a.ts"
    for number, (frequency, encoder) in enumerate(((400, first), (900, second))):
        picture, tone = "testsrc=d=2:s=64x48:r=25", f"sine={frequency}:d=2"
        moved = ("-c:v", "mpeg2video", *encoder, "-output_ts_offset", 2 * number)
        ffmpeg("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", tone, *moved, tmp_path / f"{number}.ts")
    path.write_bytes((tmp_path / "0.ts").read_bytes() + (tmp_path / "1.ts").read_bytes())
    film = take(path, tmp_path).film
    facts = audio.extract(path, 0, audio.place_of(film), tmp_path / "a.flac")
    samples, rate = soundfile.read(tmp_path / "a.flac", always_2d=True)
    assert (facts["rate"], facts["channels"]) == (rate, samples.shape[1])
    for begin, frequency in ((0.5, 400), (2.5, 900)):
        heard = samples[round(begin * rate) : round((begin + 1) * rate)].sum(axis=1)
        assert abs(np.abs(np.fft.rfft(heard)).argmax() - frequency) <= 1


def test_sound_that_cannot_be_decoded_to_its_end_is_said_to_end_there(tmp_path: Path, picture: Path) -> None:
    wav = _wav(tmp_path / "a.wav", 48000, 1)
    for codec in ("mp2", "ac3"):
        ffmpeg("-i", picture, "-i", wav, "-c:v", "mpeg2video", "-c:a", codec, tmp_path / f"{codec}.ts")
    alone, joined = tmp_path / "mp2.ts", tmp_path / "joined.ts"
    joined.write_bytes(alone.read_bytes() + (tmp_path / "ac3.ts").read_bytes())
    assert _extract(alone, tmp_path)[2]["warnings"] == []
    samples, rate, facts = _extract(joined, tmp_path)
    (warning,) = facts["warnings"]
    assert re.fullmatch(r"The sound 1 of joined.ts cannot be decoded from 0:0[01][.9]* on, .*it ends there.*", warning)
    assert abs(len(samples) / rate - 1) < 0.1
