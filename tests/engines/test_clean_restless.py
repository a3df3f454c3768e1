"""What moves restlessly is no dirt: the cleaner leaves it alone, within bounds in per cent of the worst frame."""

from __future__ import annotations

import pytest

from answerprint import engines
from restless import restless

MOST = {
    "flag": 0.1,
    "hands": 0.5,
    "bird": 0.8,
    "wheel": 0.5,
    "water": 3.5,
    "fire": 1.5,
    "glitter": 0.7,
    "snow": 1.2,
    "rain": 3.5,
}


@pytest.mark.parametrize(("kind", "most"), MOST.items())
def test_what_is_restless_is_not_taken_for_dirt(kind: str, most: float) -> None:
    film = restless(kind, frames=6, height=270, width=360)
    engine = engines.load("clean", "motion")
    result = engine.run(engine.clip(film))
    assert result.mask is not None and 100 * result.mask.mean(axis=(1, 2)).max() <= most


@pytest.mark.parametrize("seed", [1, 2])
def test_an_arm_keeps_its_hand(seed: int) -> None:
    film = restless("arm", frames=6, height=270, width=360, seed=seed)
    assert not engines.load("clean", "motion").repair(film)[1].any()
