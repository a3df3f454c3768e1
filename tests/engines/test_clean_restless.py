"""Restless motion is not dirt: the cleaner leaves it alone, within bounds."""

from __future__ import annotations

import pytest

from answerprint import engines
from restless import restless

# Per cent of the picture that may be changed in the worst of six frames. A flash in a single frame, such as a sequin, a
# drop or a snowflake of two pixels, cannot always be told from sparkle; but not much of it may be lost.
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
def test_restless_motion_is_not_mistaken_for_dirt(kind: str, most: float) -> None:
    film = restless(kind, frames=6, height=270, width=360)
    engine = engines.load("clean", "motion")
    result = engine.run(engine.clip(film))
    assert result.mask is not None and 100 * result.mask.mean(axis=(1, 2)).max() <= most


@pytest.mark.parametrize("seed", [1, 2])
def test_an_arm_keeps_its_hand(seed: int) -> None:
    film = restless("arm", frames=6, height=270, width=360, seed=seed)
    assert not engines.load("clean", "motion").repair(film)[1].any()
