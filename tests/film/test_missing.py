"""Frames that a folder lacks leave their places in the film, which show what a person asked for."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from answerprint.film import ingest, missing, probe, survey
from answerprint.film.facts import film_of
from answerprint.film.missing import Shown
from answerprint.runtime.errors import FilmError

NUMBERS = (7, 8, 11, 12, 14)
"""9, 10 and 13 are missing: film frames 2, 3 and 6."""


@pytest.fixture
def reel(tmp_path: Path) -> Path:
    """A folder of grey frames, each as bright as ten times its number."""
    folder = tmp_path / "reel"
    folder.mkdir()
    for number in NUMBERS:
        cv2.imwrite(str(folder / f"{number:03d}.png"), np.full((24, 32), 10 * number, np.uint8))
    return folder


def brightness(reel: Path, shown: Shown, folder: Path, first: int = 0, spoilt: tuple[int, ...] = ()) -> list[int]:
    """Ten times the number that each film frame from `first` on shows, where some files are spoilt after the survey."""
    surveyed = survey.survey(probe.inspect(reel, Fraction(18), gaps=True), missing_frames=shown)
    ingest.save_ledger(folder / "ledger.npz", surveyed)
    wanted = ingest.Wanted(grey="auto", depth=8, deinterlacer="motion", missing_shown=shown)
    row = ingest.describe("reel", surveyed, wanted)
    assert row["missing"] == [2, 3, 6] and row["missing_shown"] == shown and len(row["warnings"]) == 2
    for number in spoilt:
        (reel / f"{number:03d}.png").write_bytes(b"")
    frames = ingest.read(film_of(row), folder / "ledger.npz", first, 8)
    assert len(surveyed.proxy) == 8
    return [round(frame.mean() / 256) for frame in frames]


@pytest.mark.parametrize("shown", ["hold", "rebuild"])
def test_the_frame_before_a_gap_is_held(reel: Path, tmp_path: Path, shown: Shown) -> None:
    assert brightness(reel, shown, tmp_path) == [70, 80, 80, 80, 110, 120, 120, 140]
    assert brightness(reel, shown, tmp_path, first=3) == [80, 110, 120, 120, 140]


def test_black_is_shown_where_that_is_asked_for(reel: Path, tmp_path: Path) -> None:
    assert brightness(reel, "black", tmp_path) == [70, 80, 0, 0, 110, 120, 0, 140]
    assert brightness(reel, "black", tmp_path, first=2) == [0, 0, 110, 120, 0, 140]
    # Nothing before the part is read, though it begins in a gap.
    assert brightness(reel, "black", tmp_path, first=2, spoilt=(7, 8)) == [0, 0, 110, 120, 0, 140]


def test_a_gap_is_refused_unless_somebody_says_what_to_show(reel: Path) -> None:
    with pytest.raises(FilmError, match="frames 9 to 10 are missing") as caught:
        missing.read(reel, "refuse")
    assert "missing: hold" in (caught.value.hint or "")
    with pytest.raises(FilmError, match="frames 9 to 10 are missing"):
        probe.inspect(reel, Fraction(18))


def test_a_gap_too_long_to_draw_anew_may_be_held(reel: Path) -> None:
    (reel / "014.png").rename(reel / "020.png")
    with pytest.raises(
        FilmError, match=r"Film frames 6 to 12 are missing between 012\.png and 020\.png in .*, too many"
    ):
        missing.read(reel, "rebuild")
    assert missing.read(reel, "hold").missing == (2, 3, *range(6, 13))


def test_a_gap_is_named_by_film_frames_and_by_the_files_around_it(reel: Path) -> None:
    assert missing.read(reel, "hold").warnings == (
        "Film frames 2 to 3 are missing between 008.png and 011.png in the folder: the frame before is held.",
        "Film frame 6 is missing between 012.png and 014.png in the folder: the frame before is held.",
    )
