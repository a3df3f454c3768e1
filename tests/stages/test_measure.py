"""Measures of a film do not depend on the sections in which it is measured."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from answerprint.engines import Clip, Measures
from answerprint.frames import window
from answerprint.frames.part_file import to_floats, to_integers
from answerprint.runtime.files import read_json
from answerprint.stages import measures
from answerprint.stages.measure import SectionJob, measure
from films import moving_texture
from part_files import write_parts

FILM = to_floats(to_integers(moving_texture(11, 8, 10), 10), 10)
PARTS = ((0, 3), (3, 5), (5, 8), (8, 11))


def steps(clip: Clip) -> Measures:
    """The light of each frame, and how far it is from the frame before and the frame after."""
    light = clip.frames.mean(axis=(1, 2, 3))
    around = np.pad(light, 1, mode="edge")
    distances = np.stack([light - around[:-2], around[2:] - light], axis=1)
    return {"light": light[clip.core], "steps": distances[clip.core]}


def measured(folder: Path, sections: Sequence[range], radius: int, cuts: Sequence[int] = ()) -> Measures:
    """The film's measures from those of sections, which are runs of parts."""
    paths, outputs = write_parts(folder, FILM, PARTS), []
    for number, members in enumerate(sections):
        beside = slice(max(0, members.start - 1), members.stop + 1)
        outputs.append(folder / f"{number}.npz")
        job = SectionJob(
            first=PARTS[members.start][0],
            stop=PARTS[members.stop - 1][1],
            frames=paths[beside],
            bounds=PARTS[beside],
            output=outputs[-1],
            record=folder / f"{number}.json",
            label="test",
            cuts=cuts,
        )
        measure(steps, radius, job)
        assert read_json(job.record)["frames"] == job.stop - job.first
    measures.join(outputs, folder / "film.zip")
    return measures.between(folder / "film.zip")


@pytest.mark.parametrize(
    "sections", [[range(4)], [range(2), range(2, 4)], [range(i, i + 1) for i in range(4)]], ids=str
)
@pytest.mark.parametrize("block", [2, 24])
def test_measures_are_the_same_in_any_sections_and_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sections: Sequence[range], block: int
) -> None:
    monkeypatch.setattr(window, "LARGEST_BLOCK", block)
    whole, film = steps(Clip(frames=FILM, core=slice(0, len(FILM)))), measured(tmp_path, sections, radius=1)
    assert film.keys() == whole.keys()
    for name, values in whole.items():
        np.testing.assert_array_equal(film[name], values)


@pytest.mark.parametrize("sections", [[range(4)], [range(2), range(2, 4)]], ids=str)
@pytest.mark.parametrize("block", [2, 24])
def test_no_neighbour_is_seen_across_a_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sections: Sequence[range], block: int
) -> None:
    monkeypatch.setattr(window, "LARGEST_BLOCK", block)
    film = measured(tmp_path, sections, radius=2, cuts=(4, 5, 9))
    shots = [steps(Clip(frames=FILM[a:b], core=slice(0, b - a))) for a, b in ((0, 4), (4, 5), (5, 9), (9, 11))]
    np.testing.assert_array_equal(film["steps"], np.concatenate([shot["steps"] for shot in shots]))


def test_without_a_radius_no_neighbour_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window, "LARGEST_BLOCK", 1)
    monkeypatch.setattr(window, "BLOCK_BYTES", 1)
    film = measured(tmp_path, [range(4)], radius=0)
    # Blocks of two frames: every other step leads out of the block.
    assert (film["steps"][::2, 0] == 0).all() and (film["steps"][1::2, 1] == 0).all()
