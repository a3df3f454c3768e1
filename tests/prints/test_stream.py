"""A stream: playlists for HLS and DASH over the same segments, which hold the print's own frames."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from answerprint.film import groups
from answerprint.film.facts import Colour
from answerprint.film.frame_rates import Retiming
from answerprint.film.shots import from_starts
from answerprint.prints import concatenate, lossy, stream
from answerprint.prints.concatenate import Joined
from answerprint.prints.edition_frames import EditionFrames
from answerprint.prints.encode import Look
from answerprint.prints.lossy import LossyJob, LossyPrint
from answerprint.runtime.errors import FilmError
from films import ffmpeg
from media import click, frames_of, stored_film
from part_files import write_part

LOOK = Look(rate=Fraction(6), sar=Fraction(1), colour=Colour())
FRAMES = 60


def television(folder: Path) -> Path:
    """Ten seconds with sound as a print for televisions."""
    import soundfile

    frames = EditionFrames([write_part(folder / "a.zip", stored_film(FRAMES), 10)], 0)
    cut = groups.of_edition(
        from_starts({20: "cut"}, FRAMES), Retiming(frames=FRAMES, before=LOOK.rate, after=LOOK.rate)
    )
    job = LossyJob(frames=frames, groups=cut, look=LOOK, label="test")
    lossy.encode_part(LossyPrint(codec="television", quality=24), job, folder / "a.piece")
    soundfile.write(folder / "a.flac", click(0.2, 48000, 10).T, 48000)
    extra = Joined(sounds=(folder / "a.flac",), languages=("en",))
    concatenate.join("television", [folder / "a.piece"], folder / "television.mp4", LOOK, extra, "aac")
    return folder / "television.mp4"


def test_both_playlists_show_every_frame_of_the_print(tmp_path: Path) -> None:
    print_ = television(tmp_path)
    (tmp_path / "a.vtt").write_text("WEBVTT\n")
    folder = tmp_path / "out" / "stream"
    stream.write(print_, tmp_path / "a.vtt", folder)
    expected = np.stack([frame.to_ndarray() for frame in frames_of(print_)[0]])
    for name in (stream.MANIFEST, stream.PLAYLIST):
        ffmpeg("-i", folder / name, "-map", "0:v:0", "-c", "copy", tmp_path / f"{name}.mp4")
        np.testing.assert_array_equal(
            np.stack([frame.to_ndarray() for frame in frames_of(tmp_path / f"{name}.mp4")[0]]), expected
        )
    # Segments of at most a group and a bit, and nothing else but playlists and subtitles.
    segments = [path for path in folder.iterdir() if path.name.startswith("chunk-stream0")]
    assert len(segments) >= 3
    assert {path.suffix for path in folder.iterdir()} == {".mpd", ".m3u8", ".m4s", ".vtt"}
    assert [path.name for path in folder.parent.iterdir()] == ["stream"]


def test_a_print_that_cannot_be_read_makes_no_folder(tmp_path: Path) -> None:
    (tmp_path / "television.mp4").write_bytes(b"nothing")
    with pytest.raises(FilmError, match="could not make a stream"):
        stream.write(tmp_path / "television.mp4", None, tmp_path / "out" / "stream")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_silent_film_can_be_streamed(tmp_path: Path) -> None:
    print_ = television(tmp_path)
    ffmpeg("-i", print_, "-an", "-c", "copy", tmp_path / "silent.mp4")
    stream.write(tmp_path / "silent.mp4", None, tmp_path / "stream")
    with av.open(str(tmp_path / "stream" / stream.PLAYLIST)) as container:
        assert [one.type for one in container.streams] == ["video"]
