"""Lossy prints: the same frames in any number of parts, each group as good as was asked for, and closed."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from answerprint.film import groups
from answerprint.film.facts import Colour
from answerprint.film.frame_rates import Retiming
from answerprint.film.groups import Group
from answerprint.film.shots import from_starts
from answerprint.frames import part_file
from answerprint.prints import concatenate, encode, lossy, vmaf
from answerprint.prints.concatenate import Joined
from answerprint.prints.edition_frames import EditionFrames
from answerprint.prints.encode import Look
from answerprint.prints.lossy import LossyJob, LossyPrint
from films import moving_texture
from media import frames_of
from part_files import write_part

SIZE = (96, 128)
LOOK = Look(rate=Fraction(8), sar=Fraction(1), colour=Colour())
CUT = 20
NOISE = 0.02
FRAMES = 46
GROUPS = groups.of_edition(
    from_starts({CUT: "cut"}, FRAMES), Retiming(frames=FRAMES, before=LOOK.rate, after=LOOK.rate)
)


def film() -> np.ndarray:
    """A quiet shot and a noisy one, as stored values."""
    quiet = moving_texture(CUT, *SIZE, step=(0.5, 0.3))
    noise = np.random.default_rng(0).normal(0, NOISE, (FRAMES - CUT, *SIZE, 1)).astype(np.float32)
    row, column = np.mgrid[: SIZE[0], : SIZE[1]][..., None] / 40
    moving = np.stack([0.5 + 0.2 * np.sin(column + 0.1 * frame) * np.cos(row) for frame in range(FRAMES - CUT)])
    return part_file.to_integers(np.concatenate([quiet, np.clip(moving + noise, 0, 1).astype(np.float32)]), 10)


def made(folder: Path, print_: LossyPrint, edges: tuple[int, ...], known: dict[int, float] | None = None) -> list[dict]:
    """The groups of a print made in parts with those edges; the print is in the folder."""
    folder.mkdir()
    stored, rows, pieces = film(), [], []
    files = [write_part(folder / f"{a}.zip", stored[a:b], 10) for a, b in pairwise(edges)]
    for number, first in enumerate(edges[:-1]):
        frames = EditionFrames(files[number:], first)
        job = LossyJob(frames=frames, groups=GROUPS, look=LOOK, label="test", known=known or {})
        pieces.append(folder / f"{number}.piece")
        rows += lossy.encode_part(print_, job, pieces[-1])
    concatenate.join(print_.codec, pieces, folder / "print.mp4", LOOK, Joined(), "aac")
    return rows


@pytest.mark.parametrize("codec", ["x264", "television", "x265", "svtav1"])
def test_frames_do_not_depend_on_the_parts(tmp_path: Path, codec: str) -> None:
    print_ = LossyPrint(codec=codec, quality=24)
    shown = []
    for edges in ((0, FRAMES), (0, 7, 9, 30, FRAMES)):
        rows = made(tmp_path / str(len(edges)), print_, edges)
        assert [(row["start"], row["stop"]) for row in rows] == [(g.start, g.stop) for g in GROUPS]
        shown.append([frame.to_ndarray() for frame in frames_of(tmp_path / str(len(edges)) / "print.mp4")[0]])
    assert len(shown[0]) == FRAMES
    np.testing.assert_array_equal(*map(np.stack, shown))


@pytest.mark.parametrize("codec", ["x264", "television", "x265", "svtav1"])
def test_every_group_begins_with_a_frame_that_needs_no_other(tmp_path: Path, codec: str) -> None:
    made(tmp_path / "a", LossyPrint(codec=codec, quality=24), (0, FRAMES))
    path = tmp_path / "a" / "print.mp4"
    with av.open(str(path)) as container:
        keys = [round(p.pts * p.time_base * 8) for p in container.demux(video=0) if p.pts is not None and p.is_keyframe]
    assert {group.start for group in GROUPS} <= set(keys)
    # Fast start: the index comes before the pictures.
    content = path.read_bytes()
    assert 0 < content.find(b"moov") < content.find(b"mdat")


@pytest.mark.parametrize("codec", ["x264", "svtav1"])
def test_every_group_has_the_vmaf_that_was_asked_for(tmp_path: Path, codec: str) -> None:
    rows = made(tmp_path / "a", LossyPrint(codec=codec, quality=18, vmaf=90), (0, FRAMES))
    assert len({row["quality"] for row in rows}) > 1
    chroma = "yuv420p10le"
    reference = [encode.picture(planes, 10, chroma, LOOK.colour) for planes in film()]
    scores = vmaf.measure(tmp_path / "a" / "print.mp4", reference, rate=LOOK.rate).vmaf
    assert len(scores) == FRAMES
    for row in rows:
        own = scores[row["start"] : row["stop"]]
        assert abs(sum(own) / len(own) - 90) < 3


def test_known_qualities_are_not_searched_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    print_ = LossyPrint(codec="x264", quality=18, vmaf=90)
    found = {row["start"]: row["quality"] for row in made(tmp_path / "a", print_, (0, FRAMES))}

    def never(*arguments: object, **named: object) -> None:
        raise AssertionError("measured")

    monkeypatch.setattr(vmaf, "measure", never)
    made(tmp_path / "b", print_, (0, 11, FRAMES), known=found)
    assert (tmp_path / "a" / "print.mp4").read_bytes() == (tmp_path / "b" / "print.mp4").read_bytes()


@pytest.mark.parametrize("codec", ["x264", "x265", "svtav1"])
def test_a_ceiling_holds_back_a_shot_of_noise(tmp_path: Path, codec: str) -> None:
    free = LossyPrint(codec=codec, quality=10)
    made(tmp_path / "free", free, (0, FRAMES))
    made(tmp_path / "held", replace(free, max_bitrate=100), (0, FRAMES))

    def kilobits(name: str) -> float:
        with av.open(str(tmp_path / name / "print.mp4")) as container:
            sizes = {packet.pts * packet.time_base: packet.size for packet in container.demux(video=0) if packet.size}
        return sum(size for time, size in sizes.items() if time * 8 >= CUT) * 8 / 1000 / ((FRAMES - CUT) / 8)

    assert kilobits("free") > 200 and kilobits("held") <= 100


def test_grain_that_is_described_takes_fewer_bits_and_is_drawn_again(tmp_path: Path) -> None:
    kept = LossyPrint(codec="svtav1", quality=16)
    made(tmp_path / "kept", kept, (0, FRAMES))
    rows = made(tmp_path / "described", replace(kept, grain="auto"), (0, FRAMES))
    assert [30 <= row["grain"] <= 50 for row in rows] == [group.start >= CUT for group in GROUPS]
    sizes = {name: (tmp_path / name / "print.mp4").stat().st_size for name in ("kept", "described")}
    assert sizes["described"] < 0.7 * sizes["kept"]
    frames, _ = frames_of(tmp_path / "described" / "print.mp4")
    drawn = np.stack([frame.to_ndarray()[: SIZE[0]].astype(float) for frame in frames[CUT:]])
    # Of 10 bits, black is 64 and white 940. Noise differs between frames, and the picture hardly.
    noise = np.diff(drawn, axis=0).std() / np.sqrt(2) / 876
    assert 0.5 * NOISE < noise < 1.3 * NOISE


def test_av1_that_is_to_have_a_vmaf_describes_its_grain_unless_told_otherwise() -> None:
    wanted = {"codec": "svtav1", "quality": 18, "vmaf": 95}
    assert LossyPrint.of(wanted).grain == "auto" and LossyPrint.of({**wanted, "grain": 0}).grain == 0
    assert LossyPrint.of({**wanted, "codec": "x264"}).grain == 0 and LossyPrint.of({**wanted, "vmaf": None}).grain == 0


def test_a_picture_too_large_for_a_television_is_reduced_in_its_own_shape(tmp_path: Path) -> None:
    large = np.full((2, 1, 1500, 3000), 512 << 6, np.uint16)
    frames = EditionFrames([write_part(tmp_path / "a.zip", large, 10)], 0)
    job = LossyJob(frames=frames, groups=[Group(start=0, stop=2)], look=LOOK, label="test")
    lossy.encode_part(LossyPrint(codec="television", quality=30), job, tmp_path / "a.piece")
    _, video = frames_of(tmp_path / "a.piece")
    assert (video.width, video.height) == (1920, 960) and video.codec_context.profile == "High"
