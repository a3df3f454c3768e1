"""A fingerprint changes with whatever determines the pixels of its part, and with nothing else."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import shutil
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from answerprint.engines import models
from answerprint.film import frame_rates
from answerprint.film.parts import Part
from answerprint.film.shots import Shot, decided, from_starts
from answerprint.plan import chain, decisions, film_fingerprints
from answerprint.plan.chain import Chain
from answerprint.plan.film_cut import FilmCut
from answerprint.plan.film_fingerprints import Fingerprints
from answerprint.plan.fingerprint import ElementPlace, MeasureFingerprint, StageFingerprint
from answerprint.runtime import files
from answerprint.runtime.code_digest import PACKAGE, digest_of
from answerprint.runtime.errors import FilmError

EDITIONS = {
    "restored": {"class": "repair", "stages": ["stabilise", "clean", "denoise"]},
    "coloured": {"from": "restored", "class": "generate", "stages": ["colorize", "interpolate"]},
}
ENGINES: dict[str, dict[str, Any]] = {
    "stabilise": {"engine": "path"},
    "clean": {"engine": "motion"},
    "denoise": {"engine": "motion"},
    "colorize": {"engine": "hints"},
    "interpolate": {"engine": "flow", "rate": "2x"},
}
CHAIN = chain.resolve(EDITIONS, ENGINES)
STEPS = [(edition, stage) for edition, stage in CHAIN.lineage("coloured") if edition != "source"]
DETECTED = from_starts({8: "cut", 15: "cut"}, 22)
PARTS = tuple(Part(first=a, stop=b) for a, b in ((0, 8), (8, 12), (12, 22)))


def fingerprints(folder: Path, text: str = "", *, chain: Chain = CHAIN, **changes: Any) -> Fingerprints:
    """The fingerprints of 22 frames: three shots, of which the middle one lies in the last two parts."""
    path = folder / "film.yaml"
    path.write_text(text)
    decided_on = decisions.read(path)
    cut = FilmCut(
        frames=22, rate=Fraction(18), depth=10, origin="o", parts=PARTS, shots=decided(DETECTED, decided_on.cuts)
    )
    return Fingerprints(dataclasses.replace(cut, **changes), chain, decided_on)


def every(film: Fingerprints) -> dict[tuple[str, int], StageFingerprint]:
    return {(stage, part): film.stage(edition, stage, part) for edition, stage in STEPS for part in range(3)}


def changed(folder: Path, before: str, after: str) -> set[tuple[str, int]]:
    """The (stage, part) whose fingerprints change between two versions of the decisions."""
    return differing(every(fingerprints(folder, before)), every(fingerprints(folder, after)))


def differing(
    one: dict[tuple[str, int], StageFingerprint], other: dict[tuple[str, int], StageFingerprint]
) -> set[tuple[str, int]]:
    """The (stage, part) whose fingerprints differ."""
    assert one.keys() == other.keys()
    return {key for key in one if one[key] != other[key]}


def test_the_same_decisions_give_the_same_fingerprints(tmp_path: Path) -> None:
    text = "shots: [{at: 9, clean: {strength: 0.3}, why: snow}]"
    assert changed(tmp_path, text, text + "\n# a remark\n") == set()


def test_a_shots_options_change_that_stage_and_those_after_it_where_the_shot_lies(tmp_path: Path) -> None:
    stages = ("clean", "denoise", "colorize", "interpolate")
    after = "shots: [{at: 3, clean: {strength: 0.3}, why: snow}]"
    assert changed(tmp_path, "", after) == {(stage, 0) for stage in stages}
    # The shot at frame 9 lies in two parts.
    after = "shots: [{at: 9, clean: {strength: 0.3}, why: snow}]"
    assert changed(tmp_path, "", after) == {(stage, part) for stage in stages for part in (1, 2)}


def test_a_moved_cut_changes_the_parts_of_both_shots_from_the_first_stage_on(tmp_path: Path) -> None:
    assert changed(tmp_path, "", "cuts: {move: [{from: 15, to: 16, why: later}]}") == {
        (stage, part) for _, stage in STEPS for part in (1, 2)
    }


def test_a_stage_left_out_of_a_shot_has_no_options_there(tmp_path: Path) -> None:
    film = fingerprints(tmp_path, "shots: [{at: 9, denoise: false, why: its own grain}]")
    assert [span.options is None for span in film.stage("restored", "denoise", 2).spans] == [True, False]


def test_a_grey_film_stays_one_plane_until_a_shot_is_given_colour(tmp_path: Path) -> None:
    without = fingerprints(tmp_path).stage("coloured", "colorize", 2)
    assert without.output_channels is None and all(span.options is None for span in without.spans)
    assert fingerprints(tmp_path).stage("restored", "clean", 2).spans[0].options is not None
    text = "shots: [{at: 1, colorize: {hints: ['1:0.5,0.5,#a03020']}, why: the poster}]"
    coloured = fingerprints(tmp_path, text).stage("coloured", "colorize", 2)
    assert coloured.output_channels == 3 and all(span.options is not None for span in coloured.spans)
    assert CHAIN.output_channels("coloured") == 3 and CHAIN.output_channels("coloured", {"colorize"}) is None


def test_the_content_of_a_reference_picture_counts_and_its_date_does_not(tmp_path: Path) -> None:
    picture = tmp_path / "still.png"
    picture.write_bytes(b"red")
    text = f"shots: [{{at: 3, colorize: {{references: ['2={picture}']}}, why: a postcard}}]"
    before = every(fingerprints(tmp_path, text))
    os.utime(picture, (1, 1))
    assert every(fingerprints(tmp_path, text)) == before
    picture.write_bytes(b"blue")
    after = every(fingerprints(tmp_path, text))
    assert {key for key in before if before[key] != after[key]} == {("colorize", 0), ("interpolate", 0)}


@pytest.mark.parametrize(
    ("decided", "said"),
    [
        ("colorize: {hints: ['21:0.5,0.5,#a03020']}", "colorize.hints for frame 21"),
        ("colorize: {hints: [{frame: 21, x: 0.5, y: 0.5, color: '#a03020'}]}", "colorize.hints for frame 21"),
        ("colorize: {references: {21: still.png}}", "colorize.references for frame 21"),
        ("colorize: {strokes: ['99=still.png']}", "colorize.strokes for frame 99"),
    ],
)
def test_what_a_decision_says_of_a_frame_of_another_shot_is_refused(tmp_path: Path, decided: str, said: str) -> None:
    with pytest.raises(FilmError, match=f"shot at frame 3 has {said}, which lies in another shot"):
        fingerprints(tmp_path, f"shots: [{{at: 3, {decided}, why: x}}]")
    fingerprints(tmp_path, "shots: [{at: 3, colorize: {hints: ['3:0.5,0.5,#a03020']}, why: x}]")


def test_another_option_of_one_shot_changes_only_what_that_shot_reaches(tmp_path: Path) -> None:
    before = "shots: [{at: 3, denoise: {keep_grain: 0.3}, why: x}, {at: 20, denoise: {keep_grain: 0.3}, why: x}]"
    after = before.replace("at: 20, denoise: {keep_grain: 0.3}", "at: 20, denoise: {keep_grain: 0.4}")
    # The shot at frame 20 lies in the last part only.
    assert changed(tmp_path, before, after) == {(stage, 2) for stage in ("denoise", "colorize", "interpolate")}


def test_lost_frames_change_the_part_with_the_gap_and_no_other(tmp_path: Path) -> None:
    assert changed(tmp_path, "", "lost: [{after: 9, frames: 3, sound: leave, why: torn}]") == {("interpolate", 1)}


def test_frames_are_not_lost_across_a_cut(tmp_path: Path) -> None:
    with pytest.raises(FilmError, match="after frame 14 are not inside a shot"):
        every(fingerprints(tmp_path, "lost: [{after: 14, frames: 3, sound: leave, why: torn}]"))


@pytest.mark.parametrize(
    "text",
    [
        "shots: [{at: 9, clean: {strength: 0.3}, why: WHY}]",
        "shots: [{at: 9, clean: false, why: WHY}]",
        "cuts: {add: [{frame: 4, why: WHY}], move: [{from: 15, to: 16, why: WHY}], strike: [{frame: 8, why: WHY}]}",
    ],
)
def test_another_reason_changes_nothing(tmp_path: Path, text: str) -> None:
    old, new = (text.replace("WHY", why) for why in ("snow", "rain"))
    assert changed(tmp_path, old, new) == set()
    assert fingerprints(tmp_path, old).measure("restored", "denoise", 0) == fingerprints(tmp_path, new).measure(
        "restored", "denoise", 0
    )


def test_who_decided_and_what_is_thought_of_the_result_change_nothing(tmp_path: Path) -> None:
    before = "shots: [{at: 9, clean: {strength: 0.3}, why: snow}]"
    after = "shots: [{at: 9, clean: {strength: 0.3}, by: B. Holm, why: snow}]\n"
    after += "reviews: [{at: 9, verdict: rejected, stage: clean, by: B. Holm, why: still snow}]"
    assert changed(tmp_path, before, after) == set()
    assert changed(tmp_path, "", after) != set()


def test_other_code_of_an_engine_changes_its_stage_and_those_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def now() -> tuple[dict[tuple[str, int], StageFingerprint], list[MeasureFingerprint]]:
        film = fingerprints(tmp_path)
        return every(film), [film.measure("restored", stage, 0) for stage in ("stabilise", "denoise")]

    before, measures_before = now()
    code = film_fingerprints.engine_code
    monkeypatch.setattr(
        film_fingerprints, "engine_code", lambda stage, *rest: code(stage, *rest) + "!" * (stage == "denoise")
    )
    after, measures_after = now()
    assert differing(before, after) == {
        (stage, part) for stage in ("denoise", "colorize", "interpolate") for part in range(3)
    }
    assert [a == b for a, b in zip(measures_before, measures_after, strict=True)] == [True, False]


def test_the_code_that_runs_stages_counts_for_every_engine() -> None:
    alone = digest_of("engines.clean.motion")
    assert film_fingerprints.engine_code("clean", "motion") == digest_of("engines.clean.motion", "stages.run") != alone


def test_the_code_that_measures_counts_for_measures(tmp_path: Path) -> None:
    assert fingerprints(tmp_path).measure("restored", "denoise", 0).code == digest_of(
        "engines.denoise.motion", "stages.measure"
    )


@pytest.mark.parametrize("module", ["decisions", "film_fingerprints", "chain", "regions", "film_cut"])
def test_how_decisions_are_read_is_no_part_of_an_engine(tmp_path: Path, module: str) -> None:
    library = shutil.copytree(PACKAGE, tmp_path / "answerprint", ignore=shutil.ignore_patterns("__pycache__"))
    with (library / "plan" / f"{module}.py").open("a") as file:
        file.write("\n\nEXTRA = 1\n")
    modules = ("engines.clean.motion", "stages.run")
    assert digest_of(*modules, package=library) == digest_of(*modules)


def test_the_content_of_weights_counts_and_their_folder_does_not(tmp_path: Path) -> None:
    def with_weights(folder: str, content: bytes) -> dict[tuple[str, int], StageFingerprint]:
        weights = tmp_path / folder / "net.safetensors"
        weights.parent.mkdir(exist_ok=True)
        weights.write_bytes(content)
        engine = {"denoise": {"engine": "learned", "weights": str(weights)}}
        film = fingerprints(tmp_path, chain=chain.resolve(EDITIONS, ENGINES | engine))
        # The option itself names the folder; what is left is the content.
        return {
            key: dataclasses.replace(value, spans=(), before="") if key[0] == "denoise" else value
            for key, value in every(film).items()
            if key[0] in ("stabilise", "clean", "denoise")
        }

    denoise = {("denoise", part) for part in range(3)}
    assert differing(with_weights("a", b"1"), with_weights("a", b"2")) == denoise
    assert differing(with_weights("a", b"1"), with_weights("b", b"1")) == set()


def test_other_weights_change_all_that_comes_after_them(tmp_path: Path) -> None:
    weights = tmp_path / "net.safetensors"
    learned = chain.resolve(EDITIONS, ENGINES | {"denoise": {"engine": "learned", "weights": str(weights)}})
    weights.write_bytes(b"1")
    before = every(fingerprints(tmp_path, chain=learned))
    weights.write_bytes(b"23")
    after = every(fingerprints(tmp_path, chain=learned))
    assert differing(before, after) == {
        (stage, part) for stage in ("denoise", "colorize", "interpolate") for part in range(3)
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        "shots: [{at: 3, clean: false, why: x}, {at: 9, stabilise: {strength: 0.5}, why: x}]",
        "protect: [{polygon: {9: [[1, 2], [30, 2], [30.5, 40]]}, why: x}]\n"
        "remove: [{polygon: {9: [[1, 2], [30, 2], [30, 40]]}, why: x}]",
    ],
)
def test_a_fingerprint_survives_being_written_as_json(tmp_path: Path, text: str) -> None:
    film = fingerprints(tmp_path, text, matte="m")
    stages, measure = every(film).values(), film.measure("restored", "clean", 0)
    assert any(one.marks and one.marks.carriers for one in stages)
    for one in (*stages, measure):
        again = type(one).from_json(json.loads(json.dumps(one.to_json())))
        assert files.digest(again.to_json()) == files.digest(one.to_json())
        assert again.bounds == one.bounds
    for one in stages:
        again = StageFingerprint.from_json(json.loads(json.dumps(one.to_json())))
        assert again.marks is None or again.marks.remove == one.marks.remove
        # JSON has no tuples, which some options are.
        assert [(span.start, span.stop, files.digest(span.options)) for span in again.spans] == [
            (span.start, span.stop, files.digest(span.options)) for span in one.spans
        ]


def test_another_source_changes_every_fingerprint(tmp_path: Path) -> None:
    one, other = fingerprints(tmp_path), fingerprints(tmp_path, origin="another")
    assert all(one.stage(*step, 1) != other.stage(*step, 1) for step in STEPS)
    assert one.ingest(1) != other.ingest(1)


def test_only_a_stage_that_looks_at_neighbours_gets_them(tmp_path: Path) -> None:
    film = fingerprints(tmp_path)
    assert film.stage("coloured", "colorize", 1).bounds == ((8, 12),)
    assert film.stage("restored", "clean", 1).bounds == ((0, 8), (8, 12), (12, 22))
    # An in-between frame at the end of a part needs the first frame of the next one.
    assert film.stage("coloured", "interpolate", 2).bounds == ((8, 12), (12, 22))


def test_measures_do_not_depend_on_the_stages_own_options_of_a_shot(tmp_path: Path) -> None:
    decision = "shots: [{at: 9, denoise: {strength: 0.3}, why: snow}]"
    assert fingerprints(tmp_path).measure("restored", "denoise", 0) == fingerprints(tmp_path, decision).measure(
        "restored", "denoise", 0
    )
    decision = "shots: [{at: 9, clean: {strength: 0.3}, why: snow}]"
    assert fingerprints(tmp_path).measure("restored", "denoise", 0) != fingerprints(tmp_path, decision).measure(
        "restored", "denoise", 0
    )


def test_a_cut_matters_to_the_measures_of_an_engine_that_looks_across_none(tmp_path: Path) -> None:
    editions = {"sharp": {"from": "source", "class": "enhance", "stages": ["denoise", "faces"]}}
    made = chain.resolve(editions, {"denoise": {"engine": "motion"}, "faces": {"engine": "detail"}})
    added = "cuts: {add: [{frame: 6, transition: cut, why: two takes}]}"
    before, after = (fingerprints(tmp_path, text, chain=made) for text in ("", added))
    assert 6 in after.measure("sharp", "faces", 0).cuts and 6 not in before.measure("sharp", "faces", 0).cuts
    assert after.measure("sharp", "denoise", 0).cuts == before.measure("sharp", "denoise", 0).cuts == ()


def test_a_section_is_measured_between_the_parts_beside_it(tmp_path: Path) -> None:
    cut = tuple(Part(first=first, stop=first + 2) for first in range(0, 22, 2))
    made = [fingerprints(tmp_path, parts=cut).measure("restored", "denoise", section) for section in range(3)]
    assert [(one.first, one.stop) for one in made] == [(0, 10), (10, 20), (20, 22)]
    assert [one.bounds[0] for one in made] == [(0, 2), (8, 10), (18, 20)]
    assert [one.bounds[-1] for one in made] == [(10, 12), (20, 22), (20, 22)]


def test_a_stage_that_looks_further_than_a_part_reads_several_beside_it(tmp_path: Path) -> None:
    cut = tuple(Part(first=first, stop=first + 16) for first in range(0, 128, 16))
    film = fingerprints(tmp_path, parts=cut, frames=128, shots=(Shot(start=0, stop=128),))
    assert CHAIN.stages["clean"].radius == 32 and CHAIN.stages["denoise"].radius == 2
    assert film.stage("restored", "clean", 4).bounds == tuple((part.first, part.stop) for part in cut[2:7])
    assert film.stage("restored", "clean", 0).bounds == tuple((part.first, part.stop) for part in cut[:3])
    assert film.stage("restored", "denoise", 4).bounds == tuple((part.first, part.stop) for part in cut[3:6])


def test_a_decision_beyond_the_film_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FilmError, match=r"frame 22, outside the film\. Frames run from 0 to 21"):
        fingerprints(tmp_path, "shots: [{at: 22, clean: false, why: x}]")


def test_frames_made_for_another_fingerprint_are_refused(tmp_path: Path) -> None:
    digest = files.digest(fingerprints(tmp_path).stage("restored", "clean", 1).to_json())
    record = {"edition": "restored", "stage": "clean", "part": 1}
    film_fingerprints.require([digest], [record | {"fingerprint": digest}])
    with pytest.raises(FilmError, match="Part 2 at stage clean of restored was made with other options"):
        film_fingerprints.require([digest], [record | {"fingerprint": "another"}])


@pytest.mark.parametrize("wanted", ["2x", "50", "25", "60000/1001", "16", "0.5x"])
@pytest.mark.parametrize("edges", [(0, 22), (0, 8, 22), (0, 2, 4, 10, 13, 16, 19, 22)])
def test_output_frames_are_made_once_however_the_film_is_cut(wanted: str, edges: tuple[int, ...]) -> None:
    rate = Fraction(18)
    out = frame_rates.out_rate(rate, wanted)
    whole = frame_rates.Retiming(frames=22, before=rate, after=out)
    pieces = {(first, stop): whole.positions(first, stop) for first, stop in pairwise(edges)}
    assert [place for piece in pieces.values() for place in piece] == whole.positions(0, 22)
    assert len(whole.positions(0, 22)) == frame_rates.output_frames(22, rate, out)
    assert all(first <= place < stop for (first, stop), piece in pieces.items() for _, place in piece)


def test_fetching_weights_changes_no_fingerprint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = b"weights"
    entry = models.Entry(
        name="small",
        engine="upscale/spandrel",
        url="https://weights.invalid/small.pth",
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        licence="MIT",
        commercial=True,
        paper="none",
    )
    monkeypatch.setattr(models, "registry", lambda: {"small": entry})
    monkeypatch.setenv("ANSWERPRINT_WEIGHTS", str(tmp_path / "weights"))
    editions = {"enlarged": {"class": "enhance", "stages": ["upscale"]}}
    enlarging = chain.resolve(editions, {"upscale": {"engine": "spandrel", "weights": "small"}})
    before = fingerprints(tmp_path, chain=enlarging).stage("enlarged", "upscale", 0)
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "small.pth").write_bytes(content)
    assert fingerprints(tmp_path, chain=enlarging).stage("enlarged", "upscale", 0) == before


def test_the_shape_of_pixels_counts_for_stages_that_make_them_square(tmp_path: Path) -> None:
    def of(square: bool, aspect: Fraction) -> list[StageFingerprint]:
        editions = EDITIONS | {"square": {"from": "restored", "class": "enhance", "stages": ["upscale", "faces"]}}
        stages = ENGINES | {"upscale": {"engine": "lanczos", "square_pixels": square}, "faces": {"engine": "detail"}}
        film = fingerprints(tmp_path, chain=chain.resolve(editions, stages), pixel_aspect=aspect)
        return [film.stage(*step, 0) for step in (("restored", "denoise"), ("square", "upscale"), ("square", "faces"))]

    assert of(False, Fraction(8, 9)) == of(False, Fraction(1))
    before, upscale, faces = of(True, Fraction(8, 9))
    assert upscale.pixel_aspect == "8/9" and before.pixel_aspect == faces.pixel_aspect == "1"
    others = of(True, Fraction(16, 15))
    assert [one == other for one, other in zip((before, upscale, faces), others, strict=True)] == [True, False, False]


@pytest.mark.parametrize(
    ("values", "asked"),
    [({}, False), ({"slope": [1, 1, 1]}, False), ({"slope": [1, 0.9, 1]}, True), ({"cubes": ["print=x.cube"]}, True)],
)
def test_a_grade_that_asks_for_nothing_is_left_out(values: dict[str, object], asked: bool) -> None:
    graded = chain.resolve({"presented": {"class": "generate", "stages": ["grade"]}}, {"grade": {"engine": "cdl"}})
    shot = decisions.ShotDecision(at=0, options={"grade": values}, why="as printed")
    assert ("grade" in decisions.idle(decisions.Decisions(shots=(shot,)), graded)) != asked
    assert decisions.idle(decisions.Decisions(), graded) == {"grade"}


def place(*runs: tuple[int, int, int], origin: str = "e") -> dict[str, Any]:
    return {"elements": (ElementPlace(origin=origin, runs=runs),)}


def test_only_the_parts_that_see_an_element_change_with_it_from_clean_on(tmp_path: Path) -> None:
    parts = tuple(Part(first=first, stop=first + 40) for first in (0, 40, 80))
    cut = {"frames": 120, "parts": parts, "shots": (Shot(start=0, stop=120),)}
    one = every(fingerprints(tmp_path, **cut, **place((0, 5, 120))))
    other = every(fingerprints(tmp_path, **cut, **place((0, 5, 90), (90, 96, 30))))
    changed = {key for key in one if one[key] != other[key]}
    # Clean reads the parts beside its own; the last part is frames 80 to 119, the one before it 40 to 79.
    assert {part for stage, part in changed if stage == "clean"} == {1, 2}
    assert not {part for stage, part in changed if stage == "stabilise"} and ("denoise", 2) in changed
    assert ("denoise", 0) not in changed


def test_an_element_changes_clean_and_nothing_before_it(tmp_path: Path) -> None:
    without, with_one = every(fingerprints(tmp_path)), every(fingerprints(tmp_path, **place((0, 0, 22))))
    changed = {stage for stage, part in without if without[stage, part] != with_one[stage, part]}
    assert "stabilise" not in changed and {"clean", "denoise"} <= changed


def test_a_fingerprint_with_elements_survives_being_written_as_json(tmp_path: Path) -> None:
    for one in every(fingerprints(tmp_path, **place((0, 5, 4), (6, 9, 10)))).values():
        assert StageFingerprint.from_json(json.loads(json.dumps(one.to_json()))).elements == one.elements
        assert bool(one.elements) == (one.stage == "clean")


def test_the_frames_of_a_part_of_an_element_follow_its_runs(tmp_path: Path) -> None:
    film = fingerprints(tmp_path, **place((0, 5, 10), (10, 30, 12)))
    assert film.element(0, 1) == {"part": 1, "first": 8, "stop": 12, "origin": "e", "runs": ((8, 13, 2), (10, 30, 2))}
