"""Joined prints: in time to the tick, and carrying all that the film has."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
import whisper.tokenizer

from answerprint.film import frame_rates, languages
from answerprint.prints.concatenate import Joined, Words
from answerprint.runtime.errors import FilmError
from media import CONTAINERS, click, frames_of, onset, print_of, stored_film

RATES = ["24000/1001", "29/1", "50/1", "60000/1001"]


# Time


@pytest.mark.parametrize("kind", list(CONTAINERS))
@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("lengths", [[1], [2], [1, 1, 1], [5, 1, 7], [6, 2, 1, 4]], ids=str)
def test_joined_pieces_keep_exact_time(tmp_path: Path, kind: str, rate: str, lengths: list[int]) -> None:
    count, wanted = sum(lengths), Fraction(rate)
    stored = stored_film(count)
    path = print_of(tmp_path, kind, stored, lengths, rate=rate, depth=16 if kind == "changes" else 10)
    with av.open(str(path)) as container:
        video = container.streams.video[0]
        times = [frame.pts * frame.time_base for frame in container.decode(video)]
        length = Fraction(container.duration, av.time_base)
        header = Fraction(video.average_rate)
    assert len(times) == count and times[0] == 0
    slip = Fraction(1, 2000) if path.suffix == ".mkv" else 0
    assert all(abs(time - index / wanted) <= slip for index, time in enumerate(times))
    assert abs(length - count / wanted) <= Fraction(1, 1000)
    # Readers of Matroska take 60000/1001 from a frame's nanoseconds.
    assert abs(header / wanted - 1) < (Fraction(1, 50000) if path.suffix == ".mkv" else Fraction(1, 10**9))


def test_a_part_without_frames_leaves_no_gap(tmp_path: Path) -> None:
    stored = stored_film(5)
    frames, _ = frames_of(print_of(tmp_path, "x264", stored, [0, 3, 0, 2]))
    assert [round(frame.time * 24) for frame in frames] == [0, 1, 2, 3, 4]
    with pytest.raises(FilmError, match="no frame"):
        print_of(tmp_path, "x264", stored[:0], [0])


# What else a film has


def _sounds(folder: Path) -> Joined:
    kinds = [(48000, 1), (44100, 2), (8000, 1), (48000, 6), (48000, 2)]
    paths = []
    for number, (rate, channels) in enumerate(kinds):
        paths.append(folder / f"{number}.flac")
        soundfile.write(paths[-1], click(0.2 + 0.1 * number, rate, 1.0, channels).T, rate)
    return Joined(sounds=tuple(paths), languages=("en", "de-AT", None, "fra", "nl"))


@pytest.mark.parametrize("kind", ["master", "mezzanine", "x264", "svtav1"])
def test_every_sound_is_there_in_time_and_named(tmp_path: Path, kind: str) -> None:
    path = print_of(tmp_path, kind, stored_film(24), [10, 14], extra=_sounds(tmp_path))
    with av.open(str(path)) as container:
        found = [stream.metadata.get("language") for stream in container.streams.audio]
        kinds = [(stream.rate, stream.channels) for stream in container.streams.audio]
    german, dutch = ("ger", "dut") if kind == "mezzanine" else ("deu", "nld")
    assert [name for name in found if name not in (None, "und")] == ["eng", german, "fra", dutch]
    assert kinds == [(48000, 1), (44100, 2), (8000, 1), (48000, 6), (48000, 2)]
    for number, (rate, channels) in enumerate(kinds):
        with av.open(str(path)) as container:
            blocks, begins = [], None
            for frame in container.decode(container.streams.audio[number]):
                begins = frame.pts * frame.time_base if begins is None else begins
                block = frame.to_ndarray()
                block = block.T if frame.format.is_planar else block.reshape(-1, channels)
                scale = 1 if block.dtype.kind == "f" else np.iinfo(block.dtype).max
                blocks.append(block.astype(np.float64) / scale)
        assert begins is not None
        assert abs(float(begins) + onset(np.concatenate(blocks), rate) - (0.2 + 0.1 * number)) < 0.005


@pytest.mark.parametrize("kind", ["master", "mezzanine", "x264"])
@pytest.mark.parametrize(
    ("layout", "channels", "kept"),
    [
        *(("2.1", 3, "2.1"), ("3.0", 3, "3.0"), ("4.0", 4, "4.0"), ("7.1(wide)", 8, "7.1(wide)")),
        *(("mono", 1, "mono"), ("stereo", 2, "stereo"), ("quad", 4, "quad"), ("7.1", 8, "7.1")),
        *(("4 channels", 4, "quad"), ("cube", 8, "7.1"), ("", 4, "quad")),
    ],
)
def test_every_channel_keeps_its_loudspeaker(tmp_path: Path, kind: str, layout: str, channels: int, kept: str) -> None:
    # A low tone, which a subwoofer plays as well, in the last channel alone, after a sound in stereo.
    sound = np.zeros((24000, channels), np.float32)
    sound[:, -1] = 0.5 * np.sin(np.arange(24000) / 100)
    soundfile.write(tmp_path / "a.flac", np.zeros((24000, 2)), 48000)
    soundfile.write(tmp_path / "b.flac", sound, 48000)
    sounds = (tmp_path / "a.flac", tmp_path / "b.flac")
    extra = Joined(sounds=sounds, languages=(None, None), layouts=("stereo", layout))
    with av.open(str(print_of(tmp_path, kind, stored_film(12), extra=extra))) as container:
        assert [stream.layout.name for stream in container.streams.audio] == ["stereo", kept]
        resampler = av.AudioResampler(format="flt", layout=kept)
        parts = [part for frame in container.decode(audio=1) for part in resampler.resample(frame)]
        samples = np.concatenate([part.to_ndarray().reshape(-1, channels) for part in parts])
    loud = samples.std(axis=0) > 0.1
    assert loud[-1] and not loud[:-1].any()


@pytest.mark.parametrize("kind", ["master", "mezzanine"])
def test_sound_of_the_master_and_mezzanine_is_lossless(tmp_path: Path, kind: str) -> None:
    truth = np.random.default_rng(0).integers(-(1 << 23), 1 << 23, 48000).astype(np.int32) << 8
    soundfile.write(tmp_path / "a.flac", truth, 48000, subtype="PCM_24")
    path = print_of(tmp_path, kind, stored_film(24), extra=Joined(sounds=(tmp_path / "a.flac",), languages=(None,)))
    with av.open(str(path)) as container:
        got = np.concatenate([frame.to_ndarray().ravel() for frame in container.decode(audio=0)])
    np.testing.assert_array_equal(got, truth)


@pytest.mark.parametrize("kind", ["master", "mezzanine", "x264"])
@pytest.mark.parametrize("seconds", [0.3, 3.0])
def test_sound_shorter_or_longer_than_the_picture_is_kept_whole(tmp_path: Path, kind: str, seconds: float) -> None:
    soundfile.write(tmp_path / "a.flac", click(0.2, 48000, seconds).T, 48000)
    path = print_of(tmp_path, kind, stored_film(24), extra=Joined(sounds=(tmp_path / "a.flac",), languages=(None,)))
    frames, _ = frames_of(path)
    assert len(frames) == 24
    with av.open(str(path)) as container:
        samples = sum(frame.samples for frame in container.decode(audio=0))
    assert abs(samples / 48000 - seconds) < 0.05


@pytest.mark.parametrize("kind", ["master", "mezzanine", "x264", "x265", "svtav1"])
@pytest.mark.parametrize("sar", [Fraction(16, 11), Fraction(8, 9), Fraction(64, 45), Fraction(1)])
@pytest.mark.parametrize("size", [(48, 64), (33, 57)])
def test_the_shape_of_pixels_is_in_every_container(
    tmp_path: Path, kind: str, sar: Fraction, size: tuple[int, int]
) -> None:
    _, video = frames_of(print_of(tmp_path, kind, stored_film(2, size), sar=sar))
    found = Fraction(video.sample_aspect_ratio or 1)
    # Matroska has whole pixels of the screen; FFmpeg is told the shape in numbers up to 255.
    assert abs(found - sar) <= (Fraction(1, 2 * 57) if kind == "master" else Fraction(1, 4000))


@pytest.mark.parametrize("kind", ["master", "mezzanine", "x264", "x265", "svtav1", "changes"])
@pytest.mark.parametrize(
    ("rate", "code"),
    [
        ("25/1", "01:02:03:04"),
        ("30000/1001", "00:59:59;28"),
        ("60000/1001", "00:10:00;04"),
        ("24000/1001", "10:00:00:23"),
        ("18/1", "00:00:10:17"),
    ],
)
def test_the_timecode_is_in_every_container(tmp_path: Path, kind: str, rate: str, code: str) -> None:
    stored = stored_film(2)
    depth = 10 if kind != "changes" else 16
    path = print_of(tmp_path, kind, stored, rate=rate, depth=depth, extra=Joined(timecode=code))
    with av.open(str(path)) as container:
        places = [container.metadata, *(stream.metadata for stream in container.streams)]
    assert code in [value for place in places for key, value in place.items() if key.lower() == "timecode"]


@pytest.mark.parametrize(
    ("code", "before", "after", "expected"),
    [
        ("01:02:03:24", "25/1", "50/1", "01:02:03:48"),
        ("01:00:00;28", "30000/1001", "24000/1001", "01:00:00:22"),
        ("01:01:00;02", "30000/1001", "60000/1001", "01:01:00;04"),
        ("01:01:00:00", "24000/1001", "30000/1001", "01:01:00:00"),
        ("00:00:00:30", "25/1", "25/1", "00:00:00:24"),
        ("no timecode", "25/1", "25/1", None),
    ],
)
def test_a_timecode_at_another_rate_is_the_same_moment(
    code: str, before: str, after: str, expected: str | None
) -> None:
    assert frame_rates.timecode_at_rate(code, Fraction(before), Fraction(after)) == expected


@pytest.mark.parametrize("kind", ["master", "mezzanine", "x264"])
def test_chapters_subtitles_and_metadata_are_carried(tmp_path: Path, kind: str) -> None:
    words = tmp_path / "a.srt"
    words.write_text("1\n00:00:00,100 --> 00:00:00,600\nGrüße; = #1\n\n", encoding="utf-8")
    own = tmp_path / "own.srt"
    own.write_text("1\n00:00:00,200 --> 00:00:00,700\nSalut\n\n")
    extra = Joined(
        subtitles=(Words(path=words, language="de"), Words(path=own, language="fre", title="Titres")),
        chapters=((Fraction(0), Fraction(1, 3), "One; =#\\x"), (Fraction(1, 3), Fraction(1), "Zwei ü")),
        metadata={"title": "A = B; #1", "comment": "line 1", "date": "1922"},
    )
    path = print_of(tmp_path, kind, stored_film(24), [7, 17], extra=extra)
    with av.open(str(path)) as container:
        chapters = container.chapters()
        assert [c["metadata"]["title"] for c in chapters] == ["One; =#\\x", "Zwei ü"]
        assert [round(float(c["start"] * c["time_base"]), 2) for c in chapters] == [0, 0.33]
        assert abs(float(chapters[-1]["end"] * chapters[-1]["time_base"]) - 1) < 0.01
        said = [s.metadata.get("language") for s in container.streams.subtitles]
        assert said in (["deu", "fre"], ["ger", "fre"], ["deu", "fra"], ["ger", "fra"])
        found = {key.lower(): value for key, value in container.metadata.items()}
        assert (found["title"], found["comment"], found["date"]) == ("A = B; #1", "line 1", "1922")
        text = b"".join(bytes(packet) for packet in container.demux(container.streams.subtitles[0])).decode()
        assert "Grüße; = #1" in text


@pytest.mark.parametrize("kind", ["master", "mezzanine", "x264"])
@pytest.mark.parametrize("content", ["", "\n", "\ufeff\r\n"])
def test_empty_subtitles_are_no_stream(tmp_path: Path, kind: str, content: str) -> None:
    (tmp_path / "a.srt").write_text(content, encoding="utf-8")
    path = print_of(
        tmp_path, kind, stored_film(2), extra=Joined(subtitles=(Words(path=tmp_path / "a.srt", language="en"),))
    )
    with av.open(str(path)) as container:
        assert len(container.streams.subtitles) == 0


def test_languages_have_the_names_of_the_container() -> None:
    assert [languages.tag(name, ".mkv") for name in ("en", "DE", "fra", "xx", "", None)] == [
        "eng",
        "deu",
        "fra",
        "und",
        "und",
        "und",
    ]
    recognised = [name for name in whisper.tokenizer.LANGUAGES if len(name) == 2]
    assert all(languages.tag(name, ".mkv") != "und" for name in (*recognised, *languages.UNSPACED))
    assert languages.tag("deu", ".mov") == "ger" and languages.tag("pt-BR", ".mov") == "por"
