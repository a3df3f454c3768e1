"""Jobs read the files that their rule names and no others, so that they run where only those were brought."""

from __future__ import annotations

import os
import runpy
import shutil
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import bagit
import numpy as np
import pytest

from answerprint.archive import recipe
from answerprint.film import ledger
from answerprint.film.facts import Colour
from answerprint.film.ledger import Ledger
from answerprint.frames import part_file
from answerprint.plan import chain
from answerprint.plan.film_sheet import FilmRow
from answerprint.prints import concatenate, encode
from answerprint.prints.change_maps import bit
from answerprint.prints.concatenate import Joined
from answerprint.prints.encode import Look
from answerprint.runtime.files import read_json, write_json, write_text
from films import moving_texture
from part_files import write_part
from places import REPOSITORY

CHAIN = chain.resolve(
    {
        "restored": {"class": "repair", "stages": ["clean"]},
        "enhanced": {"from": "restored", "class": "enhance", "stages": ["upscale"]},
    },
    {"clean": {"engine": "motion"}, "upscale": {"engine": "lanczos", "scale": 2}},
)
FILM = "results/reel"
FILM_ROW = FilmRow(film="reel", source=Path("/nowhere/The Reel.mov"), editions=("restored", "enhanced"))
FRAMES, HEIGHT, WIDTH = 7, 24, 32
PARTS = [{"first": 0, "stop": 3}, {"first": 3, "stop": 7}]
SHOTS = [{"start": 0, "stop": 7, "transition": "cut"}]
SOURCE: dict[str, Any] = {
    "film": "reel",
    "title": "The Reel",
    "path": "/nowhere/The Reel.mov",
    "sha256": "ab" * 32,
    "kind": "video",
    "width": WIDTH,
    "height": HEIGHT,
    "rate": "18/1",
    "frames": FRAMES,
    "sar": "1/1",
    "field_order": "progressive",
    "pulldown": False,
    "deinterlace": "motion",
    "grey": True,
    "depth": 8,
    "working_depth": 10,
    "pixel_format": "gray",
    "colour": {},
    "timecode": None,
    "start": "0/1",
    "audio": [],
    "chapters": [],
}
STORED = part_file.to_integers(moving_texture(FRAMES, HEIGHT, WIDTH), 10)
LARGE = STORED.repeat(2, axis=2).repeat(2, axis=3)


class Named(SimpleNamespace):
    """Files or values of a job by their names, as Snakemake hands them to a script."""

    def get(self, name: str, default: Any = None) -> Any:
        return vars(self).get(name, default)

    def __getitem__(self, key: str | int) -> Any:
        return vars(self)[key] if isinstance(key, str) else list(self)[key]

    def __iter__(self) -> Iterator[Any]:
        for value in vars(self).values():
            yield from value if isinstance(value, list) else [value]


