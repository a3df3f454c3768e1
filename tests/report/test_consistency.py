"""The report says what of an enlarged picture the film shows: in numbers by shot, and in pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from answerprint import engines
from answerprint.film.facts import read_film
from answerprint.film.parts import Part
from answerprint.frames.part_file import to_integers
from answerprint.prints.pieces import EditionPart
from answerprint.report import consistency, gallery, part_stills
from answerprint.report.part_stills import StepFrames
from answerprint.report.values import Edition
from answerprint.runtime.files import write_json
from films import moving_texture
from part_files import write_part
from reports import SOURCE

SHOTS = [{"start": 0, "stop": 2, "transition": "cut"}, {"start": 2, "stop": 4, "transition": "cut"}]
FRAMES = 0.2 + 0.6 * moving_texture(4, 48, 64)


def record(**statistics: list[float]) -> dict[str, Any]:
    return {
        **{"edition": "enhanced", "stage": "upscale", "first": 0, "frames": 4, "changed": [1.0] * 4},
        **{"engine": {"name": "tiny"}, "options": [], "statistics": statistics},
    }


def edition(**statistics: list[float]) -> Edition:
    kinds = {"upscale": "enhance"}
    return Edition(
        **{"name": "enhanced", "parent": "source", "kind": "enhance", "kinds": kinds},
        steps=["enhanced/upscale"],
        records=[record(**statistics)],
    )


def test_each_shot_has_its_own_numbers_and_the_sentence_says_how_they_spread() -> None:
    made = edition(agreement=[1.0, 1.0, 0.9, 0.8], added=[0.01, 0.03, 0.1, 0.3], residue=[0.0, 0.0, 0.1, 0.1])
    (step,) = consistency.enlarged(made, SHOTS, 4)
    assert [numbers.agreement for numbers in step.shots.values()] == pytest.approx([1.0, 0.85])
    assert [numbers.added for numbers in step.shots.values()] == pytest.approx([0.02, 0.2])
    assert step.whole.residue == pytest.approx(0.05) and step.whole.agreement == pytest.approx(0.925)
    said = step.sentence.replace("\u202f", " ")
    assert "agrees with what was enlarged in 92 %" in said
    assert "11 % of its own is detail that was added, by shot 2 % to 20 %" in said


def test_an_edition_that_is_not_enlarged_says_nothing_of_it() -> None:
    assert list(consistency.enlarged(edition(noise=[0.1] * 4), SHOTS, 4)) == []


@pytest.mark.parametrize("name", ["lanczos", "compact"])
@pytest.mark.parametrize("options", [{"scale": 2}, {"scale": 3}, {"to": 120}])
def test_every_engine_says_what_agrees_and_what_it_added(name: str, options: dict[str, int]) -> None:
    engine = engines.load("upscale", name, **options)
    statistics = engine.run(engine.clip(FRAMES)).statistics
    assert set(consistency.STATISTICS) <= set(statistics)
    assert (statistics["agreement"] > 0.98).all() and (statistics["residue"] < 0.01).all()
    assert (statistics["added"] > 0).all() and (statistics["added"] < 0.2).all()


@pytest.mark.parametrize("size", [(96, 128), (90, 120)])
def test_the_difference_is_grey_where_the_result_agrees_and_shows_what_does_not(size: tuple[int, int]) -> None:
    large = cv2.GaussianBlur(cv2.resize(FRAMES[0], size[::-1], interpolation=cv2.INTER_CUBIC), (0, 0), 2)[..., None]
    scale = size[0] // 48
    small = consistency.resized(large, 48, 64) if scale * 48 != size[0] else consistency.reduce(large, scale)
    small = small.reshape(48, 64, 1)
    assert np.abs(consistency.difference(large, small) - 0.5).max() < 0.001
    brighter = large.copy()
    brighter[: size[0] // 2] += 0.01
    seen = consistency.difference(brighter, small)
    assert seen[4:20].mean() == pytest.approx(0.5 + consistency.GAIN * 0.01, abs=0.01)
    assert np.abs(seen[28:] - 0.5).max() < 0.001


def test_stills_of_an_enlarged_part_come_with_the_difference(tmp_path: Path) -> None:
    write_json(tmp_path / "facts.json", {**SOURCE, "title": "", "frames": 4, "working_depth": 10, "damaged": None})
    small = write_part(tmp_path / "small.zip", to_integers(FRAMES, 10))
    larger = engines.load("upscale", "lanczos")(FRAMES)
    larger[:, :40] += 0.02
    large = write_part(tmp_path / "large.zip", to_integers(larger, 10))
    part = EditionPart(
        film=read_film(tmp_path / "facts.json"),
        part=Part(first=0, stop=4),
        frames=large,
        changes={"upscale": write_part(tmp_path / "changes.zip", np.ones((4, 1, 96, 128), np.uint8), 8)},
    )
    files = StepFrames(ingested=small, steps={"enhanced/upscale": large}, enlarged={"enhanced/upscale": small}, parts=1)
    records = [record(residue=[0.0, 0.5, 0.0, 0.0])]
    part_stills.write(tmp_path / "stills", part, files, records, SHOTS)
    shown, _ = gallery.gather([tmp_path / "stills"], ["source/ingest", "enhanced/upscale"], {1})
    assert 1 in {still.frame for still in shown}
    for still in shown:
        assert list(still.pictures) == ["source/ingest", "enhanced/upscale"]
        picture = cv2.imread(str(still.differences["enhanced/upscale"]), cv2.IMREAD_GRAYSCALE)
        assert picture is not None and picture.shape == (48, 64)
        assert picture[2:16].mean() > 200 and abs(picture[26:].mean() - 128) < 8
    few, _ = gallery.gather([tmp_path / "stills"], ["source/ingest", "enhanced/upscale"], most_bytes=1)
    assert few and not any(still.differences for still in few)
