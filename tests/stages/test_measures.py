"""What is measured in the sections of a film becomes what is known of the film."""

from __future__ import annotations

import os
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest

from answerprint.stages import measures


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """The measures of a film of three sections, of 4, 2 and 5 frames, each frame its own number."""
    paths = []
    for first, stop in ((0, 4), (4, 6), (6, 11)):
        paths.append(tmp_path / f"{first}.npz")
        measures.save(paths[-1], {"shift": np.arange(first, stop)[:, None] * [1, 1], "light": np.arange(first, stop)})
    measures.join(paths, tmp_path / "film.zip")
    return tmp_path / "film.zip"


@pytest.mark.parametrize(("start", "stop"), [(0, 11), (0, 4), (3, 7), (4, 6), (5, 6), (10, 11)])
def test_measures_of_any_frames_are_those_of_their_sections_in_a_row(film: Path, start: int, stop: int) -> None:
    between = measures.between(film, start, stop)
    np.testing.assert_array_equal(between["shift"][:, 1], np.arange(start, stop))
    np.testing.assert_array_equal(measures.between(film, start)["light"], np.arange(start, 11))


def test_only_the_sections_and_measures_that_are_asked_for_are_read(
    film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = []
    monkeypatch.setattr(ZipFile, "read", lambda file, name: read.append(name) or file.open(name).read())
    assert list(measures.between(film, 4, 6, names=["light"])) == ["light"]
    assert read == ["4-6.npz"]


def test_joining_gives_the_same_file_whenever_it_is_done(film: Path, tmp_path: Path) -> None:
    os.utime(tmp_path / "0.npz", (1e9, 1e9))
    measures.join([tmp_path / f"{first}.npz" for first in (0, 4, 6)], tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == film.read_bytes()
