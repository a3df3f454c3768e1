"""A grade does what its decision list, its tables and its lift say, and nothing unless it is decided."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest

from answerprint import engines
from answerprint.engines.grade import _cdl
from answerprint.engines.grade._cdl import Correction
from films import moving_texture

FILM = moving_texture(3, 40, 60, 3)


def test_nothing_is_graded_unless_it_is_decided() -> None:
    graded, mask = engines.load("grade", "cdl").repair(FILM)
    assert np.array_equal(graded, FILM) and not mask.any()


def test_a_decision_list_is_applied_as_the_standard_says() -> None:
    row = {"slope": [1.1, 0.9, 1.0], "offset": [0.02, 0.0, -0.01], "power": [1.0, 1.2, 0.9]}
    graded = engines.load("grade", "cdl", **row, saturation=0.8)(FILM)
    plain = np.clip(FILM * np.array(row["slope"]) + np.array(row["offset"]), 0, 1) ** np.array(row["power"])
    luma = (plain @ [0.2126, 0.7152, 0.0722])[..., None]
    np.testing.assert_allclose(graded, np.clip(luma + 0.8 * (plain - luma), 0, 1), atol=1e-5)


def test_a_collection_is_read_as_it_was_written(tmp_path: Path) -> None:
    corrections = {"0000000": Correction(slope=(1.2, 1.0, 0.8), saturation=0.9), "0000120": Correction()}
    file = tmp_path / "grades.ccc"
    file.write_text(_cdl.to_xml(corrections))
    assert _cdl.read(file) == corrections
    by_file = engines.load("grade", "cdl", collection=[f"0000000={file}"])(FILM)
    assert np.array_equal(by_file, engines.load("grade", "cdl", slope=[1.2, 1.0, 0.8], saturation=0.9)(FILM))
    with pytest.raises(engines.FilmError, match="correction of"):
        engines.load("grade", "cdl", collection=[f"7={file}"])
    file.write_text("<ColorCorrectionCollection>")
    with pytest.raises(engines.FilmError, match="not a colour decision list"):
        engines.load("grade", "cdl", collection=[f"0={file}"])


@pytest.mark.parametrize(
    "wrong",
    [
        Correction(power=(1.0, 0.0, 1.0)),
        Correction(slope=(-0.1, 1.0, 1.0)),
        Correction(offset=(0.0, float("nan"), 0.0)),
        Correction(saturation=float("nan")),
        Correction(saturation=-1.0),
    ],
)
def test_a_correction_that_gives_no_numbers_is_refused_by_name(wrong: Correction, tmp_path: Path) -> None:
    file = tmp_path / "grades.ccc"
    file.write_text(_cdl.to_xml({"0000000": Correction(slope=(0.0, 1.0, 1.0), saturation=0.0), "shot-12": wrong}))
    with pytest.raises(engines.FilmError, match=r"correction shot-12 of .* has values that a CDL cannot have"):
        engines.load("grade", "cdl", collection=[f"0000000={file}"])


def test_tables_of_one_and_three_dimensions_are_applied(tmp_path: Path) -> None:
    one, three = tmp_path / "one.cube", tmp_path / "three.cube"
    one.write_text('TITLE "x"\nLUT_1D_SIZE 2\n1 1 1\n0 0 0\n')
    rows = [f"{blue} {green} {red}" for blue in (0, 1) for green in (0, 1) for red in (0, 1)]
    three.write_text("# swaps red and blue\nLUT_3D_SIZE 2\n" + "\n".join(rows))
    graded = engines.load("grade", "cdl", cubes=[f"negative={one}", f"swap={three}"])(FILM)
    np.testing.assert_allclose(graded, 1 - FILM[..., ::-1], atol=1e-5)
    one.write_text("LUT_1D_SIZE 3\n1 1 1\n0 0 0\n")
    other = tmp_path / "other.cube"
    other.write_text(one.read_text())
    with pytest.raises(engines.FilmError, match="not a colour table"):
        engines.load("grade", "cdl", cubes=[f"x={other}"])


@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "byte order mark"])
@pytest.mark.parametrize("dimensions", [1, 3])
def test_tables_of_davinci_resolve_are_read_with_their_range(dimensions: int, mark: str, tmp_path: Path) -> None:
    ends = [(0, 0, 0), (1, 1, 1)] if dimensions == 1 else list(product((0, 1), repeat=3))
    rows = "\n".join(f"{red} {green} {blue}" for blue, green, red in ends)
    table = tmp_path / "look.cube"
    table.write_text(
        f"{mark}# Resolve Film Look\n\nLUT_{dimensions}D_SIZE 2\nLUT_{dimensions}D_INPUT_RANGE 0.0 2.0\n{rows}\n",
        encoding="utf-8",
    )
    graded = engines.load("grade", "cdl", cubes=[f"look={table}"])(FILM)
    np.testing.assert_allclose(graded, FILM / 2, atol=1e-5)


@pytest.mark.parametrize(
    ("head", "named"),
    [
        ("LUT_1D_SIZE 2\nLUT_3D_SIZE 2", "LUT_1D_SIZE and LUT_3D_SIZE"),
        ("LUT_1D_SIZE 2\nLUT_IN_VIDEO_RANGE", "LUT_IN_VIDEO_RANGE"),
    ],
)
def test_what_a_table_asks_for_and_is_not_supported_is_named(head: str, named: str, tmp_path: Path) -> None:
    table = tmp_path / "look.cube"
    table.write_text(f"{head}\n0 0 0\n1 1 1\n")
    with pytest.raises(engines.FilmError, match=f"has {named}, which is not supported"):
        engines.load("grade", "cdl", cubes=[f"look={table}"])


def test_dark_film_is_lifted_alike_in_all_frames_with_its_detail_and_without_its_noise() -> None:
    dark = FILM * np.float32(0.2)
    engine = engines.load("grade", "cdl", lift=4.0)
    lifted = engine(dark)
    gains = lifted.mean(axis=(1, 2, 3)) / dark.mean(axis=(1, 2, 3))
    assert gains.min() > 1.5 and np.ptp(gains) < 0.05 * gains.mean()
    contrast = [np.std(f - f.mean(axis=(1, 2), keepdims=True)) / f.mean() for f in (lifted, dark)]
    assert contrast[0] > 0.7 * contrast[1]
    noisy = np.clip(np.full((2, 64, 64, 1), 0.02) + np.random.default_rng(0).normal(0, 0.02, (2, 64, 64, 1)), 0, 1)
    assert engine(noisy.astype(np.float32)).std() < 2.5 * noisy.std()


@pytest.mark.parametrize(
    "values",
    [
        *({"slope": [1.0]}, {"slope": [1, "bright", 1]}, {"slope": [1, float("inf"), 1]}),
        *({"offset": [float("nan"), 0, 0]}, {"power": [1, 1, 0]}, {"power": [1, 1, float("inf")]}),
        *({"saturation": float("nan")}, {"lift": 20.0}, {"cubes": ["a.cube"]}),
    ],
)
def test_grades_outside_their_range_are_refused(values) -> None:
    with pytest.raises(engines.FilmError, match="grade/cdl"):
        engines.options.read(engines.find("grade", "cdl"), values)
