"""Jobs start soon: they load no library that they have no use for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from answerprint.stages import measures

HEAVY = ("av", "blosc2", "cv2", "numpy", "scipy", "torch", "yaml")


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ("from answerprint import facts, parts, shots", ""),
        ("from answerprint import measures", ""),
        ("from answerprint import corrections, facts, subtitles", ""),
        ("from answerprint import audio, facts", "av numpy"),
        ("from answerprint import packing, stage; packing._library()", "cv2 numpy"),
    ],
)
def test_a_job_loads_only_what_it_uses(code: str, wanted: str) -> None:
    told = f"{code}; import sys; print(*(name for name in {HEAVY} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.split() == wanted.split()


@pytest.mark.parametrize("sections", [1, 3])
def test_the_measures_of_a_film_are_those_of_its_sections_in_a_row(sections: int, tmp_path: Path) -> None:
    paths = [tmp_path / f"{index}.npz" for index in range(sections)]
    for index, path in enumerate(paths):
        measures.save(path, {"shift": np.full((4, 2), index)})
    measures.gather(paths, tmp_path / "film.npz")
    with np.load(tmp_path / "film.npz") as found:
        np.testing.assert_array_equal(found["shift"][:, 0], np.repeat(np.arange(sections), 4))
