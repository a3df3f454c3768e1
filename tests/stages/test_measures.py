"""What is measured in the sections of a film becomes what is known of the film."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from answerprint.stages import measures


@pytest.mark.parametrize("sections", [1, 3])
def test_the_measures_of_a_film_are_those_of_its_sections_in_a_row(sections: int, tmp_path: Path) -> None:
    paths = [tmp_path / f"{index}.npz" for index in range(sections)]
    for index, path in enumerate(paths):
        measures.save(path, {"shift": np.full((4, 2), index)})
    measures.join(paths, tmp_path / "film.npz")
    with np.load(tmp_path / "film.npz") as film:
        np.testing.assert_array_equal(film["shift"][:, 0], np.repeat(np.arange(sections), 4))
