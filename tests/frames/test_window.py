"""A window reads film frames by their numbers, wherever the parts are cut."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from answerprint.frames.part_file import to_floats, to_integers
from answerprint.frames.window import BLOCK_BYTES, LARGEST_BLOCK, OPEN, FrameWindow
from films import moving_texture
from part_files import write_part, write_parts

FILM = moving_texture(12, 9, 14)


@pytest.mark.parametrize("bounds", [[(0, 12)], [(0, 1), (1, 2), (2, 12)], [(0, 5), (5, 9), (9, 12)]], ids=str)
def test_frames_are_the_same_however_the_film_is_cut(tmp_path: Path, bounds: list[tuple[int, int]]) -> None:
    window, stored = FrameWindow(write_parts(tmp_path, FILM, bounds), bounds), to_integers(FILM, 10)
    for start in range(12):
        for stop in range(start + 1, 13):
            np.testing.assert_array_equal(window.integers(start, stop), stored[start:stop])
    np.testing.assert_array_equal(window.frames(3, 11), to_floats(stored[3:11], 10))


def test_frames_are_numbered_as_in_the_film_and_not_from_the_first_part_read(tmp_path: Path) -> None:
    paths = write_parts(tmp_path, FILM, [(0, 4), (4, 8), (8, 12)])
    window = FrameWindow(paths[1:], [(4, 8), (8, 12)])
    assert (window.first, window.stop) == (4, 12)
    np.testing.assert_array_equal(window.integers(7, 9), to_integers(FILM, 10)[7:9])


def test_a_film_of_many_parts_keeps_few_files_open(tmp_path: Path) -> None:
    bounds = [(k, k + 1) for k in range(12)] + [(12 + k, 13 + k) for k in range(12)]
    film = np.concatenate([FILM, FILM])
    window = FrameWindow(write_parts(tmp_path, film, bounds), bounds)
    before = len(list(Path("/proc/self/fd").iterdir()))
    np.testing.assert_array_equal(window.integers(0, 24), to_integers(film, 10))
    assert len(list(Path("/proc/self/fd").iterdir())) - before < OPEN < len(bounds)


def test_a_frame_is_located_in_the_part_that_holds_it(tmp_path: Path) -> None:
    bounds = [(0, 5), (5, 9), (9, 12)]
    paths = write_parts(tmp_path, FILM, bounds)
    window = FrameWindow(paths, bounds)
    for frame, part, place in ((0, 0, 0), (4, 0, 4), (5, 1, 0), (8, 1, 3), (9, 2, 0), (11, 2, 2)):
        reader, index = window.locate(frame)
        assert (reader.path, index) == (paths[part], place)


@pytest.mark.parametrize(("shape", "length"), [((1, 360, 640), 24), ((3, 1080, 1920), 2), ((1, 1080, 1920), 7)])
def test_a_block_fits_into_its_memory_and_is_never_a_single_frame(
    tmp_path: Path, shape: tuple[int, int, int], length: int
) -> None:
    path = write_part(tmp_path / "a.zip", np.zeros((1, *shape), np.uint16))
    assert FrameWindow([path], [(0, 1)]).block_length() == length
    assert 2 <= length <= LARGEST_BLOCK
    assert length == 2 or length * np.prod(shape) * 4 <= BLOCK_BYTES


@pytest.mark.parametrize(("radius", "length"), [(0, 2), (3, 3), (14, 8)])
def test_a_block_is_longer_where_neighbours_would_be_worked_out_twice(tmp_path: Path, radius: int, length: int) -> None:
    path = write_part(tmp_path / "a.zip", np.zeros((1, 3, 1080, 1920), np.uint16))
    assert FrameWindow([path], [(0, 1)]).block_length(radius) == length
