"""The report is gathered from a film's results, with the reasons that people and the analysis gave."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from answerprint.plan import chain
from answerprint.prints import labels
from answerprint.report import collect, document, report, restoration
from answerprint.report.collect import Results
from answerprint.report.values import Report
from answerprint.runtime.files import write_json, write_text
from reports import SECOND

CHAIN = chain.resolve(
    {"restored": {"class": "repair", "stages": ["clean", "denoise"]}},
    {"clean": {"engine": "motion"}, "denoise": {"engine": "motion"}},
)
SOURCE = {
    **{"film": "reel", "title": "Reel", "path": "reel.mkv", "year": "", "notes": "", "grey": True},
    **{"width": 64, "height": 48, "rate": "18/1", "frames": 20},
}
SHOTS = [{"start": 0, "stop": 8, "transition": "cut"}, {"start": 8, "stop": 20, "transition": "cut"}]
AUTO = """
shots:
- {at: 0, clean: {strength: 0.65}, why: many spots}
- {at: 0, denoise: false, why: hardly any grain}
- {at: 8, clean: false, why: hardly any spots}
- {at: 8, denoise: {keep_grain: 0.3}, why: coarse grain}
"""
PERSON = """
shots:
- {at: 11, clean: {strength: 0.2}, why: it snows}
"""


def record(stage: str, **changes: Any) -> dict[str, Any]:
    values = {
        "edition": "restored",
        "stage": stage,
        "part": 0,
        "first": 0,
        "frames": 20,
        "engine": {
            **{"name": "motion", "kind": "repair", "licence": "MIT", "paper": "", "weights": []},
            **{"warning": None, "output_channels": None},
        },
        "options": [{"start": shot["start"], "stop": shot["stop"], "options": {"strength": 0.5}} for shot in SHOTS],
        "statistics": {},
        "changed": [0.0] * 20,
        "seconds": 1.0,
        "digests": [],
    }
    return values | changes


def results(folder: Path, *, resolved: str = "", decisions: str = "", **other: Any) -> Results:
    """The results of a film without prints, with one part."""
    for name, value in {
        "source.json": SOURCE,
        "shots.json": SHOTS,
        "analysis.json": [],
        "transcript.json": [],
        "clips.json": {},
        "restored/check.json": {"passed": True, "checks": []},
        "clean.json": [record("clean")],
        "denoise.json": [record("denoise")],
    }.items():
        write_json(folder / name, value)
    texts = {"timeline.html": "<svg/>", "recipe.yaml": "digest: abc\nenvironment: {numpy: '2'}\n"}
    for name, text in {**texts, "stages.yaml": resolved, "reel.yaml": decisions}.items():
        write_text(folder / name, text)
    names = {"source": "json", "shots": "json", "analysis": "json", "transcript": "json"}
    names |= {"timeline": "html", "clips": "json"}
    files = {name: folder / f"{name}.{ending}" for name, ending in {**names, "recipe": "yaml"}.items()}
    made = Results(
        folder=folder,
        chain=CHAIN,
        editions=("restored",),
        prints={},
        **files,
        matte=None,
        decisions=folder / "reel.yaml" if decisions else None,
        resolved=folder / "stages.yaml" if resolved else None,
        records=[folder / "clean.json", folder / "denoise.json"],
        stills=[],
    )
    return replace(made, **other)


def reasons(made: Report) -> dict[str, list[str]]:
    """By stage, the reason for the options of each shot."""
    (edition,) = made.editions
    return {one["stage"]: [span["why"] for span in one["options"]] for one in edition.records}


@pytest.mark.parametrize(
    ("files", "clean", "denoise"),
    [
        ({}, ["", ""], ["", ""]),
        ({"decisions": PERSON}, ["", "it snows"], ["", ""]),
        ({"resolved": AUTO}, ["many spots", "hardly any spots"], ["hardly any grain", "coarse grain"]),
        ({"resolved": AUTO, "decisions": PERSON}, ["many spots", "it snows"], ["hardly any grain", "coarse grain"]),
    ],
)
def test_the_reason_for_options_is_the_persons_or_else_the_analysis(
    tmp_path: Path, files: dict[str, str], clean: list[str], denoise: list[str]
) -> None:
    assert reasons(collect.collect(results(tmp_path, **files))) == {"clean": clean, "denoise": denoise}


def test_of_two_decisions_on_one_shot_the_later_one_gives_the_reason(tmp_path: Path) -> None:
    twice = PERSON + "- {at: 19, clean: {strength: 0.1}, why: it still snows}\n"
    assert reasons(collect.collect(results(tmp_path, decisions=twice)))["clean"] == ["", "it still snows"]


def test_the_reasons_are_in_the_report_and_the_analysis_is_not_a_persons_decision(tmp_path: Path) -> None:
    made = collect.collect(results(tmp_path, resolved=AUTO, decisions=PERSON))
    assert [(row["what"], row["where"], row["why"]) for row in made.decisions] == [
        ("shot options (clean: strength 0.2)", "frame 11", "it snows")
    ]
    html = report.render(made)
    assert "it snows" in html and "hardly any grain" in html


def test_a_coloured_picture_is_a_persons_decision_and_the_reason_for_its_shots_options(tmp_path: Path) -> None:
    picture = tmp_path / "0000012.png"
    cv2.imwrite(str(picture), np.zeros((4, 6, 3), np.uint8))
    painted = results(tmp_path, resolved=AUTO, pictures=[picture])
    write_json(tmp_path / "clean.json", [record("colorize")])
    coloured = chain.resolve(
        {"restored": {"class": "generate", "stages": ["colorize"]}}, {"colorize": {"engine": "hints"}}
    )
    made = collect.collect(replace(painted, chain=coloured, records=[tmp_path / "clean.json"]))
    assert [(row["what"], row["where"]) for row in made.decisions] == [
        ("coloured by hand (picture: 0000012.png)", "frame 12")
    ]
    assert reasons(made)["colorize"][1] == "painted in 0000012.png"
    assert "Frame 12: coloured by hand" in document.markdown(restoration.document(made))


def test_a_tint_is_left_out_of_a_coloured_shot_for_another_reason_than_of_one_without(tmp_path: Path) -> None:
    spans = [{"start": shot["start"], "stop": shot["stop"], "options": None} for shot in SHOTS]
    auto = "shots: [{at: 0, tint: {colours: []}, why: toned}, {at: 8, tint: false, why: 0 colours}]"
    given = results(tmp_path, resolved=auto)
    write_json(tmp_path / "clean.json", [record("tint", options=spans)])
    tinting = chain.resolve({"restored": {"class": "repair", "stages": ["tint"]}}, {"tint": {"engine": "curve"}})
    made = collect.collect(replace(given, chain=tinting, records=[tmp_path / "clean.json"]))
    assert reasons(made)["tint"] == ["somebody coloured it", "0 colours"]


def test_weights_that_invent_are_a_warning(tmp_path: Path) -> None:
    stages = {"upscale": {"engine": "spandrel", "weights": "realesrgan-x4plus"}}
    inventing = chain.resolve({"restored": {"class": "generate", "stages": ["upscale"]}}, stages)
    (warning,) = collect.collect(results(tmp_path, chain=inventing)).warnings
    assert warning.startswith("In edition restored, upscale invented detail with realesrgan-x4plus")
    assert "plastic skin" in warning
    faithful = chain.resolve(
        {"restored": {"class": "enhance", "stages": ["upscale"]}},
        {"upscale": {"engine": "spandrel", "weights": "span-x2-ch48"}},
    )
    assert collect.collect(results(tmp_path, chain=faithful)).warnings == []


def test_what_a_person_should_know_first_is_a_warning(tmp_path: Path) -> None:
    made = results(tmp_path)
    write_json(tmp_path / "source.json", {**SOURCE, "damaged": "ends at frame 20", "audio": [{"codec": "aac"}]})
    engine = {**record("clean")["engine"], "warning": ["specks", "had no speck."]}
    parts = [
        record("clean", frames=10, engine=engine, statistics={"specks": [0.0, 1.0]}),
        record("clean", part=1, first=10, frames=10, engine=engine, statistics={"specks": [0.0, 0.0]}),
    ]
    write_json(tmp_path / "clean.json", parts)
    assert collect.collect(made).warnings == [
        "The source is damaged: ends at frame 20. Only the readable frames were restored.",
        "Frames 10 to 19 of edition restored had no speck.",
        "No speech was found in the sound.",
    ]


def test_what_parts_warn_of_alike_is_one_warning(tmp_path: Path) -> None:
    made = results(tmp_path)
    engine = {**record("clean")["engine"], "warning": ["specks", "had no speck."]}
    parts = [
        record("clean", part=i, first=5 * i, frames=5, engine=engine, statistics={"specks": [i == 2]}) for i in range(4)
    ]
    write_json(tmp_path / "clean.json", parts)
    assert collect.collect(made).warnings == ["Frames 0 to 9, 15 to 19 of edition restored had no speck."]


def test_a_stage_that_did_not_run_warns_of_nothing(tmp_path: Path) -> None:
    made = results(tmp_path)
    engine = {**record("clean")["engine"], "warning": ["specks", "had no speck."]}
    off = [{"start": shot["start"], "stop": shot["stop"], "options": None} for shot in SHOTS]
    write_json(tmp_path / "clean.json", [record("clean", engine=engine, options=off)])
    assert collect.collect(made).warnings == []
    write_json(tmp_path / "clean.json", [record("clean", engine=engine)])
    assert collect.collect(made).warnings == ["Frames 0 to 19 of edition restored had no speck."]


@pytest.mark.parametrize(("grey", "warned"), [(True, 1), (False, 0)])
def test_a_film_without_colour_hints_is_warned_that_it_stays_grey_only_if_it_is(
    tmp_path: Path, grey: bool, warned: int
) -> None:
    made = results(tmp_path)
    write_json(tmp_path / "source.json", {**SOURCE, "grey": grey})
    colours = {**record("clean")["engine"], "warning": ["coloured", "stay grey."], "output_channels": 3}
    write_json(tmp_path / "clean.json", [record("clean", engine=colours)])
    assert len(collect.collect(made).warnings) == warned


def test_engines_of_shots_speech_and_faces_are_listed_with_their_licences(tmp_path: Path) -> None:
    made = results(tmp_path)
    recipe = {
        "digest": "abc",
        "environment": {"numpy": "2"},
        "configuration": {"shots": {"engine": "witnesses"}, "identity": {"engine": "dlib"}},
        "models": [{"name": "TransNet V2", "use": "shots/witnesses", "licence": "MIT", "source": "within a package"}],
    }
    write_text(tmp_path / "recipe.yaml", json.dumps(recipe))
    collected = collect.collect(made)
    assert [(one["step"], one["name"], one["licence"]) for one in collected.engines] == [
        ("shots", "witnesses", "MIT"),
        ("identity", "dlib", "CC0-1.0"),
    ]
    html = report.render(collected)
    assert "<td>witnesses</td>" in html and html.count("TransNet V2") >= 2


def test_an_edition_whose_parent_is_not_made_tells_of_its_parents_stages_too(tmp_path: Path) -> None:
    made = chain.resolve(
        {
            "restored": {"class": "repair", "stages": ["clean", "denoise"]},
            "enhanced": {"from": "restored", "class": "enhance", "stages": ["upscale"]},
        },
        {"clean": {"engine": "motion"}, "denoise": {"engine": "motion"}, "upscale": {"engine": "lanczos", "scale": 2}},
    )
    asked = results(tmp_path, chain=made, editions=("enhanced",))
    write_json(tmp_path / "enhanced" / "check.json", {"passed": True, "checks": []})
    (edition,) = collect.collect(asked).editions
    assert edition.parent == "source" and edition.added == ["clean", "denoise", "upscale"]
    assert edition.steps[0] == "restored/clean" and len(edition.own_records) == 2


def test_an_edition_has_the_label_that_machines_read_and_the_report_shows_it(tmp_path: Path) -> None:
    collected = collect.collect(results(tmp_path, decisions=PERSON))
    (edition,) = collected.editions
    assert edition.label == labels.CORRECTED
    assert [row["why"] for row in collected.rows] == ["it snows"]
    audited = replace(edition, census={0: Counter({4: 10})})
    assert labels.CORRECTED in report.render(replace(collected, editions=[audited]))


def test_an_element_of_which_most_frames_are_not_placed_is_a_warning_that_says_what_to_do(tmp_path: Path) -> None:
    write_json(tmp_path / "0.json", SECOND)
    write_json(tmp_path / "1.json", {**SECOND, "offset": -7, "runs": [[20, 13, 15]]})
    write_json(tmp_path / "2.json", {**SECOND, "share": 0.6, "runs": [[8, 1, 30]]})
    names = [tmp_path / f"{number}.json" for number in range(3)]
    (warning,) = collect.collect(results(tmp_path, elements=names)).warnings
    assert "of the film which frame of second.mkv" in warning and "elements=second.mkv@-7 says so" in warning


def test_frames_that_only_an_element_has_are_a_warning(tmp_path: Path) -> None:
    write_json(tmp_path / "0.json", {**SECOND, "share": 0.9, "runs": [[4, 0, 16], [30, 29, 12], [42, 38, 8]]})
    (warning,) = collect.collect(results(tmp_path, elements=[tmp_path / "0.json"])).warnings
    assert warning == "Between frames 19 and 30 the film has fewer frames than second.mkv, by 3: they may be lost."