Script = Callable[..., None]


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Script:
    """Run the script of a rule in an otherwise empty folder, in which the test has put the job's input files."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(REPOSITORY / "scripts"))
    import job

    monkeypatch.setattr(job, "die_with_parent", lambda: None)

    def do(rule: str, input_: Named, output: Named, params: Named, **wildcards: str) -> None:
        there = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
        assert there == {os.path.relpath(path) for path in input_}
        for path in output:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        values = {"film": "reel", **wildcards}
        snakemake = SimpleNamespace(
            rule=rule,
            input=input_,
            output=output,
            params=params,
            log=[f"logs/{rule}.log"],
            wildcards=Named(**values),
            resources={},
        )
        runpy.run_path(str(REPOSITORY / "scripts" / f"{rule}.py"), {"snakemake": snakemake})

    return do


def record(stage: str, part: int, frames: np.ndarray, share: float) -> dict[str, Any]:
    first, stop = PARTS[part].values()
    return {
        "film": "reel",
        "edition": "restored" if stage == "clean" else "enhanced",
        "stage": stage,
        "part": part,
        "first": first,
        "frames": stop - first,
        "engine": {"name": CHAIN.stages[stage].engine, "kind": "repair"},
        "options": [{"start": 0, "stop": FRAMES, "options": {}}],
        "changed": [share] * (stop - first),
        "statistics": {},
        "fingerprint": f"{stage} {part}",
        "finished": "2026-01-02T03:04:05+00:00",
        "digests": [part_file.digest(frame) for frame in frames[first:stop]],
    }


def joined_records(stage: str, frames: np.ndarray, edition: str) -> str:
    path = f"{FILM}/{edition}/join_records/{stage}.json"
    write_json(path, [record(stage, part, frames, 0.1) for part in range(2)])
    return path


def written(path: str, value: Any) -> str:
    """Write JSON, or text as it is; returns the path."""
    write_text(path, value) if isinstance(value, str) else write_json(path, value)
    return path


def test_a_recipe_is_made_from_its_inputs_alone(script: Script) -> None:
    frames = np.arange(FRAMES)
    Path(FILM, "survey").mkdir(parents=True)
    kept = Ledger(frames=frames, ticks=frames, base=18, keys=frames == 0, sums=frames.astype(np.uint32))
    ledger.save(Path(FILM, "survey/ledger.npz"), kept)
    files = Named(
        facts=written(f"{FILM}/survey/facts.json", SOURCE),
        ledger=f"{FILM}/survey/ledger.npz",
        parts=written(f"{FILM}/cut_parts/parts.json", PARTS),
        shots=written(f"{FILM}/shots.json", SHOTS),
        decisions=[written("config/decisions/reel.yaml", "shots: [{at: 2, clean: {strength: 0.3}, why: rain}]\n")],
        resolved=[written(f"{FILM}/stages.yaml", "shots: [{at: 0, clean: false, why: no dirt}]\n")],
        matte=[written(f"{FILM}/matte/facts.json", {"path": "/elsewhere/matte.mkv", "sha256": "cd" * 32})],
        records=[joined_records("clean", STORED, "restored"), joined_records("upscale", LARGE, "enhanced")],
    )
    params = Named(asked=[CHAIN, FILM_ROW], settings={}, decisions=files.decisions)
    script("recipe", files, Named(recipe=f"{FILM}/recipe.yaml"), params)
    made = recipe.read(f"{FILM}/recipe.yaml")
    assert "nowhere" not in str(made) and "elsewhere" not in str(made)
    assert made["source"]["file"] == "The Reel.mov" and made["source"]["ledger"] == recipe.ledger_digest(
        Path(files.ledger)
    )
    # What a person decided comes after what `stages: auto` resolved to, so that it wins.
    assert [one["clean"] for one in made["decisions"]["shots"]] == [False, {"strength": 0.3}]
    assert made["matte"] == {"sha256": "cd" * 32}
    first = [part_file.digest(frame) for frame in STORED[:3]]
    assert made["frames"]["restored"]["clean"]["0"] == {
        "digest": recipe.of_frames(first),
        "frames": " ".join(digest[: recipe.SHORT] for digest in first),
    }
    assert made["engines"]["upscale"]["engine"] == "lanczos" and len(made["engines"]["upscale"]["code"]) == 32


def test_a_package_is_made_from_its_inputs_alone(script: Script) -> None:
    files = Named(
        source=written(f"{FILM}/source.json", SOURCE),
        recipe=written(
            f"{FILM}/recipe.yaml",
            {"answerprint": "0.1.0", "engines": {"clean": {"engine": "motion"}, "upscale": {"engine": "lanczos"}}},
        ),
        kept=[
            f"{FILM}/source.json",
            f"{FILM}/recipe.yaml",
            written(f"{FILM}/report.html", "<p>report</p>"),
            written(f"{FILM}/restored/master.mkv", "restored"),
            written(f"{FILM}/enhanced/master.mkv", "enhanced"),
        ],
        records=[joined_records("clean", STORED, "restored"), joined_records("upscale", LARGE, "enhanced")],
        decided=[written("config/decisions/reel.yaml", "shots: []\n")],
        decisions=["config/decisions/reel.yaml"],
        corrections=[written("config/decisions/reel.csv", "start,text\n")],
    )
    written_by_people = {name: files.get(name) for name in ("decided", "decisions", "corrections")}
    params = Named(asked=[CHAIN, FILM_ROW], **written_by_people)
    script("package", files, Named(bag=f"{FILM}/package/bagit.txt"), params)
    bag = bagit.Bag(f"{FILM}/package")
    bag.validate()
    names = ["corrections.csv", "decisions.yaml", "enhanced/master.mkv", "recipe.yaml", "report.html"]
    assert sorted(bag.payload_files()) == [f"data/{name}" for name in [*names, "restored/master.mkv", "source.json"]]
    premis = Path(FILM, "package/premis.xml").read_text()
    # The enhanced edition shows what was done to the restored one, too.
    cleaned, upscaled = (part for part in premis.split("<premis:event>") if ">modification<" in part)
    assert "data/restored/master.mkv" in cleaned and "data/enhanced/master.mkv" in cleaned
    assert "data/restored/master.mkv" not in upscaled and "data/enhanced/master.mkv" in upscaled


def test_a_part_is_encoded_from_its_inputs_alone(script: Script) -> None:
    specks = np.zeros((4, 1, HEIGHT, WIDTH), np.uint8)
    specks[:, 0, 5, 6] = 1
    folders = {"clean": f"{FILM}/restored/clean", "upscale": f"{FILM}/enhanced/upscale"}
    everywhere = np.ones((4, 1, 2 * HEIGHT, 2 * WIDTH), np.uint8)
    for path, planes, depth in (
        (f"{folders['upscale']}/001.zip", LARGE[3:], 10),
        (f"{FILM}/source/ingest/001.zip", STORED[3:], 10),
        (f"{folders['clean']}/001.changes.zip", specks, 8),
        (f"{folders['upscale']}/001.changes.zip", everywhere, 8),
    ):
        write_part(Path(path), planes, depth)
    files = Named(
        frames=f"{folders['upscale']}/001.zip",
        steps=[f"{folders['upscale']}/001.zip"],
        ingested=f"{FILM}/source/ingest/001.zip",
        changes=[f"{folder}/001.changes.zip" for folder in folders.values()],
        records=[
            written(f"{folders['clean']}/001.json", record("clean", 1, STORED, 0.01)),
            written(f"{folders['upscale']}/001.json", record("upscale", 1, LARGE, 1.0)),
        ],
        facts=written(f"{FILM}/survey/facts.json", SOURCE),
        parts=written(f"{FILM}/cut_parts/parts.json", PARTS),
        shots=written(f"{FILM}/shots.json", SHOTS),
    )
    folder = f"{FILM}/enhanced/encode"
    output = Named(
        **{name: f"{folder}/{name}/001.piece" for name in ("master", "changes")}, stills=f"{folder}/stills/001"
    )
    params = Named(
        prints=["master", "changes"],
        stages=["clean", "upscale"],
        added=["enhanced/upscale"],
        enlarging=[],
        enlargements=[step.step for step in CHAIN.enlargements("enhanced")],
        rate="",
        label="part 2 of 2",
    )
    script("encode", files, output, params, edition="enhanced", part="001")
    np.testing.assert_array_equal(decoded(output.master, "gray10le"), LARGE[3:, 0] >> np.uint16(6))
    # The smaller map is enlarged to the size of the edition.
    expected = np.full((4, 2 * HEIGHT, 2 * WIDTH), bit("upscale"), np.uint16)
    expected[:, 10:12, 12:14] |= bit("clean")
    np.testing.assert_array_equal(decoded(output.changes, "gray16le"), expected)
    stills = read_json(Path(output.stills, "index.json"))
    assert [3 <= still["frame"] < 7 for still in stills] == [True]
    pictures = [(row["edition"], row["stage"]) for row in stills[0]["pictures"]]
    assert pictures == [("source", "ingest"), ("enhanced", "upscale")]
    assert Path(output.stills, stills[0]["pictures"][1]["file"]).is_file()
    # 2 x 2 of the pixels of each of 4 frames were cleaned, and all were enlarged.
    assert read_json(Path(output.stills, "census.json")) == {
        "0": {str(bit("upscale")): 4 * (4 * HEIGHT * WIDTH - 4), str(bit("upscale") | bit("clean")): 16}
    }


def test_lossy_prints_are_encoded_from_the_parts_that_their_groups_reach_into(script: Script) -> None:
    folder = f"{FILM}/restored"
    frames = f"{folder}/clean/001.zip"
    write_part(Path(frames), STORED[PARTS[1]["first"] :], 10)
    files = Named(
        frames=[frames],
        facts=written(f"{FILM}/survey/facts.json", SOURCE),
        parts=written(f"{FILM}/cut_parts/parts.json", PARTS),
        shots=written(f"{FILM}/shots.json", [{"start": 0, "stop": 5}, {"start": 5, "stop": FRAMES}]),
    )
    output = Named(access=f"{folder}/encode_access/access/001.piece", groups=f"{folder}/encode_access/001.json")
    params = Named(
        prints={"access": {"codec": "x264", "quality": 18, "vmaf": 90}},
        enlargements=[],
        rate="",
        lost=(),
        known=[[5, 21]],
        label="part 2 of 2",
    )
    script("encode_access", files, output, params, edition="restored", part="001")
    assert len(decoded(output.access, "gray10le")) == FRAMES - 5
    # The group from frame 0 belongs to the first part; what a recipe says of the other is not searched.
    assert read_json(output.groups) == {"access": [{"start": 5, "stop": FRAMES, "quality": 21, "grain": 0}]}


def test_a_timeline_and_the_decisions_of_its_notes_are_made_from_their_inputs_alone(script: Script) -> None:
    import opentimelineio as otio

    files = Named(
        source=written(f"{FILM}/source.json", SOURCE),
        shots=written(f"{FILM}/shots.json", SHOTS),
        summary=written(f"{FILM}/report/summary.json", {"warnings": ["No speech was found in the sound."]}),
        decisions=[written("config/decisions/reel.yaml", "cuts: {strike: [{frame: 4, why: a flash}]}\n")],
    )
    output = [f"{FILM}/timeline.otio"]
    params = Named(media="restored/master.mkv", decisions=files.decisions)
    script("timeline", files, Named(timeline=output[0]), params)
    timeline = otio.adapters.read_from_file(output[0])
    (clip,) = timeline.find_clips()
    assert [marker.comment for marker in clip.markers] == ["a flash"]
    marked = otio.opentime.TimeRange(otio.opentime.RationalTime(2, 18), otio.opentime.RationalTime(1, 18))
    clip.markers.append(otio.schema.Marker(marked_range=marked, comment="rejected clean: it eats the snow"))
    for folder in ("results", "logs"):
        shutil.rmtree(folder)
    Path(FILM).mkdir(parents=True)
    otio.adapters.write_to_file(timeline, output[0])
    files = Named(timeline=output[0], decisions=[written("config/decisions/reel.yaml", "shots: []\n")])
    script("decisions_from_notes", files, Named(new=f"{FILM}/new.yaml"), Named(by="B. Holm", decisions=files.decisions))
    assert "eats the snow" in Path(f"{FILM}/new.yaml").read_text()


def decoded(path: str, pixel_format: str) -> np.ndarray:
    with av.open(path) as container:
        return np.stack([frame.to_ndarray(format=pixel_format) for frame in container.decode(video=0)])


def master(path: str) -> str:
    """A master of the film as its check wants it; returns the path."""
    look = Look(rate=Fraction(18), sar=Fraction(1), colour=Colour())
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    piece = Path("a.piece")
    encode.piece("master", [encode.Run(frames=iter(STORED))], piece, look, 10)
    one_shot = Joined(chapters=((Fraction(0), Fraction(FRAMES, 18), "Shot 1"),))
    concatenate.join("master", [piece], Path(path), look, one_shot, "flac")
    piece.unlink()
    return path


def check_inputs(frames: np.ndarray) -> Named:
    """What the check of the restored edition reads, where its working files hold these frames."""
    return Named(
        prints=[master(f"{FILM}/restored/master.mkv")],
        records=[joined_records("clean", frames, "restored")],
        source=written(f"{FILM}/source.json", SOURCE),
        shots=written(f"{FILM}/shots.json", SHOTS),
        subtitles=written(f"{FILM}/transcript.srt", ""),
        sound_facts=[],
    )


CHECKED = Named(framemd5=f"{FILM}/restored/master.framemd5", checks=f"{FILM}/restored/check.json")
EDITION = {"name": "restored", "kind": "repair", "steps": (("clean", "motion"),)}
TO_CHECK = Named(codecs=["master"], edition=EDITION, fingerprints=["clean 0", "clean 1"])


def test_prints_are_checked_from_the_inputs_alone(script: Script) -> None:
    script("check", check_inputs(STORED), CHECKED, TO_CHECK, edition="restored")
    assert read_json(CHECKED.checks)["passed"]
    sums = [line for line in Path(CHECKED.framemd5).read_text().splitlines() if line[0] != "#"]
    assert len(sums) == FRAMES


def test_a_print_that_does_not_hold_the_working_frames_is_refused(script: Script) -> None:
    other = STORED.copy()
    other[5] ^= 1 << 6
    with pytest.raises(SystemExit, match="frames that differ from the working files should be 0 and is 1"):
        script("check", check_inputs(other), CHECKED, TO_CHECK, edition="restored")


def test_frames_made_with_other_options_are_not_checked(script: Script) -> None:
    files = Named(
        prints=[written(f"{FILM}/restored/master.mkv", "")],
        records=[joined_records("clean", STORED, "restored")],
        source=written(f"{FILM}/source.json", SOURCE),
    )
    params = Named(codecs=["master"], edition=EDITION, fingerprints=["clean 0", "another"])
    with pytest.raises(SystemExit, match="Part 2 at stage clean of restored was made with other options"):
        script("check", files, Named(checks=f"{FILM}/restored/check.json"), params, edition="restored")
