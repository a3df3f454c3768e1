"""Stills of a part at another rate: the film's own frames, and beside them the in-between frames as such."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from answerprint.film.facts import read_film
from answerprint.film.parts import Part
from answerprint.frames.part_file import to_integers
from answerprint.prints.change_maps import Retimed
from answerprint.prints.pieces import EditionPart
from answerprint.report import census, gallery, part_stills
from answerprint.report.part_stills import StepFrames
from answerprint.runtime.files import read_json, write_json
from part_files import write_part
from reports import SOURCE

SHOTS = [{"start": 0, "stop": 3, "transition": "cut"}, {"start": 3, "stop": 6, "transition": "cut"}]
FIRST, STOP, FRAMES = 2, 6, 6
"""The part holds the last frame of the first shot and all of the second."""


def frames(levels: list[float]) -> np.ndarray:
    return to_integers(np.ones((len(levels), 48, 64, 1), np.float32) * np.reshape(levels, (-1, 1, 1, 1)), 10)


def record(
    stage: str, changed: list[float], times: list[str] | None = None, **statistics: list[float]
) -> dict[str, Any]:
    retimes = stage == "interpolate"
    doubled = [f"{2 * FIRST + k}/2" for k in range(len(changed))]
    return {
        "edition": "presented" if retimes else "restored",
        "stage": stage,
        "first": FIRST,
        "frames": len(changed),
        **({"times": times or doubled} if retimes else {}),
        "engine": {"name": "flow", "retimes": retimes},
        "options": [{"start": 0, "stop": FRAMES, "options": {"rate": "2x"} if retimes else {}}],
        "changed": changed,
        "statistics": statistics,
    }


@pytest.fixture
def stills(tmp_path: Path) -> Path:
    """The folder of stills of an edition that doubles the rate, of a film whose frame n has the brightness n / 10."""
    write_json(tmp_path / "facts.json", {**SOURCE, "title": "", "frames": FRAMES, "working_depth": 10, "damaged": None})
    between = [0.0, 1.0] * 4
    # Nothing is drawn between the last frame of a shot and the first of the next, nor after the film.
    between[1] = between[7] = 0.0
    levels = [(FIRST + k // 2) / 10 + 0.05 * share for k, share in enumerate(between)]
    marks = np.repeat(np.array(between, np.uint8), 48 * 64).reshape(8, 1, 48, 64)
    cleaned = np.zeros((4, 1, 48, 64), np.uint8)
    cleaned[2, 0, :12] = 1
    part = EditionPart(
        film=read_film(tmp_path / "facts.json"),
        part=Part(first=FIRST, stop=STOP),
        frames=write_part(tmp_path / "between.zip", frames(levels)),
        changes={
            "clean": write_part(tmp_path / "clean.changes.zip", cleaned, 8),
            "interpolate": write_part(tmp_path / "between.changes.zip", marks, 8),
        },
        rate="2x",
        retimed=Retimed(stage="interpolate", film_frames=(2, 2, 3, 3, 4, 4, 5, 5)),
    )
    files = StepFrames(
        ingested=write_part(tmp_path / "ingested.zip", frames([n / 10 for n in range(FIRST, STOP)])),
        steps={"presented/interpolate": part.frames},
        parts=2,
    )
    records = [record("clean", [0.0, 0.0, 0.25, 0.0]), record("interpolate", between, in_between=between)]
    part_stills.write(tmp_path / "stills", part, files, records, SHOTS)
    return tmp_path / "stills"


def level(path: Path) -> float:
    picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    return round(float(picture.mean()) / 255, 2)


def test_an_in_between_frame_stands_beside_the_frame_before_it(stills: Path) -> None:
    shown, _ = gallery.gather([stills], ["source/ingest", "presented/interpolate"])
    pictures = {still.frame: {key: level(path) for key, path in still.pictures.items()} for still in shown}
    # Frame 4 changed most, and between it and frame 5 one was drawn; after frame 2 comes a cut.
    assert pictures[4] == {"source/ingest": 0.4, "presented/interpolate": 0.45}
    assert pictures[2] == {"source/ingest": 0.2}
    assert all(still.between in ((), ("presented/interpolate",)) for still in shown)


def test_frames_drawn_for_lost_ones_are_shown_wherever_they_are(tmp_path: Path) -> None:
    write_json(tmp_path / "facts.json", {**SOURCE, "title": "", "frames": FRAMES, "working_depth": 10, "damaged": None})
    # Three frames were lost after frame 3, and the middle one is seen; frame 4 is the typical one of its shot.
    times = ["2", "3", "13/4", "14/4", "15/4", "4", "5"]
    lost = [0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0]
    maps = np.repeat(np.array(lost, np.uint8), 48 * 64).reshape(7, 1, 48, 64)
    part = EditionPart(
        film=read_film(tmp_path / "facts.json"),
        part=Part(first=FIRST, stop=STOP),
        frames=write_part(tmp_path / "drawn.zip", frames([0.2, 0.3, 0.6, 0.7, 0.8, 0.4, 0.5])),
        changes={
            "clean": write_part(tmp_path / "clean.changes.zip", np.zeros((4, 1, 48, 64), np.uint8), 8),
            "interpolate": write_part(tmp_path / "drawn.changes.zip", maps, 8),
        },
        rate="1x",
        retimed=Retimed(stage="interpolate", film_frames=(2, 3, 3, 3, 3, 4, 5)),
    )
    files = StepFrames(
        ingested=write_part(tmp_path / "ingested.zip", frames([n / 10 for n in range(FIRST, STOP)])),
        steps={"presented/interpolate": part.frames},
        parts=1,
    )
    records = [record("clean", [0.0] * 4), record("interpolate", lost, times, in_between=lost, lost=lost)]
    part_stills.write(tmp_path / "stills", part, files, records, SHOTS)
    shown, _ = gallery.gather([tmp_path / "stills"], ["source/ingest", "presented/interpolate"], worst=[3])
    still = next(still for still in shown if still.frame == 3)
    assert still.roles == ("frames drawn for lost ones",) and still.between == ("presented/interpolate",)
    assert {key: level(path) for key, path in still.pictures.items()} == {
        "source/ingest": 0.3,
        "presented/interpolate": 0.7,
    }


def test_how_certain_a_colour_is_stands_beside_the_coloured_frame(tmp_path: Path) -> None:
    write_json(tmp_path / "facts.json", {**SOURCE, "title": "", "frames": FRAMES, "working_depth": 10, "damaged": None})
    maps = np.full((4, 1, 48, 64), 51, np.uint8)
    maps[3] = 0  # The last frame has no colour.
    part = EditionPart(
        film=read_film(tmp_path / "facts.json"),
        part=Part(first=FIRST, stop=STOP),
        frames=write_part(tmp_path / "coloured.zip", frames([0.5] * 4)),
        changes={"colorize": write_part(tmp_path / "changes.zip", np.ones((4, 1, 48, 64), np.uint8), 8)},
    )
    files = StepFrames(
        ingested=write_part(tmp_path / "ingested.zip", frames([0.4] * 4)),
        steps={"restored/colorize": part.frames},
        parts=1,
        confidence=write_part(tmp_path / "maps.zip", maps, 8),
    )
    part_stills.write(tmp_path / "stills", part, files, [record("colorize", [0.1, 0.9, 0.2, 0.8])], SHOTS)
    shown, _ = gallery.gather(
        [tmp_path / "stills"], ["source/ingest", "restored/colorize-certainty", "restored/colorize"]
    )
    certainties = {still.frame: still.pictures.get("restored/colorize-certainty") for still in shown}
    assert {frame for frame, path in certainties.items() if path} == set(certainties) - {FIRST + 3}
    assert all(level(path) == 0.2 for path in certainties.values() if path)
    assert {list(still.pictures)[-1] for still in shown} == {"restored/colorize"}


def test_the_census_counts_output_frames_by_the_shot_of_the_film(stills: Path) -> None:
    counted = census.from_json([read_json(stills / part_stills.CENSUS)])
    # Two output frames of the first shot, none in between; six of the second, two of which are.
    assert census.by_stage(counted[0]) == {}
    second = census.by_stage(counted[3])
    assert second["interpolate"] == pytest.approx(2 / 6) and second["clean"] == pytest.approx(0.25 / 3)
