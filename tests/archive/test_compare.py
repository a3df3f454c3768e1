"""Two restorations of one film are compared: what their recipes say, how their pixels differ, and where most."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from answerprint.archive import compare, recipe, recipe_differences, restorations
from answerprint.frames.part_file import DIGEST
from answerprint.runtime.errors import FilmError
from media import print_of, stored_film
from runs import Run

COUNT = 24
SHOTS = [{"start": 0, "stop": 12, "transition": "cut"}, {"start": 12, "stop": 24, "transition": "cut"}]
ROW: dict[str, Any] = {
    "digests": DIGEST,
    "answerprint": "0.1.0",
    "film": "reel",
    "source": {"sha256": "ab" * 32, "file": "reel.mkv", "kind": "video", "rate": "24/1", "frames": COUNT},
    "configuration": {
        "editions": {"restored": {"stages": ["clean"]}, "enhanced": {"from": "restored"}},
        "stages": {"clean": {"engine": "motion", "strength": 0.5}},
    },
    "decisions": {"shots": [{"at": 3, "clean": False, "why": "it snows", "by": "B. Holm"}]},
    "shots": SHOTS,
    "engines": {"clean": {"engine": "motion", "code": "c0de"}},
    "frames": {},
    "environment": {"numpy": "2.4.6"},
}
FRAMES = stored_film(COUNT)


def restored(folder: Path, frames: np.ndarray, row: dict[str, Any] = ROW, **editions: np.ndarray) -> Path:
    """A folder of results with masters of these frames."""
    for edition, pictures in {"restored": frames, **editions}.items():
        (folder / edition).mkdir(parents=True, exist_ok=True)
        print_of(folder / edition, "master", pictures)
    (folder / "recipe.yaml").write_text(yaml.safe_dump(row))
    return folder


def page(first: Path, second: Path) -> tuple[list[compare.EditionDifference], str]:
    found = compare.write(first / "compare.html", restorations.read(first), restorations.read(second))
    return found, (first / "compare.html").read_text()


def test_what_the_recipes_say_differently_is_listed_and_nothing_else() -> None:
    other = yaml.safe_load(yaml.safe_dump(ROW))
    other["configuration"]["stages"]["clean"]["strength"] = 0.4
    other["decisions"]["shots"] = [{"at": 3, "clean": {"strength": 0.2}, "why": "it snows"}]
    other["shots"] = [{"start": 0, "stop": 24, "transition": "cut"}]
    other["engines"]["clean"]["code"] = "beef"
    other["environment"] = {"numpy": "2.5.0"}
    rows = [(row.group, row.what, row.first, row.second) for row in recipe_differences.differences(ROW, other)]
    assert rows == [
        ("configuration", "stages.clean.strength", "0.5", "0.4"),
        (
            "decisions",
            "clean in the shot at frame 3",
            "left out (it snows, B. Holm)",
            '{"strength": 0.2} (it snows)',
        ),
        ("shots", "number of shots", "2", "1"),
        ("shots", "shot from frame 0", "cut, to 11", "cut, to 23"),
        ("shots", "shot from frame 12", "cut, to 23", "–"),
        ("engines", "clean: code", "c0de", "beef"),
        ("versions", "numpy", "2.4.6", "2.5.0"),
    ]
    assert recipe_differences.differences(ROW, ROW) == []


def test_a_matte_other_elements_lost_frames_and_faces_are_differences() -> None:
    other = yaml.safe_load(yaml.safe_dump(ROW)) | {"matte": {"sha256": "cd"}, "elements": [{"sha256": "ef"}]}
    other["decisions"]["lost"] = [{"after": 240, "frames": 3, "sound": "silence", "why": "a splice"}]
    other["decisions"]["faces"] = [{"person": "Anna", "do": "leave", "why": "soft on purpose"}]
    rows = {row.what: row.second for row in recipe_differences.differences(ROW, other)}
    assert rows == {
        "frames lost after 240": '{"frames": 3, "sound": "silence"} (a splice)',
        "face of Anna": "leave (soft on purpose)",
        "sha256": "cd",
        "element 1.sha256": "ef",
    }


def test_pixels_are_compared_shot_by_shot_and_the_worst_frames_are_shown_side_by_side(tmp_path: Path) -> None:
    other = FRAMES.copy()
    other[15, 0, :12] = 1023 << 6
    other[20, 0, 3, 4] ^= 1 << 6
    (found,), html = page(restored(tmp_path / "a", FRAMES), restored(tmp_path / "b", other))
    assert [(shot.first, shot.frames, shot.differing) for shot in found.shots] == [(0, 12, 0), (12, 12, 2)]
    assert [one.frame for one in found.worst] == [15] and found.shots[1].worst.frame == 15
    assert found.worst[0].share == pytest.approx(12 / 48, abs=0.02)
    assert found.shots[1].share == pytest.approx((found.worst[0].share + 1 / (48 * 64)) / 12)
    assert html.count("data:image/avif") == 3 and "frame 15 of A" in html and "shot 2" in html


def test_restorations_that_are_the_same_are_called_so_bit_for_bit(tmp_path: Path) -> None:
    (found,), html = page(restored(tmp_path / "a", FRAMES), restored(tmp_path / "b", FRAMES))
    assert found.equal and "restored: the same, bit for bit." in html and "The recipes are the same." in html
    assert "data:image" not in html


def test_a_coloured_and_a_grey_restoration_can_be_compared(tmp_path: Path) -> None:
    coloured = FRAMES.repeat(3, axis=1)
    (same,), _ = page(restored(tmp_path / "a", FRAMES), restored(tmp_path / "b", coloured))
    assert same.equal
    coloured[5, 2] = 0
    (found,), html = page(tmp_path / "a", restored(tmp_path / "b", coloured))
    assert [one.frame for one in found.worst] == [5] and html.count("data:image/avif") == 3


def test_editions_of_other_sizes_or_lengths_or_only_in_one_are_named(tmp_path: Path) -> None:
    large = FRAMES.repeat(2, axis=2).repeat(2, axis=3)
    (found,), html = page(restored(tmp_path / "a", FRAMES, enhanced=FRAMES), restored(tmp_path / "b", large))
    assert found.unlike == "64 × 48 pixels and 128 × 96 pixels" and found.unlike in html
    assert re.search(r"enhanced: only in \S+/a", html)
    (found,), _ = page(tmp_path / "a", restored(tmp_path / "b", FRAMES[:20]))
    assert found.unlike == "one of them ends before the other"


def test_a_page_fetches_nothing_and_shows_no_markup_of_a_stranger(tmp_path: Path) -> None:
    strange = {**ROW, "environment": {"numpy": "<script>alert(1)</script>"}}
    _, html = page(restored(tmp_path / "a", FRAMES), restored(tmp_path / "b", FRAMES, strange))
    assert "<script" not in html and "&lt;script&gt;" in html and "http" not in html.replace("http-equiv", "")


def test_restorations_of_different_films_are_refused(tmp_path: Path) -> None:
    other = {**ROW, "source": {**ROW["source"], "sha256": "cd" * 32}}
    with pytest.raises(FilmError, match="different films"):
        page(restored(tmp_path / "a", FRAMES), restored(tmp_path / "b", FRAMES, other))


def test_a_package_is_compared_like_a_folder_of_results(tmp_path: Path) -> None:
    package = tmp_path / "package"
    restored(package / "data", FRAMES)
    assert restorations.read(package).masters == {"restored": package / "data/restored/master.mkv"}
    with pytest.raises(FilmError, match="There is no restoration"):
        restorations.read(tmp_path)
    assert recipe.read(package / "data/recipe.yaml")["film"] == "reel"


@pytest.mark.workflow
def test_the_workflow_writes_the_page_or_says_what_is_missing(tmp_path: Path) -> None:
    first, second = restored(tmp_path / "a", FRAMES), restored(tmp_path / "b", FRAMES)
    run = Run(tmp_path / "run", "", first=first, second=second)
    assert "restored: the same, bit for bit" in run.succeed("compare")
    assert (run.folder / "results/compare.html").exists()
    run.values.pop("second")
    assert "No second restoration given to compare" in run.fail("compare")
