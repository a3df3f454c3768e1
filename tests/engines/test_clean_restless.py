"""Restless motion is not dirt: the cleaner leaves it alone, within bounds."""

from __future__ import annotations

import numpy as np
import pytest

from answerprint import engines
from answerprint.engines.clean import _moving_objects
from restless import restless

# Per cent of the picture that may be changed in the worst of six frames. A flash in a single frame, such as a sequin, a
# drop or a snowflake of two pixels, cannot always be told from sparkle; but not much of it may be lost.
MOST = {
    "flag": 0.1,
    "hands": 0.5,
    "bird": 0.8,
    "wheel": 0.5,
    "water": 3.5,
    "fire": 1.0,
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


@pytest.mark.parametrize("seed", [1, 8, 20, 37])
def test_an_arm_keeps_its_hand(seed: int) -> None:
    film = restless("arm", frames=6, height=270, width=360, seed=seed)
    assert not engines.load("clean", "motion").repair(film)[1].any()


@pytest.mark.parametrize(("odds", "own"), [(1.0, False), (5.0, False), (1.0, True), (5.0, True)])
def test_a_likely_spot_is_a_piece_of_something_only_with_an_edge_of_its_own(odds: float, own: bool) -> None:
    current, repaired = np.full((120, 160), 0.3, np.float32), np.full((120, 160), 0.3, np.float32)
    mask = np.zeros((120, 160), bool)
    mask[40:80, 60:100] = True
    # Its repair has a new edge on the right; on the left it had one, or it never had any.
    repaired[40:80, 82:100] = 0.6
    current[40:80, 60:80] = 0.6 if own else 0.3
    torn = _moving_objects.Torn(
        odds=np.where(mask, odds, 0), current=current, repaired=repaired, step=np.abs(current - repaired), noise=0.0
    )
    assert _moving_objects.severed(mask, torn).any() == (own or odds < 2)
