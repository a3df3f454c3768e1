"""A restoration can be reproduced from its recipe alone; where it differs, the first frame that does is named."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import yaml

import films
from answerprint.archive import recipe, reproduce
from answerprint.engines import models
from answerprint.plan import chain
from answerprint.runtime.errors import FilmError
from answerprint.runtime.files import sha256
from places import REPOSITORY
from runs import ONE_PRINT, PLAIN, Run


def digests(frames: int, of: str = "a") -> list[str]:
    return [f"{of}{index:07x}{'0' * 24}" for index in range(frames)]


def record(stage: str, part: int, made: list[str]) -> dict[str, Any]:
    return {"edition": "restored", "stage": stage, "part": part, "digests": made}


def published(*records: dict[str, Any]) -> dict[str, Any]:
    source = {"sha256": "ab" * 32, "file": "reel.mkv", "kind": "video"}
    return {"film": "reel", "source": source, "configuration": {}, "frames": recipe._frames(list(records))}


TWO = (record("clean", 0, digests(5)), record("clean", 1, digests(5, "b")), record("denoise", 0, digests(10, "c")))


def test_the_same_frames_in_other_parts_are_the_same() -> None:
    again = [record("clean", 0, [*digests(5), *digests(5, "b")]), record("denoise", 0, digests(10, "c"))]
    assert reproduce.first_difference(published(*TWO), again) is None


def test_the_first_frame_that_differs_is_named_by_stage_and_part() -> None:
    other = [*digests(5), *digests(5, "b")]
    other[7] = other[9] = "f" * 32
    again = [record("clean", 0, other), record("denoise", 0, digests(10, "d"))]
    found = reproduce.first_difference(published(*TWO), again)
    assert found == reproduce.Difference(edition="restored", stage="clean", part=1, frame=7, frames=2)


@pytest.mark.parametrize("length", [9, 11])
def test_a_frame_too_few_or_too_many_is_a_difference(length: int) -> None:
    again = [record("clean", 0, [*digests(5), *digests(5, "b")]), record("denoise", 0, digests(length, "c"))]
    found = reproduce.first_difference(published(*TWO), again)
    assert found and (found.stage, found.frame, found.frames) == ("denoise", min(length, 10), 1)


def test_what_differs_around_the_frames_is_named() -> None:
    row = {
        "source": {"sha256": "a", "file": "one.mkv"},
        "engines": {"clean": {"engine": "motion", "code": "1"}},
        "environment": {"numpy": "2.4", "processor": "X"},
        "shots": [],
    }
    now = {**row, "source": {"sha256": "a", "file": "two.mkv"}, "environment": {"numpy": "2.5", "processor": "X"}}
    now["engines"] = {"clean": {"engine": "motion", "code": "2"}}
    assert reproduce.differing(row, now) == [
        "engine clean/motion (code): 1 then, 2 now",
        "environment numpy: 2.4 then, 2.5 now",
    ]


def master(path: Path, frames: np.ndarray) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=18)
        stream.width, stream.height, stream.pix_fmt = frames.shape[2], frames.shape[1], "gray10le"
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="gray10le")))
        container.mux(stream.encode())
    return path


def test_the_distance_of_two_masters_is_that_of_their_worst_frame(tmp_path: Path) -> None:
    frames = np.full((4, 32, 48), 512, np.uint16)
    again = frames.copy()
    again[2] += 1
    old, new = master(tmp_path / "old.mkv", frames), master(tmp_path / "new.mkv", again)
    found = reproduce.distance("restored", old, new)
    assert found.frame == 2 and found.largest == pytest.approx(1 / 1023)
    assert found.psnr == pytest.approx(20 * np.log10(1023), abs=0.01)
    difference = reproduce.Difference(edition="restored", stage="clean", part=0, frame=2, frames=1)
    reproduce.require(difference, [found], "near")
    with pytest.raises(FilmError, match="not reproduced exactly: 1 frame differs at stage clean of restored"):
        reproduce.require(difference, [found], "exact")
    with pytest.raises(FilmError, match="its distance is unknown"):
        reproduce.require(difference, [], "near")
    again[2] += 3
    found = reproduce.distance("restored", old, master(tmp_path / "far.mkv", again))
    with pytest.raises(FilmError, match="not reproduced nearly"):
        reproduce.require(difference, [found], "near")


def test_keys_beside_a_recipe_that_change_pixels_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FilmError, match="'depth'"):
        reproduce.settings(published(), {"recipe": "r", "source": "s", "depth": 12})


def test_a_film_is_made_again_on_the_device_of_its_recipe_unless_told_otherwise() -> None:
    row = {**published(), "source": {"kind": "video"}, "configuration": {"device": "cuda"}}
    assert reproduce.settings(row, {"recipe": "r", "source": "s"})["device"] == "cuda"
    assert reproduce.settings(row, {"recipe": "r", "source": "s", "device": "cpu"})["device"] == "cpu"


def test_a_recipe_among_results_is_no_file_that_the_run_would_make() -> None:
    row = {**published(), "source": {"kind": "video"}}
    named = {"recipe": "results/reel/recipe.yaml", "reference": "results/reel"}
    values = reproduce.settings(row, {**named, "source": "s"})
    assert {key: values[key] for key in named} == {key: str(Path(path).absolute()) for key, path in named.items()}


def test_a_recipe_of_a_film_with_a_matte_wants_the_matte(tmp_path: Path) -> None:
    row = {**published(), "source": {"kind": "video"}, "matte": {"sha256": "ab" * 32}}
    with pytest.raises(FilmError, match="defect matte, but no matte is given"):
        reproduce.settings(row, {"recipe": "r", "source": "s"})
    assert reproduce.settings(row, {"recipe": "r", "source": "s", "matte": "m"})["matte"] == "m"


def test_a_recipe_of_a_film_with_elements_wants_them_at_their_offsets() -> None:
    others = [
        {"sha256": "ab" * 32, "file": "b.mkv", "offset": -12},
        {"sha256": "cd" * 32, "file": "c.mkv", "offset": None},
    ]
    row = {**published(), "source": {"kind": "video"}, "elements": others}
    with pytest.raises(FilmError, match="Elements given: 1; the film of the recipe has 2") as caught:
        reproduce.settings(row, {"recipe": "r", "source": "s", "elements": "x.mkv"})
    assert "b.mkv, c.mkv" in caught.value.hint
    values = reproduce.settings(row, {"recipe": "r", "source": "s", "elements": "x.mkv | y.mkv"})
    assert values["elements"] == "x.mkv@-12 | y.mkv"
    with pytest.raises(FilmError, match="Elements given: 1; the film of the recipe has 0"):
        reproduce.settings({**row, "elements": []}, {"recipe": "r", "source": "s", "elements": "x.mkv"})


def test_a_recipe_that_tells_frames_apart_otherwise_is_refused(tmp_path: Path) -> None:
    old = tmp_path / "recipe.yaml"
    old.write_text(yaml.safe_dump({**published(), "answerprint": "0.0.9"}))
    with pytest.raises(FilmError, match="by BLAKE2b, this version of answerprint by XXH3-128") as caught:
        reproduce.project(tmp_path / "config.yaml", {"recipe": str(old), "source": "film.mkv"}, tmp_path)
    assert "answerprint 0.0.9" in caught.value.hint


@pytest.mark.parametrize(
    ("source", "rate"),
    [
        ({"rate": "18/1", "pulldown": False}, Fraction(18)),
        ({"rate": "24000/1001", "pulldown": True}, None),
        ({"rate": "1199/50", "kind": "frames", "pulldown": False}, Fraction(1199, 50)),
        ({"rate": "5629499534213120/526133493852627", "pulldown": False}, Fraction(5629499534213120, 526133493852627)),
    ],
)
def test_a_film_runs_again_at_the_rate_that_it_had(
    tmp_path: Path, source: dict[str, Any], rate: Fraction | None
) -> None:
    path = stranger(tmp_path / "recipe.yaml", source={**published()["source"], **source})
    film = films.write_video(tmp_path / "reel.mkv", films.moving_texture(2, 48, 64), rate=25)
    named = {"recipe": str(path), "source": str(film)}
    (again,) = reproduce.project(REPOSITORY / "config" / "config.yaml", named, tmp_path).films.values()
    assert again.rate == rate


@pytest.mark.workflow
def test_a_restoration_is_made_again_from_its_recipe_alone(tmp_path: Path) -> None:
    """In other parts, on another number of cores, with its decision, without its configuration."""
    reel = films.write_video(tmp_path / "reel.mkv", films.moving_texture(18, 48, 64), rate=18)
    stages = (
        "stages: {denoise: {keep_grain: 0.5}}\n"
        "editions:\n"
        "  restored: {stages: [stabilise, deflicker]}\n"
        "  finer: {from: restored, class: repair, stages: [denoise]}\n"
    )
    run = Run(tmp_path / "run", PLAIN + ONE_PRINT + stages, film=reel, editions="restored,finer", parts=3)
    run.decide("reel", "shots: [{at: 5, stabilise: {strength: 0.5}, why: a ship}]")
    run.succeed("results/reel/recipe.yaml")
    published = run.folder / "results" / "reel" / "recipe.yaml"
    row = yaml.safe_load(published.read_text())
    assert row["configuration"]["stages"]["denoise"]["keep_grain"] == 0.5 and row["decisions"]["shots"]

    again = Run(tmp_path / "again", "", recipe=published, source=reel, parts=2)
    said = again.succeed("reproduce", cores=1)
    assert "reel: exact, every frame of every stage" in said

    row["frames"]["finer"]["denoise"]["1"] |= {"digest": "0" * 64, "frames": " ".join(["0" * 8] * 6)}
    row["environment"]["numpy"] = "1.0"
    published.write_text(yaml.safe_dump(row))
    sentence = again.fail("reproduce")
    assert "6 frames differ at stage denoise of finer, the first is frame 6 (part 2)" in sentence
    assert "environment numpy: 1.0 then" in (again.folder / "results/reel_again/reproduction.json").read_text()

    again.values |= {
        "source": films.write_video(tmp_path / "other.mkv", films.moving_texture(12, 48, 64)[::-1], rate=18)
    }
    assert "other.mkv" in again.fail("reproduce")


def stranger(path: Path, **changes: Any) -> Path:
    """A recipe as a stranger may send it."""
    row = {**published(*TWO), "digests": recipe.DIGEST, "configuration": {"parts": "auto"}, **changes}
    path.write_text(yaml.safe_dump(row))
    return path


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"film": "/tmp/escaped"}, "is of a film"),
        ({"film": "../../escaped"}, "is of a film"),
        ({"film": "a\nb"}, "is of a film"),
        ({"film": ["a"]}, "at film"),
        ({"film": ""}, "is of a film"),
        ({"source": {"sha256": "x", "file": "a", "kind": "video"}}, "at source.sha256"),
        ({"source": {}}, "at source"),
        ({"source": {"sha256": "ab" * 32, "file": "a", "kind": "pipe"}}, "at source.kind"),
        ({"source": {"sha256": "ab" * 32, "file": "a", "kind": "video", "rate": "1/0"}}, "at source.rate"),
        ({"configuration": {"decisions": "/etc"}}, "'decisions'"),
        ({"configuration": {"films": "/etc/passwd"}}, "'films'"),
        ({"configuration": {"models": {"mirror": "http://x"}}}, "'models'"),
        ({"configuration": []}, "at configuration"),
        ({"decisions": "x"}, "at decisions"),
        ({"frames": {"../x": {}}}, "at frames"),
        ({"frames": {"restored": {"clean": {"0": 5}}}}, "at frames.restored.clean.0"),
        ({"frames": {"restored": {"clean": {"zero": {"digest": "ab" * 32, "frames": ""}}}}}, "at frames"),
    ],
)
def test_a_recipe_from_a_stranger_is_checked_where_it_is_read(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(FilmError, match=re.escape(said)) as caught:
        recipe.read(stranger(tmp_path / "recipe.yaml", **changes))
    assert "\n" not in caught.value.message


def test_digests_that_look_like_numbers_are_text(tmp_path: Path) -> None:
    part = {"digest": "12" * 32, "frames": "12345e67"}
    path = stranger(tmp_path / "recipe.yaml", frames={"restored": {"clean": {"0": part}}})
    path.write_text(path.read_text().replace("'12345e67'", "12345e67").replace("'0'", "0"))
    assert recipe.read(path)["frames"] == {"restored": {"clean": {"0": part}}}


@pytest.mark.workflow
def test_a_dry_run_of_a_recipe_writes_nothing_outside_and_no_decisions(tmp_path: Path) -> None:
    reel = films.write_video(tmp_path / "reel.mkv", films.moving_texture(4, 48, 64), rate=18)
    for number, film in enumerate((str(tmp_path / "escaped"), "../escaped", "reel")):
        path = stranger(tmp_path / "recipe.yaml", film=film)
        before = {*tmp_path.rglob("*")}
        run = Run(tmp_path / str(number), "", recipe=path, source=reel)
        run.do("--dry-run")
        new = {*tmp_path.rglob("*")} - before
        assert all(run.folder in (one, *one.parents) for one in new)
        assert not (run.folder / "results").exists()


def test_a_recipe_names_every_weight_file_of_an_engine() -> None:
    made = chain.resolve({"restored": {"stages": ["clean"]}}, {"clean": {"engine": "mixed"}})
    named = ("clean-learned", "clean-scratches")
    assert recipe._engine(made, "clean")["weights"] == {name: sha256(models.weight_file(name)) for name in named}
