"""Original pixels come back from a package and the film, to the bit, where they are asked for and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

import films
from answerprint.archive import bagit, recipe, reversion, revert
from answerprint.frames import part_file
from answerprint.plan import chain
from answerprint.prints import change_maps, reprint
from answerprint.prints.change_maps import bit
from answerprint.prints.concatenate import Joined
from answerprint.runtime.errors import FilmError
from answerprint.runtime.files import write_json
from media import click, frames_of, print_of, stored_film, take
from part_files import write_part
from runs import PLAIN, Run

COUNT, HEIGHT, WIDTH = 12, 24, 32
PARTS = [[0, 5], [5, 12]]
SHOTS = [{"start": 0, "stop": 6, "transition": "cut"}, {"start": 6, "stop": 12, "transition": "cut"}]
CHAIN = chain.resolve(
    {
        "restored": {"class": "repair", "stages": ["deflicker", "clean"]},
        "enhanced": {"from": "restored", "class": "enhance", "stages": ["upscale", "faces"]},
        "presented": {"from": "restored", "class": "generate", "stages": ["interpolate"]},
    },
    {
        "deflicker": {"engine": "curve"},
        "clean": {"engine": "motion"},
        "upscale": {"engine": "lanczos", "scale": 2},
        "faces": {"engine": "detail"},
        "interpolate": {"engine": "flow"},
    },
)
SOURCE = stored_film(COUNT, (HEIGHT, WIDTH))


def brighter() -> np.ndarray:
    """The film after its left half was evened in brightness."""
    frames = SOURCE.copy()
    frames[:, :, :, :16] = np.minimum(frames[:, :, :, :16] + (8 << 6), 1023 << 6)
    return frames


def cleaned() -> np.ndarray:
    """That film after spots were repaired, one of them across the middle."""
    frames = brighter()
    for index in range(COUNT):
        frames[index, 0, 4 + index : 9 + index, 12:20] = 512 << 6
    return frames


STAGES = {("source", "ingest"): SOURCE, ("restored", "deflicker"): brighter(), ("restored", "clean"): cleaned()}


def marks() -> np.ndarray:
    """Which stage changed which pixel: uint16 (n, h, w)."""
    deflickered = (STAGES["restored", "deflicker"] != SOURCE)[:, 0] * np.uint16(bit("deflicker"))
    return deflickered | (STAGES["restored", "deflicker"] != STAGES["restored", "clean"])[:, 0] * np.uint16(
        bit("clean")
    )


ROW: dict[str, Any] = {
    "source": {"frames": COUNT},
    "shots": SHOTS,
    "parts": PARTS,
    "frames": {
        "restored": {
            stage: {
                str(number): {
                    "frames": " ".join(digest[: recipe.SHORT] for digest in map(part_file.digest, frames[first:stop]))
                }
                for number, (first, stop) in enumerate(PARTS)
            }
            for (_, stage), frames in STAGES.items()
            if stage != "ingest"
        }
    },
}
"""What a reversion reads of a recipe."""


@dataclass(frozen=True)
class Case:
    """A package, and the frames of every stage made again from the film."""

    package: Path
    folder: Path

    def revert(self, row: Mapping[str, Any] = ROW, **wanted: Any) -> dict[str, Any]:
        asked = reversion.resolve({"edition": "restored", **wanted}, row, CHAIN)
        edition, stage = asked.before
        files = {number: self.folder / edition / stage / f"{number:03d}.zip" for number in reversion.parts(asked, row)}
        job = revert.Reverting(package=self.package, reversion=asked, originals=revert.Originals(asked, row, files))
        return revert.write(job, self.folder / "reverted")

    def frames(self, name: str) -> np.ndarray:
        path = self.folder / "reverted" / name
        return np.stack([values for _, values in reprint.decoded_frames(path, range(COUNT))])


@pytest.fixture
def case(tmp_path: Path) -> Case:
    for (edition, stage), frames in STAGES.items():
        for number, (first, stop) in enumerate(PARTS):
            write_part(tmp_path / edition / stage / f"{number:03d}.zip", frames[first:stop])
    video = films.write_video(tmp_path / "reel.mkv", films.moving_texture(COUNT, HEIGHT, WIDTH), rate=24)
    write_json(tmp_path / "source.json", take(video, tmp_path).row)
    (tmp_path / "words.srt").write_text("1\n00:00:00,100 --> 00:00:00,300\nLook!\n")
    chapters = ((Fraction(0), Fraction(1, 4), "One"), (Fraction(1, 4), Fraction(1, 2), "Two"))
    extra = Joined(chapters=chapters, metadata={"title": "Reel", "comment": "Restored.", "digital_source_type": "x"})
    master = print_of(tmp_path, "master", cleaned(), [5, 7], extra=with_sound(tmp_path, extra))
    legend = {"comment": "Change map.", change_maps.TAG: change_maps.legend(["deflicker", "clean"])}
    map_extra = Joined(chapters=chapters, metadata=legend)
    map_ = print_of(tmp_path, "changes", marks()[:, None], [5, 7], depth=16, extra=map_extra)
    files = {"source.json": tmp_path / "source.json", "restored/master.mkv": master, "restored/changes.mkv": map_}
    bagit.build(tmp_path / "package", files, {"title": "Reel", "film": "reel"}, lambda data, stored: {})
    return Case(tmp_path / "package", tmp_path)


def with_sound(folder: Path, extra: Joined) -> Joined:
    import soundfile

    from answerprint.prints.concatenate import Words

    soundfile.write(folder / "sound.flac", click(0.2, 48000, 0.5).T, 48000)
    words = (Words(path=folder / "words.srt", language="de"),)
    return replace(extra, sounds=(folder / "sound.flac",), languages=("de",), subtitles=words)


@pytest.mark.parametrize(
    ("stage", "before"),
    [("clean", ("restored", "deflicker")), ("deflicker", ("source", "ingest")), ("", ("source", "ingest"))],
)
def test_every_pixel_that_a_stage_changed_is_what_it_was_before_it_and_no_other_pixel_changes(
    case: Case, stage: str, before: tuple[str, str]
) -> None:
    record = case.revert(**({"stage": stage} if stage else {}))
    where = (marks() & (bit(stage) if stage else 255)) != 0
    expected = np.where(where[:, None], STAGES[before], cleaned())
    assert where.any() and not where.all() and record["pixels"] == np.count_nonzero(where)
    np.testing.assert_array_equal(case.frames("master.mkv"), expected)


def test_a_pixel_put_back_is_no_longer_marked_by_the_stage_or_a_later_one(case: Case) -> None:
    case.revert(stage="deflicker")
    both = marks()
    expected = np.where(both & bit("deflicker"), 0, both)
    np.testing.assert_array_equal(case.frames("changes.mkv")[:, 0], expected)
    assert (both & bit("clean")).astype(bool).sum() > (expected & bit("clean")).astype(bool).sum() > 0


def test_a_region_and_a_shot_keep_everything_outside_of_them(case: Case) -> None:
    corners = [[10, 5], [21, 5], [21, 15], [10, 15]]
    case.revert(shot=8, to=10, polygon=corners)
    expected = cleaned()
    expected[6:11, :, 5:16, 10:22] = SOURCE[6:11, :, 5:16, 10:22]
    assert (expected != cleaned()).any()
    np.testing.assert_array_equal(case.frames("master.mkv"), expected)


def test_frames_that_are_not_asked_for_keep_their_bytes(case: Case) -> None:
    case.revert(stage="clean", **{"from": 3, "to": 4})
    old, new = (packets(folder / "master.mkv") for folder in (case.package / "data/restored", case.folder / "reverted"))
    assert len(old) == COUNT and [index for index in range(COUNT) if old[index] != new[index]] == [3, 4]


def packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


def test_sound_subtitles_chapters_and_tags_stay_and_the_print_says_what_was_taken_back(case: Case) -> None:
    case.revert(stage="clean", shot=0)
    with av.open(str(case.package / "data/restored/master.mkv")) as old:
        before = [(stream.type, stream.codec_context.name) for stream in old.streams]
        chapters = len(old.chapters())
    with av.open(str(case.folder / "reverted/master.mkv")) as new:
        tags = {name.lower(): value for name, value in new.metadata.items()}
        assert [(stream.type, stream.codec_context.name) for stream in new.streams] == before and len(before) == 3
        assert new.streams.audio[0].metadata["language"] == new.streams.subtitles[0].metadata["language"] == "deu"
        assert len(new.chapters()) == chapters == 2 and new.streams.video[0].average_rate == 24
    assert tags["comment"] == "Restored. Reverted: stage clean taken back in frames 0 to 5."
    assert tags["title"] == "Reel" and tags["digital_source_type"] == "x"
    frames, _ = frames_of(case.folder / "reverted/master.mkv")
    assert [round(frame.time * 24) for frame in frames] == list(range(COUNT))


def test_a_change_map_names_its_stages_in_itself(case: Case) -> None:
    named = change_maps.stages_of(case.package / "data/restored/changes.mkv")
    assert named == {"deflicker": bit("deflicker"), "clean": bit("clean")}
    case.revert(stage="clean")
    assert change_maps.stages_of(case.folder / "reverted/changes.mkv") == named


def test_another_film_is_noticed_by_pixels_that_nothing_had_changed(case: Case) -> None:
    other = SOURCE.copy()
    other[7, 0, 0, 31] ^= 64
    for number, (first, stop) in enumerate(PARTS):
        write_part(case.folder / "source" / "ingest" / f"{number:03d}.zip", other[first:stop])
    with pytest.raises(FilmError, match="Frame 7 of the print is not the film's where nothing was changed"):
        case.revert()
    assert not (case.folder / "reverted").exists() or not list((case.folder / "reverted").iterdir())


def test_frames_that_the_recipe_does_not_have_are_refused(case: Case) -> None:
    other = brighter()
    other[2] = 0
    write_part(case.folder / "restored" / "deflicker" / "000.zip", other[:5])
    with pytest.raises(FilmError, match="The frames before clean were not reproduced exactly"):
        case.revert(stage="clean")


def test_a_damaged_package_is_refused(case: Case) -> None:
    path = case.package / "data/restored/changes.mkv"
    content = bytearray(path.read_bytes())
    content[-20] ^= 1
    path.write_bytes(content)
    with pytest.raises(FilmError, match=r"changes\.mkv is damaged"):
        case.revert(stage="clean")


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"edition": "best"}, "edition to revert"),
        ({"stage": "denoise"}, "stage of edition restored"),
        ({"edition": "presented"}, "has in-between frames"),
        ({"edition": "enhanced", "stage": "clean"}, "Edition enhanced is enlarged"),
        ({"shot": 12}, "Frame 12 is in no shot"),
        ({"shot": 2, "from": 6}, "There are no frames from 6 to 5"),
        ({"pixels": 3}, "key of revert"),
    ],
)
def test_what_has_no_original_is_refused_with_a_sentence(wanted: dict[str, Any], said: str) -> None:
    with pytest.raises(FilmError, match=said):
        reversion.resolve({"edition": "restored", **wanted}, ROW, CHAIN)


def test_a_stage_after_the_enlargement_can_be_taken_back_in_the_enlarged_print() -> None:
    assert reversion.resolve({"edition": "enhanced", "stage": "faces"}, ROW, CHAIN).before == ("enhanced", "upscale")


@pytest.mark.workflow
def test_a_stage_is_taken_back_from_the_package_and_the_film_alone(tmp_path: Path) -> None:
    """On another machine, so to speak: in another folder, without the results."""
    frames = films.moving_texture(28, 48, 64)
    frames[5, 20:24, 30:35] = 1.0
    reel = films.write_video(tmp_path / "reel.mkv", frames, rate=18)
    settings = (
        "prints: {master: true, mezzanine: false, access: none, changes: true}\n"
        "editions: {restored: {stages: [deflicker, clean]}}\n"
    )
    run = Run(tmp_path / "run", PLAIN + settings, film=reel, editions="restored", parts=2)
    names = ("recipe.yaml", "source.json", "restored/master.mkv", "restored/changes.mkv")
    run.succeed(*(f"results/reel/{name}" for name in names))
    package = tmp_path / "package"
    files = {name: run.folder / "results/reel" / name for name in names}
    bagit.build(package, files, {"title": "Reel", "film": "reel"}, lambda data, stored: {})
    before = np.concatenate(
        [part_frames(run.folder / f"results/reel/restored/deflicker/{part:03d}.zip") for part in range(2)]
    )
    (run.folder / "results").rename(tmp_path / "lost")

    again = Run(tmp_path / "again", "", package=package, source=reel, revert="{edition: restored, stage: clean}")
    said = again.succeed("revert")
    assert "restored: stage clean taken back in frames 0 to 27" in said
    folder = again.folder / "results/reel_again/revert/restored"
    map_ = np.stack([v for _, v in reprint.decoded_frames(package / "data/restored/changes.mkv", range(28))])
    old = np.stack([v for _, v in reprint.decoded_frames(package / "data/restored/master.mkv", range(28))])
    where = (map_ & bit("clean")) != 0
    assert where[5].any()
    new = np.stack([v for _, v in reprint.decoded_frames(folder / "master.mkv", range(28))])
    np.testing.assert_array_equal(new, np.where(where, before, old))
    assert "No package given to revert" in Run(tmp_path / "none", "").fail("revert")


def part_frames(path: Path) -> np.ndarray:
    from answerprint.frames.part_file import Reader

    return np.stack(list(Reader(path)))
