"""`stages: auto` becomes a file of decisions with reasons, which a person's decisions overrule."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from answerprint.archive import recipe
from answerprint.film.shots import Shot
from answerprint.plan import auto_decisions, chain, config, decisions, film_cut
from answerprint.plan.chain import Chain, Stage
from answerprint.plan.fingerprint_cache import FingerprintCache, Given
from answerprint.plan.suggestions import DYES, Suggestion, suggested, undone
from answerprint.runtime import files
from places import REPOSITORY

DEFAULT = yaml.safe_load((REPOSITORY / "config" / "config.yaml").read_text())
CHAIN = chain.resolve(DEFAULT["editions"], DEFAULT["stages"])
CALM = {
    "weave": 0.0,
    "brightness": 0.4,
    "tint": (),
    "cyan": 1.0,
    "magenta": 1.0,
    "yellow": 1.0,
    "tremor": 0.0,
    "flicker": 0.0005,
    "dirt": 0.00001,
    "stir": 0.01,
    "bold": 0.0,
    "scratches": 0.0,
    "noise": 0.002,
    "dropouts": 0.0,
    "line_jitter": 0.0,
    "torn_lines": 0.0,
    "chroma_shift": 0.0,
    "red_offset": (0.0, 0.0),
    "blue_offset": (0.0, 0.0),
    "cross_colour": 0.0,
    "signal": "",
}


def shot(start: int = 0, **numbers: Any) -> dict[str, Any]:
    """One row of analysis.json."""
    found = CALM | numbers
    return {"start": start, **found, "suggests": [dataclasses.asdict(one) for one in suggested(found, 640)]}


def suggestion(stage: str, **numbers: Any) -> Suggestion | None:
    return next((one for one in suggested(CALM | numbers, 640) if one.stage == stage), None)


def test_repeats_are_handed_to_a_stage_that_is_to_undo_them_and_to_no_other() -> None:
    row = shot()
    row["suggests"] += [dataclasses.asdict(one) for one in undone(["0-24 by 2"])]
    stages = DEFAULT["stages"]
    undoing = {**stages, "interpolate": {**stages["interpolate"], "undo_repeats": True}}
    plain, handed = (
        [
            one
            for one in auto_decisions.decisions([row], chain.resolve(DEFAULT["editions"], used))
            if "interpolate" in one
        ]
        for used in (stages, undoing)
    )
    assert plain == []
    assert [(one["at"], one["interpolate"]) for one in handed] == [(0, {"repeats": ["0-24 by 2"]})]


def test_the_worse_the_damage_the_stronger_the_stage() -> None:
    wild, calm = suggestion("stabilise", weave=8, tremor=6), suggestion("stabilise", weave=1, tremor=1)
    assert wild and calm and wild.options["limit"] > 0.02 and not calm.options
    filthy, dirty = suggestion("clean", dirt=0.02), suggestion("clean", dirt=0.0005)
    assert filthy and dirty and filthy.options["strength"] > 0.5 and "strength" not in dirty.options


def test_what_stirs_explains_spots_and_calls_for_caution() -> None:
    assert suggestion("clean", dirt=0.0009, stir=0.16) is None
    assert suggestion("clean", dirt=0.0009, stir=0.01) is not None
    cautious = suggestion("clean", dirt=0.005, stir=0.16)
    assert cautious and cautious.options["strength"] < 0.5


def test_a_few_bold_spots_are_enough_for_a_careful_repair() -> None:
    assert suggestion("clean", bold=0.05) is None
    few = suggestion("clean", bold=0.4)
    assert few and few.options == {"strength": 0.2} and "0.4 bold" in few.why


def test_faults_of_videotape_suggest_what_repairs_them() -> None:
    dropped = suggestion("clean", dropouts=2.0)
    assert dropped and dropped.options == {"dropouts": True} | dropped.options
    tape = suggestion("video", chroma_shift=2.96, signal="pal", cross_colour=0.03)
    assert tape and tape.options == {"chroma": [3.0, 0.0], "comb": "pal"}
    records = suggestion("video", red_offset=(1.404, -0.5))
    assert records and records.options == {"red": [1.4, -0.5]}
    lines = suggestion("video", line_jitter=0.6, torn_lines=5.0)
    assert lines and lines.options == {"time_base": True, "torn": 5}
    rows = auto_decisions.decisions([shot(red_offset=(1.404, -0.5)), shot(40)], CHAIN)
    assert [row["video"] for row in rows if "video" in row] == [{"red": [1.4, -0.5]}, False]


def test_a_camera_that_only_wanders_is_left_alone() -> None:
    assert suggestion("stabilise", weave=4.4, tremor=0.5) is None


def test_a_picture_that_jumps_is_steadied_however_far_it_wanders_besides() -> None:
    assert suggestion("stabilise", weave=8.7, tremor=1.8)


def test_every_stage_is_decided_with_numbers(tmp_path: Path) -> None:
    rows = auto_decisions.decisions([shot(), shot(40, flicker=0.04)], CHAIN)
    file = tmp_path / auto_decisions.FILE
    file.write_text(auto_decisions.to_yaml(rows))
    decisions.check(file, CHAIN)
    read = decisions.read(file).shots
    assert [(one.at, *one.options) for one in read] == [
        (at, stage) for at in (0, 40) for stage in auto_decisions.ENOUGH
    ]
    assert [one.options["deflicker"] for one in read if "deflicker" in one.options] == [None, {}]
    assert all(any(sign.isdigit() for sign in one.why) for one in read)


def test_clean_stays_where_somebody_marked_what_it_is_to_repair() -> None:
    shots = [{**shot(), "stop": 40}, {**shot(40), "stop": 80}]

    def cleaned(**marks: Any) -> list[Any]:
        return [row["clean"] for row in auto_decisions.decisions(shots, CHAIN, **marks) if "clean" in row]

    assert cleaned() == [False, False]
    assert cleaned(removed=[50]) == [False, {}] and cleaned(matte=True) == [{}, {}]


def test_an_engine_gets_only_options_that_it_knows() -> None:
    @dataclass(frozen=True)
    class Plain:
        strength: float = 1.0

    found = Chain(editions={}, stages={"denoise": Stage(name="denoise", engine="plain", options=Plain())})
    assert [row["denoise"] for row in auto_decisions.decisions([shot(noise=0.05)], found)] == [{}]


def test_grain_is_reduced_only_where_there_is_much_of_it() -> None:
    assert suggestion("denoise", noise=0.02) and not suggestion("denoise", noise=0.01)


def test_options_that_somebody_configured_stay_as_they_are() -> None:
    filthy = [shot(dirt=0.02, weave=8, tremor=6)]

    def suggested_for(stage: str, configured: dict[str, Any]) -> Any:
        rows = auto_decisions.decisions(filthy, CHAIN, configured=configured)
        return next(row[stage] for row in rows if stage in row)

    assert suggested_for("clean", {"clean": {"engine": "motion"}}) == {"strength": 0.65}
    assert suggested_for("clean", {"clean": {"engine": "motion", "strength": 0.2}}) == {}
    assert "limit" in suggested_for("stabilise", {"clean": {"engine": "motion", "strength": 0.2}})


def test_repair_is_decided_shot_by_shot_unless_somebody_says_otherwise(tmp_path: Path) -> None:
    (tmp_path / "film.mkv").write_bytes(b"")
    for values, expected in (({}, True), ({"auto": False}, False)):
        project = config.project([DEFAULT], {**values, "film": "film.mkv"}, tmp_path)
        assert project.values["auto"] is expected


@pytest.mark.parametrize("layer", [{"stages": "auto"}, {"auto": True}])
def test_auto_leaves_the_engines_as_configured(tmp_path: Path, layer: dict[str, Any]) -> None:
    (tmp_path / "film.mkv").write_bytes(b"")
    layers = [DEFAULT, {"auto": False, "stages": {"clean": {"strength": 0.3}}}]
    found = config.project(layers, {**layer, "film": "film.mkv"}, tmp_path)
    assert found.values["auto"] is True
    assert found.chain.stages["clean"].options.strength == 0.3
    assert not config.project(layers, {"film": "film.mkv"}, tmp_path).values.get("auto")


def cut_film(folder: Path) -> None:
    """A folder of results that says how a film of one shot, 20 frames long, is cut."""
    facts = dict.fromkeys(film_cut.PIXEL_FACTS, "same") | {
        "rate": "18/1",
        "frames": 20,
        "working_depth": 10,
        "height": 48,
        "width": 64,
    }
    files.write_json(folder / film_cut.FACTS, facts)
    files.write_json(folder / film_cut.PARTS, [{"first": 0, "stop": 20}])
    files.write_json(folder / film_cut.DETECTED, [dataclasses.asdict(Shot(start=0, stop=20))])


def test_a_persons_decision_wins_and_what_is_not_resolved_yet_is_waited_for(tmp_path: Path) -> None:
    cut_film(tmp_path)
    own = tmp_path / "film.yaml"
    own.write_text("shots: [{at: 7, denoise: {keep_grain: 0.6}, why: meant to be grainy}]")
    cache, given = FingerprintCache(CHAIN), Given(folder=str(tmp_path), decisions=own)
    with pytest.raises(FileNotFoundError) as caught:
        cache.of(given, resolved=True)
    assert caught.value.filename == f"{tmp_path}/{auto_decisions.FILE}"
    (tmp_path / auto_decisions.FILE).write_text(
        auto_decisions.to_yaml(auto_decisions.decisions([shot(noise=0.05, flicker=0.04)], CHAIN))
    )
    resolved, configured = cache.of(given, resolved=True), cache.of(given)
    denoise, deflicker, clean = (
        resolved.stage("restored", stage, 0).spans[0].options for stage in ("denoise", "deflicker", "clean")
    )
    assert denoise and denoise["keep_grain"] == 0.6
    assert deflicker is not None and clean is None
    assert configured.stage("restored", "clean", 0).spans[0].options is not None
    assert configured.ingest(0) == resolved.ingest(0)


FADED = [shot(cyan=0.4, magenta=1.0, yellow=0.6)]


@pytest.mark.parametrize(
    ("configured", "said", "left"),
    [
        ({}, "references: ['3=postcard.png']", [0, 0, 0]),
        ({}, "stock: eastman_to_1982, cyan: 0.5", [0.5, 0, 0]),
        ({"stock": "agfa_orwo", "yellow": 0.7}, "strength: 0.8", [0, 0, 0.7]),
        ({"references": ["3=postcard.png"]}, "stock: any", [0, 0, 0]),
        ({"references": ["30=postcard.png"]}, "magenta: 0.9", [0.4, 0.9, 0.6]),
        ({}, "uneven: false", [0.4, 1, 0.6]),
    ],
)
def test_dyes_are_measured_by_the_picture_or_stock_that_a_person_names(
    configured: dict[str, Any], said: str, left: list[float], tmp_path: Path
) -> None:
    engines = {**DEFAULT["stages"], "dyes": {"engine": "density", **configured}}
    steered = chain.resolve(DEFAULT["editions"], engines)
    cut_film(tmp_path)
    rows = auto_decisions.decisions(FADED, steered, configured=engines)
    (tmp_path / auto_decisions.FILE).write_text(auto_decisions.to_yaml(rows))
    own = tmp_path / "film.yaml"
    own.write_text(f"shots: [{{at: 7, dyes: {{{said}}}, why: I know it}}]")
    film = FingerprintCache(steered).of(Given(folder=str(tmp_path), decisions=own), resolved=True)
    options = film.stage("restored", "dyes", 0).spans[0].options
    assert options and [options[dye] for dye in DYES] == left


def test_a_recipe_holds_no_dye_shares_that_a_persons_reference_takes_the_place_of(tmp_path: Path) -> None:
    (tmp_path / auto_decisions.FILE).write_text(auto_decisions.to_yaml(auto_decisions.decisions(FADED, CHAIN)))
    own = tmp_path / "film.yaml"
    own.write_text("shots: [{at: 7, dyes: {references: ['3=postcard.png']}, why: a postcard}]")
    (first,) = (row for row in automatic_rows(tmp_path, own) if "dyes" in row)
    assert first["dyes"] == {}


def automatic_rows(folder: Path, own: Path) -> list[dict[str, Any]]:
    """The rows of `stages: auto` in the recipe of a film of one shot."""
    given: Any = SimpleNamespace(
        resolved=folder / auto_decisions.FILE,
        decisions=own,
        shots=[{"start": 0, "stop": 20, "transition": "cut"}],
        chain=CHAIN,
    )
    return recipe._automatic(given)


def test_a_recipe_holds_what_auto_resolved_to(tmp_path: Path) -> None:
    (tmp_path / auto_decisions.FILE).write_text(auto_decisions.to_yaml(auto_decisions.decisions([shot()], CHAIN)))
    own = tmp_path / "film.yaml"
    own.write_text("shots: [{at: 7, denoise: {keep_grain: 0.6}, why: grainy}]\nspeakers: {names: {Person 1: Ann}}\n")
    row = recipe._decided(automatic_rows(tmp_path, own), own)
    assert [list(one)[1] for one in row["shots"]] == [*auto_decisions.ENOUGH, "denoise"]
    assert row["speakers"] == {"names": {"Person 1": "Ann"}}


def test_a_lift_of_dark_film_is_suggested_within_its_noise_but_never_decided() -> None:
    lifts = [suggestion("grade", brightness=0.06, noise=noise) for noise in (0.002, 0.02, 0.04)]
    assert [one.options["lift"] if one else None for one in lifts] == [4.0, 2.0, None]
    assert suggestion("grade", brightness=0.3) is None
    assert all("grade" not in row for row in auto_decisions.decisions([shot(brightness=0.06)], CHAIN))
