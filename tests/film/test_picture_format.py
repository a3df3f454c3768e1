"""A picture that changes within a film is never squeezed: the run stops with the time, or ends there."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from answerprint.film import picture_format
from answerprint.film.picture_format import PictureFormat
from answerprint.runtime.errors import FilmError
from films import ffmpeg, interlace, moving_texture, write_frames, write_video
from media import take


def _joined(tmp_path: Path, first: dict[str, Any], second: dict[str, Any]) -> Path:
    parts = []
    for number, kind in enumerate((first, second)):
        width, height = kind.get("size", (96, 64))
        film = moving_texture(30, height, width, 1)
        plain = write_video(tmp_path / f"{number}.mkv", film, 25, "ffv1")
        part = tmp_path / f"{number}.ts"
        shape = ("-aspect", kind["aspect"]) if "aspect" in kind else ()
        encoder = ("-c:v", kind.get("codec", "mpeg2video"), "-pix_fmt", kind.get("format", "yuv420p"), "-b:v", "4M")
        ffmpeg("-i", plain, *encoder, "-bf", 0, *shape, "-output_ts_offset", 1.2 * number, part)
        parts.append(part.read_bytes())
    path = tmp_path / "joined.ts"
    path.write_bytes(b"".join(parts))
    return path


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ({}, {"size": (80, 64)}, "80 wide instead of 96"),
        ({}, {"size": (96, 48)}, "48 high instead of 64"),
        ({"aspect": "4:3"}, {"aspect": "16:9"}, "16:9 instead of 4:3"),
        ({"codec": "libx264"}, {"codec": "libx264", "format": "yuv422p"}, "stored as yuv422p instead of yuv420p"),
        ({"codec": "libx264"}, {"codec": "libx264", "format": "yuv420p10le"}, "stored as yuv420p10le"),
    ],
)
def test_a_change_stops_with_its_time(tmp_path: Path, first: dict[str, Any], second: dict[str, Any], said: str) -> None:
    path = _joined(tmp_path, first, second)
    with pytest.raises(FilmError, match=f"From 0:01.*{said}") as caught:
        take(path, tmp_path)
    assert "Cut the file there" in caught.value.hint
    taken = take(path, tmp_path, accept_damaged=True)
    assert 28 <= taken.row["frames"] <= 30 and said in taken.row["damaged"]


def test_shapes_have_their_usual_names() -> None:
    def of(sar: Fraction | None) -> PictureFormat:
        return PictureFormat(width=720, height=576, pixel_format="yuv420p", sar=sar)

    assert of(Fraction(16, 15)).change(of(Fraction(64, 45))) == "16:9 instead of 4:3"
    assert not of(Fraction(16, 15)).change(of(Fraction(1067, 1000))) and not of(None).change(of(Fraction(64, 45)))
    assert picture_format.sentence("a", 12.7, "b") == "from 0:12 the picture of a is b"


def test_bars_in_front_do_not_hide_fields(tmp_path: Path) -> None:
    film = interlace(moving_texture(60, 64, 96, 1, step=(1.7, 0.4)))
    bars = np.repeat(np.linspace(0, 1, 96, dtype=np.float32)[None, None, :, None], 64, axis=1)
    path = write_video(tmp_path / "a.mkv", np.concatenate([np.repeat(bars, 950, axis=0), film]), 25, "ffv1")
    assert take(path, tmp_path).row["field_order"] == "tff"


def test_noise_in_front_does_not_hide_fields(tmp_path: Path) -> None:
    film = interlace(moving_texture(120, 64, 96, 1, step=(1.7, 0.4)))
    noise = 0.5 + 0.02 * np.random.default_rng(0).standard_normal((400, 64, 96, 1))
    path = write_video(tmp_path / "a.mkv", np.concatenate([noise, film]).clip(0, 1), 25, "ffv1")
    assert take(path, tmp_path).row["field_order"] == "tff"


def test_a_frame_changed_in_place_is_not_restored(tmp_path: Path) -> None:
    folder = write_frames(tmp_path / "reel", moving_texture(4, 48, 64, 1))
    taken = take(folder, tmp_path, rate=Fraction(18))
    assert len(taken.stored()) == 4
    content = bytearray((folder / "0003.png").read_bytes())
    (folder / "0003.png").write_bytes((folder / "0002.png").read_bytes().ljust(len(content), b"\0"))
    with pytest.raises(FilmError, match=r"0003\.png has changed since it was surveyed"):
        taken.stored()
