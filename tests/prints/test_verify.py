"""Checks: good prints pass, and every broken invariant is found."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import soundfile

from answerprint.film.facts import Colour
from answerprint.frames import part_file
from answerprint.prints import concatenate, encode, verify
from answerprint.prints.concatenate import Joined, Words
from answerprint.prints.encode import Look
from answerprint.prints.framemd5 import FrameMD5
from answerprint.prints.verify import Expected
from answerprint.runtime.errors import FilmError
from films import ffmpeg, moving_texture
from media import click

CONTAINERS = {"master": "mkv", "mezzanine": "mov", "x264": "mp4", "x265": "mp4", "svtav1": "mp4", "changes": "mkv"}
FRAMES = 24
TAGS = Colour(primaries="smpte170m", transfer="smpte170m", matrix="smpte170m", range="tv")
LOOK = Look(rate=Fraction(25), sar=Fraction(16, 15), colour=TAGS)


@dataclass(frozen=True)
class Print:
    path: Path
    expected: Expected

    def broken(self, path: Path | None = None, **changes: Any) -> set[str]:
        """Which invariants do not hold."""
        found = verify.examine(path or self.path, replace(self.expected, **changes))
        return {row.name.partition(": ")[2].partition(" (")[0] for row in found if not row.passed}


def _make(
    folder: Path, kind: str, *, look: Look = LOOK, size: tuple[int, int] = (48, 64), channels: int = 3, sounds: int = 2
) -> Print:
    changes = kind == "changes"
    stored = part_file.to_integers(moving_texture(FRAMES, *size, channels), 10)
    if changes:
        stored = stored[:, :1]
    pieces = [folder / f"{kind}0.piece", folder / f"{kind}1.piece"]
    for piece, part in zip(pieces, (stored[:10], stored[10:]), strict=True):
        encode.piece(kind, iter(part), piece, look, 16 if changes else 10, 18 if kind.startswith(("x", "s")) else None)
    paths = []
    for number in range(0 if changes else sounds):
        paths.append(folder / f"{number}.flac")
        soundfile.write(paths[-1], click(0.3, (48000, 8000)[number], 1.0).T, (48000, 8000)[number])
    words = folder / "a.srt"
    words.write_text("1\n00:00:00,100 --> 00:00:00,600\nHello\n\n")
    extra = Joined(
        sounds=tuple(paths),
        languages=("en", "fr")[: len(paths)],
        subtitles=() if changes else (Words(path=words, language="en"),),
        chapters=((Fraction(0), Fraction(1, 2), "One"), (Fraction(1, 2), Fraction(24, 25), "Two")),
        timecode="01:00:00:10",
    )
    path = folder / f"{kind}.{CONTAINERS[kind]}"
    concatenate.join(kind, pieces, path, look, extra, {"master": "flac", "mezzanine": "pcm_s24le"}.get(kind, "aac"))
    expected = Expected(
        codec=kind,
        look=look,
        frames=FRAMES,
        width=size[1],
        height=size[0],
        channels=1 if changes else channels,
        depth=16 if changes else 10,
        sounds=len(paths),
        subtitles=0 if changes else 1,
        chapters=2,
        timecode="01:00:00:10",
        digests=tuple(map(part_file.digest, stored)) if kind == "master" else (),
        sound_lengths=(Fraction(1),) * len(paths),
    )
    return Print(path, expected)


@pytest.fixture(scope="module")
def prints(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Print]:
    made: dict[str, Print] = {}

    def get(kind: str) -> Print:
        if kind not in made:
            made[kind] = _make(tmp_path_factory.mktemp(kind), kind)
        return made[kind]

    return get


@pytest.mark.parametrize("kind", list(CONTAINERS))
def test_a_good_print_passes(prints: Callable[[str], Print], kind: str) -> None:
    assert prints(kind).broken() == set()


@pytest.mark.parametrize("kind", list(CONTAINERS))
@pytest.mark.parametrize("rate", ["24000/1001", "29/1", "60000/1001"])
def test_good_prints_pass_at_any_rate_size_and_without_sound(tmp_path: Path, kind: str, rate: str) -> None:
    look = Look(rate=Fraction(rate), sar=Fraction(8, 9), colour=Colour())
    made = _make(tmp_path, kind, look=look, size=(33, 57), channels=1, sounds=0)
    assert made.broken() == set()


def _remuxed(made: Print, folder: Path, *arguments: object, inputs: tuple[object, ...] = ()) -> Path:
    path = folder / made.path.name
    ffmpeg("-i", made.path, *inputs, "-map", "0:v", "-map", "0:a?", "-map", "0:s?", "-c", "copy", *arguments, path)
    return path


@pytest.mark.parametrize(
    ("arguments", "broken"),
    [
        (["-an"], {"sound streams"}),
        (["-sn"], {"subtitle streams"}),
        (["-map_chapters", "-1"], {"chapters"}),
        (["-metadata:s:v", "timecode=01:00:00:11"], {"timecode"}),
        (["-aspect", "4:1"], {"sample aspect"}),
        (["-frames:v", "23"], {"frames", "duration", "length in the header"}),
        (["-bsf:v", "setts=pts=PTS+gt(N\\,11)*20:dts=DTS+gt(N\\,11)*20"], {"a frame's time off the ledger, at most"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_print_that_lost_something_fails(
    prints: Callable[[str], Print], tmp_path: Path, arguments: list[str], broken: set[str]
) -> None:
    made = prints("master")
    found = made.broken(_remuxed(made, tmp_path, *arguments))
    assert found >= broken and len(found - broken) <= 2, found


@pytest.mark.parametrize("kind", ["master", "mezzanine", "x264"])
@pytest.mark.parametrize("offset", [0.1, -0.1])
def test_sound_off_the_picture_fails(prints: Callable[[str], Print], tmp_path: Path, kind: str, offset: float) -> None:
    made = prints(kind)
    path = tmp_path / made.path.name
    ffmpeg(
        "-i",
        made.path,
        "-itsoffset",
        offset,
        "-i",
        made.path,
        "-map",
        "0:v",
        "-map",
        "1:a",
        "-map",
        "0:s",
        "-c",
        "copy",
        path,
    )
    assert made.broken(path) & {"sound 0 against picture", "length of sound 0"}


@pytest.mark.parametrize("kind", ["master", "mezzanine", "x264"])
def test_sound_that_was_cut_fails(prints: Callable[[str], Print], tmp_path: Path, kind: str) -> None:
    made = prints(kind)
    path = tmp_path / made.path.name
    codec = {"master": "flac", "mezzanine": "pcm_s24le", "x264": "aac"}[kind]
    ffmpeg(
        "-i",
        made.path,
        "-map",
        "0:v",
        "-map",
        "0:a",
        "-map",
        "0:s",
        "-c",
        "copy",
        "-c:a",
        codec,
        "-af",
        "atrim=end=0.5",
        path,
    )
    assert {"length of sound 0", "length of sound 1"} <= made.broken(path)


def test_a_pixel_that_is_not_the_working_frame_s_fails(prints: Callable[[str], Print]) -> None:
    made = prints("master")
    digests = list(made.expected.digests)
    swapped = [*digests[:5], digests[6], digests[5], *digests[7:]]
    assert made.broken(digests=tuple(swapped)) == {"frames that differ from the working files"}
    assert made.broken(digests=("0" * 32, *digests[1:])) == {"frames that differ from the working files"}


@pytest.mark.parametrize(
    ("changes", "broken"),
    [
        ({"frames": FRAMES + 1}, {"frames", "duration", "length in the header"}),
        ({"width": 66}, {"size"}),
        ({"height": 50}, {"size"}),
        ({"channels": 1}, set()),
        ({"sounds": 3}, {"sound streams"}),
        ({"subtitles": False}, {"subtitle streams"}),
        ({"chapters": 1}, {"chapters"}),
        ({"timecode": "01:00:00;10"}, {"timecode"}),
        ({"look": replace(LOOK, rate=Fraction(24))}, {"rate", "duration"}),
        ({"look": replace(LOOK, rate=Fraction(25000, 1001))}, {"rate"}),
        ({"look": replace(LOOK, sar=Fraction(1))}, {"sample aspect"}),
        ({"look": replace(LOOK, colour=replace(TAGS, primaries="bt709"))}, {"colour primaries"}),
        ({"look": replace(LOOK, colour=replace(TAGS, transfer="bt709"))}, {"colour transfer"}),
        ({"look": replace(LOOK, colour=replace(TAGS, matrix="bt709"))}, {"colour matrix"}),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else ", ".join(sorted(value)),
)
@pytest.mark.parametrize("kind", ["mezzanine", "x264"])
def test_every_fact_is_compared(
    prints: Callable[[str], Print], kind: str, changes: dict[str, Any], broken: set[str]
) -> None:
    found = prints(kind).broken(**changes)
    assert found >= broken and bool(found) == bool(broken), found


@pytest.mark.parametrize("kind", ["master", "mezzanine", "x264"])
def test_another_codec_s_print_fails(prints: Callable[[str], Print], kind: str) -> None:
    other = {"master": "x264", "mezzanine": "master", "x264": "mezzanine"}[kind]
    assert "pixel format" in prints(other).broken(codec=kind)


def test_a_print_that_cannot_be_read_is_one_sentence(prints: Callable[[str], Print], tmp_path: Path) -> None:
    made = prints("x264")
    for content in (b"", b"no print", made.path.read_bytes()[:300]):
        path = tmp_path / "x264.mp4"
        path.write_bytes(content)
        with pytest.raises(FilmError):
            verify.examine(path, made.expected)


@pytest.mark.parametrize("kind", ["master", "x264", "mezzanine"])
def test_a_damaged_print_fails(prints: Callable[[str], Print], tmp_path: Path, kind: str) -> None:
    made = prints(kind)
    content = bytearray(made.path.read_bytes())
    for place in range(len(content) // 3, len(content) * 2 // 3, 97):
        content[place] ^= 0x5A
    path = tmp_path / made.path.name
    path.write_bytes(bytes(content))
    with suppress(FilmError):
        assert made.broken(path)


def test_a_broken_invariant_stops_the_run_with_its_name(prints: Callable[[str], Print]) -> None:
    made = prints("x264")
    good = verify.examine(made.path, made.expected)
    verify.require(good, "film", Path("results/film/restored"))
    assert verify.to_json(good)["passed"]
    bad = verify.examine(made.path, replace(made.expected, chapters=5))
    with pytest.raises(FilmError, match=r"x264\.mp4: chapters should be 5 and is 2"):
        verify.require(bad, "film", Path("results/film/restored"))
    assert not verify.to_json(bad)["passed"]


def test_the_sums_of_a_masters_frames_are_those_that_ffmpeg_says(
    prints: Callable[[str], Print], tmp_path: Path
) -> None:
    made = prints("master")
    with FrameMD5(tmp_path / "own.framemd5", LOOK.rate) as sums:
        verify.require(verify.examine(made.path, made.expected, sums.add), "film", Path("results/film/restored"))
    ffmpeg("-i", made.path, "-map", "0:v", "-f", "framemd5", tmp_path / "theirs.framemd5")
    own, theirs = (
        [line.split() for line in (tmp_path / f"{who}.framemd5").read_text().splitlines() if line[0] != "#"]
        for who in ("own", "theirs")
    )
    assert len(own) == FRAMES and own == theirs
