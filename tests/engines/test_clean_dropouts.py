"""Dropouts of videotape are found and filled from the neighbours; thin lines of the picture stay."""

import cv2
import numpy as np
import pytest

import soiled
from answerprint import engines
from answerprint.engines import Clip
from answerprint.engines.clean._dropouts import DropoutSearch
from answerprint.lab.tape import Tape, play


def film(speed: int = 2) -> np.ndarray:
    return np.repeat(soiled.pan(7, 120, 160, speed, grain=0.01), 3, axis=3)


def streaked(clean: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    damaged, truth = play(clean, Tape(dropouts=6), 5)
    assert truth.dropouts.any(axis=(1, 2)).all()
    return np.clip(damaged, 0, 1), truth.dropouts


def f1(found: np.ndarray, truth: np.ndarray) -> float:
    return soiled.f1(found.reshape(-1, found.shape[2]), truth.reshape(-1, truth.shape[2]))


@pytest.mark.parametrize("speed", [0, 2, 7])
def test_dropouts_are_found_and_repaired_at_shot_ends_too(speed: int) -> None:
    clean = film(speed)
    damaged, truth = streaked(clean)
    repaired, mask = engines.load("clean", "motion", dropouts=True).repair(damaged)
    assert f1(mask, truth) > 0.9
    for t in range(len(clean)):
        assert soiled.error(repaired[t], clean[t], truth[t]) < 0.1 * soiled.error(damaged[t], clean[t], truth[t])


def test_the_search_adds_to_what_the_engine_finds_anyway() -> None:
    damaged, truth = streaked(film())
    without, with_search = (
        f1(engines.load("clean", "motion", dropouts=search).repair(damaged)[1], truth) for search in (False, True)
    )
    assert with_search > without


def test_a_film_without_dropouts_stays_as_it_is_to_the_bit() -> None:
    clean = film()
    repaired, mask = engines.load("clean", "motion", dropouts=True).repair(clean)
    assert not mask.any() and np.array_equal(repaired, clean)


def test_a_wire_that_the_camera_passes_and_a_slanted_hair_are_no_dropouts() -> None:
    wire, hair = film(), film()
    for t in range(len(wire)):
        wire[t, 40:42, max(0, 60 - 2 * t) : 140 - 2 * t] = 0.05
    cv2.line(hair[3], (30, 30), (80, 62), (0.05, 0.05, 0.05), 2)
    for frames in (wire, hair):
        search = DropoutSearch(frames)
        assert not any(search.dropouts(t).any() for t in range(len(frames)))


def test_dropouts_are_counted_apart_from_dirt() -> None:
    frames = film()
    frames[3, 50:52, 20:90] = 0.95
    result = engines.load("clean", "motion", dropouts=True).run(Clip(frames=frames, core=slice(0, 7)))
    assert result.statistics["dropouts"].tolist() == [0, 0, 0, 1, 0, 0, 0]
    assert not result.statistics["defects"].any() and "marked" not in result.statistics


def test_the_repair_of_a_frame_does_not_depend_on_how_a_shot_is_cut_into_blocks() -> None:
    damaged, _ = streaked(film())
    engine = engines.load("clean", "motion", dropouts=True)
    whole = engine.run(Clip(frames=damaged, core=slice(0, 7))).frames
    radius = engine.card.radius
    for t in range(7):
        low, high = max(0, t - radius), min(7, t + radius + 1)
        clip = Clip(frames=damaged[low:high], core=slice(t - low, t - low + 1), first=low)
        assert np.array_equal(engine.run(clip).frames[0], whole[t])
