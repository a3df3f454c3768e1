"""A change map says of every pixel which stages changed it, at the size and rate of the edition."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from answerprint.film.parts import Part
from answerprint.frames.changed import CHANGED, LENT
from answerprint.plan.chain import STAGES
from answerprint.prints.change_maps import ELEMENT, ChangeMap, Retimed, bit, legend
from part_files import write_part

PART = Part(first=4, stop=8)


def marks(places: dict[int, tuple[int, int]], frames: int = 4, size: tuple[int, int] = (4, 6)) -> np.ndarray:
    """Maps (n, 1, h, w) with one changed pixel (row, column) in some frames."""
    maps = np.zeros((frames, 1, *size), np.uint8)
    for frame, (row, column) in places.items():
        maps[frame, 0, row, column] = 1
    return maps


def test_every_stage_has_a_bit_of_its_own() -> None:
    assert (
        sorted(bit(stage) for stage in STAGES) == [1 << k for k in range(len(STAGES))] and 1 << len(STAGES) <= ELEMENT
    )


def test_stages_that_changed_a_pixel_each_set_their_bit(tmp_path: Path) -> None:
    files = {
        "clean": write_part(tmp_path / "a", marks({1: (2, 3)}), 8),
        "denoise": write_part(tmp_path / "b", marks({1: (2, 3), 2: (0, 0)}), 8),
    }
    maps = np.stack(list(ChangeMap(files, PART, (4, 6))))
    expected = np.zeros((4, 4, 6), np.uint16)
    expected[1, 2, 3] = bit("clean") | bit("denoise")
    expected[2, 0, 0] = bit("denoise")
    np.testing.assert_array_equal(maps, expected)


def test_a_change_before_enlarging_covers_the_enlarged_pixel(tmp_path: Path) -> None:
    files = {"clean": write_part(tmp_path / "a", marks({0: (1, 2)}), 8)}
    (first, *_) = ChangeMap(files, PART, (8, 12))
    assert first[2:4, 4:6].all() and np.count_nonzero(first) == 4


def test_at_another_rate_a_frame_has_the_changes_of_the_film_frame_before_it(tmp_path: Path) -> None:
    # Twice the rate: film frames 4 to 7 become output frames 8 to 15, every other one drawn anew.
    in_between = np.zeros((8, 1, 4, 6), np.uint8)
    in_between[1::2] = 1
    files = {
        "clean": write_part(tmp_path / "a", marks({1: (2, 3), 3: (0, 5)}), 8),
        "interpolate": write_part(tmp_path / "b", in_between, 8),
    }
    times = [f"{8 + k}/2" for k in range(8)]
    change_map = ChangeMap(files, PART, (4, 6), Retimed.of({"stage": "interpolate", "times": times}))
    maps = np.stack(list(change_map))
    assert len(change_map) == len(maps) == 8
    assert change_map.film_frames == (4, 4, 5, 5, 6, 6, 7, 7)
    assert [bool(one[2, 3] & bit("clean")) for one in maps] == [False, False, True, True, False, False, False, False]
    assert [bool(one[0, 5] & bit("clean")) for one in maps] == [False] * 6 + [True] * 2
    assert [bool((one & bit("interpolate")).all()) for one in maps] == [False, True] * 4
    np.testing.assert_array_equal(change_map.of_film(1), maps[2])


def test_a_pixel_of_another_element_says_so_beside_the_stage_that_took_it(tmp_path: Path) -> None:
    lent = marks({1: (2, 3), 2: (0, 0)})
    lent[1] *= CHANGED | LENT
    files = {
        "clean": write_part(tmp_path / "a", lent, 8),
        "denoise": write_part(tmp_path / "b", marks({1: (2, 3)}), 8),
    }
    maps = np.stack(list(ChangeMap(files, PART, (4, 6))))
    assert maps[1, 2, 3] == bit("clean") | bit("denoise") | ELEMENT and maps[2, 0, 0] == bit("clean")
    assert legend(["clean"], elements=True) == f"{bit('clean')} clean, {ELEMENT} another element"
