"""A film with a second print, by the command line: its pixels are lent, said to be, and lent again from the recipe."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml

import films
from answerprint.runtime.files import read_json
from runs import ONE_PRINT, PLAIN, Run

pytestmark = pytest.mark.workflow
LATE, FRAMES = 3, 40


def worn(frames: np.ndarray, seed: int) -> np.ndarray:
    """Frames with two specks each."""
    rng, soiled = np.random.default_rng(seed), frames.copy()
    for frame in soiled:
        for _ in "ab":
            at = int(rng.integers(10, frames.shape[2] - 10)), int(rng.integers(10, frames.shape[1] - 10))
            cv2.circle(frame, at, 4, float(rng.choice([0.02, 0.98])), -1)
    return soiled


def test_pixels_of_a_second_print_are_lent_and_lent_again_from_the_recipe(tmp_path: Path) -> None:
    way = films.moving_texture(FRAMES // 2, 96, 128, step=(5.0, 0.0), object_step=(-4.0, 2.0), seed=3)
    truth = np.concatenate([way, way[::-1]])
    film = films.write_video(tmp_path / "first.mkv", worn(truth, 1))
    second = films.write_video(tmp_path / "second.mkv", worn(np.clip(0.9 * truth[LATE:] + 0.02, 0, 1), 2))
    chain = "editions: {restored: {stages: [clean]}}\n"
    run = Run(tmp_path / "run", PLAIN + ONE_PRINT + chain, film=film, elements=second, editions="restored", parts=2)
    run.succeed("results/first/recipe.yaml")
    results = run.folder / "results" / "first"
    place = read_json(results / "place_element" / "0.json")
    assert place["runs"] and all(start - other == LATE for start, other, _ in place["runs"])
    records = [read_json(results / "restored" / "clean" / f"{part:03d}.json") for part in range(2)]
    lent = [share for record in records for share in record["statistics"]["another_element"]]
    assert len(lent) == FRAMES and sum(share > 0 for share in lent) > FRAMES / 2 and not any(lent[:LATE])
    (row,) = yaml.safe_load((results / "recipe.yaml").read_text())["elements"]
    assert row["file"] == "second.mkv" and row["runs"] == place["runs"]

    again = Run(tmp_path / "again", "", recipe=results / "recipe.yaml", source=film)
    assert "the film of the recipe has 1" in again.fail("reproduce", "--dry-run")
    copy = tmp_path / "copy.mkv"
    copy.write_bytes(second.read_bytes())
    again.values["elements"] = copy
    assert "first: exact, every frame of every stage" in again.succeed("reproduce", cores=1)

    changed = films.write_video(tmp_path / "changed.mkv", worn(np.clip(0.9 * truth[LATE:] + 0.02, 0, 1), 3))
    other = Run(tmp_path / "other", "", recipe=results / "recipe.yaml", source=film, elements=changed)
    sentence = other.fail("reproduce")
    assert "changed.mkv is not the file of the recipe" in sentence and "second.mkv" in sentence


def test_a_film_whose_element_does_not_fit_is_left_out_of_its_sheet(tmp_path: Path) -> None:
    film = films.write_video(tmp_path / "first.mkv", films.moving_texture(12, 34, 50), rate=18)
    second = films.write_video(tmp_path / "second.mkv", films.moving_texture(12, 34, 50), rate=25)
    rows = [["film", "source", "elements"], ["fits", film, ""], ["strange", film, second]]
    (tmp_path / "films.tsv").write_text("\n".join("\t".join(map(str, row)) for row in rows) + "\n")
    done = Run(tmp_path / "run", films=tmp_path / "films.tsv").do("--dry-run")
    assert "WARNING  strange is left out: The element" in done.stdout and "25 frames a second" in done.stdout
    assert "fits: survey of the source" in done.stdout and "strange: survey" not in done.stdout
