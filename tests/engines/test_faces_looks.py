"""Every face is looked at and measured, however short its shot, and the same whatever a shot's own options are."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import pytest

from answerprint import engines
from answerprint.engines import Clip, Measures
from answerprint.engines.faces.detail import Detail
from answerprint.frames.face_detection import Face
from answerprint.frames.face_tracks import newcomers
from answerprint.plan import chain
from answerprint.runtime.errors import FilmError
from answerprint.stages.measures import concatenate
from drawn_faces import drawn_face

REACH = Detail.card.measure_radius


@pytest.fixture(scope="module")
def engine() -> Any:
    return engines.load("faces", "detail")


def shot(count: int, seen: range | None = None) -> np.ndarray:
    """So many frames with a soft face, all of them or those of a range."""
    face = cv2.GaussianBlur(drawn_face(60), (0, 0), 1.5)[..., None]
    empty = np.full_like(face, 0.35)
    return np.stack([face if seen is None or i in seen else empty for i in range(count)])


def measured(engine: Any, frames: np.ndarray, first: int = 0, edges: Sequence[int] = ()) -> Measures:
    """A shot as it is measured in blocks between these edges, each with the frames around it."""
    pieces = []
    for start, stop in pairwise([0, *edges, len(frames)]):
        low, high = max(0, start - REACH), min(len(frames), stop + REACH)
        clip = Clip(frames=frames[low:high], core=slice(start - low, stop - low), first=first + low)
        pieces.append(engine.measure(clip))
    return concatenate(pieces)


def likened(found: Measures) -> list[int]:
    """The frames in which the likeness of a face was measured."""
    return np.flatnonzero(np.isfinite(found["likeness"]).any(axis=(1, 2, 3))).tolist()


@pytest.mark.parametrize(("first", "count"), [(130, 11), (133, 11), (130, 4), (130, 2), (131, 1)])
def test_a_face_is_treated_wherever_its_short_shot_lies(engine: Any, first: int, count: int) -> None:
    (row,) = engine.decided(measured(engine, shot(count), first), first=first)
    assert (row["done"], row["first"], row["last"]) == ("detail", first, first + count - 1)


def test_both_ends_of_a_shot_are_looked_at(engine: Any) -> None:
    found = measured(engine, shot(6), first=130)
    assert np.flatnonzero(found["looked"]).tolist() == [0, 2, 5]


def test_a_face_that_passes_between_two_measured_frames_is_measured(engine: Any) -> None:
    found = measured(engine, shot(20, range(14, 21)), first=120)
    (row,) = engine.decided(found, first=120)
    assert row["done"] == "detail" and row["likeness"] is not None
    assert likened(found) == [15]


def test_a_face_that_stays_is_measured_once_in_twelve_frames_after_its_first(engine: Any) -> None:
    assert likened(measured(engine, shot(28), first=130)) == [0, 2, 14, 26]


def test_a_tiny_face_is_treated_where_a_person_asks_for_it_or_a_shot_has_a_lower_limit() -> None:
    strict = engines.load("faces", "detail", smallest=150)
    found = measured(strict, shot(7))
    outcomes = {}
    for name, options in {
        "left": Detail.Options(smallest=150),
        "asked for": Detail.Options(smallest=150, enhance=("3:0.5,0.5",)),
        "allowed": Detail.Options(smallest=24),
    }.items():
        (row,) = strict.with_options(options).decided(found, first=0)
        assert 1.33 * row["width"] < 150
        outcomes[name] = row["done"]
    assert outcomes == {"left": "left", "asked for": "detail", "allowed": "detail"}


def test_likeness_is_measured_at_parts_of_a_change_even_where_the_whole_one_is_good(engine: Any) -> None:
    found = measured(engine, shot(1))
    whole, half, quarter = found["likeness"][0, 0, 0]
    assert engine.options.likeness < whole < half < quarter
    (row,) = engine.with_options(Detail.Options(strength=0.5)).decided(found, first=0)
    assert row["likeness"] == pytest.approx(half, abs=1e-4)
    (row,) = engine.with_options(Detail.Options(likeness=float(whole + half) / 2)).decided(found, first=0)
    assert row["share"] == pytest.approx(0.75)


def test_measures_do_not_depend_on_what_a_shot_may_set(engine: Any) -> None:
    stage = chain.Stage(name="faces", engine="detail", options=Detail.Options())
    own = stage.changed({"likeness": 1.0, "smallest": 200, "strength": 0.2, "leave": ["0:0.5,0.5"]})
    found, again = measured(engine, shot(1)), measured(engine.with_options(own), shot(1))
    for name, values in found.items():
        np.testing.assert_array_equal(again[name], values)


@pytest.mark.parametrize("name", engines.available()["faces"])
def test_a_shot_may_not_set_how_much_a_pixel_changes(name: str) -> None:
    stage = chain.Stage(name="faces", engine=name, options=engines.find("faces", name).Options())
    with pytest.raises(FilmError, match="contrast must be the same for the whole film"):
        stage.changed({"contrast": 0.2})


@pytest.mark.parametrize("edges", [(10,), (4, 8, 12, 16), (1, 2, 3, 15, 17)], ids=str)
def test_measures_are_the_same_in_any_blocks(engine: Any, edges: Sequence[int]) -> None:
    frames = shot(20, range(7, 20))
    whole, pieces = measured(engine, frames, first=118), measured(engine, frames, 118, edges)
    for name, values in whole.items():
        np.testing.assert_array_equal(pieces[name], values)


def test_a_face_is_new_unless_it_continues_one_of_the_look_before() -> None:
    left, right = (Face(box=(x, 40.0, x + 40, 95.0), score=0.99, landmarks=((0.0, 0.0),) * 5) for x in (30.0, 130.0))
    moved = Face(box=(34.0, 41.0, 74.0, 96.0), score=0.98, landmarks=left.landmarks)
    assert newcomers([left], [right, moved]) == [right]
    assert newcomers([left, right], [moved]) == []
    assert newcomers([], [moved]) == [moved]
