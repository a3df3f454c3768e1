"""A hand that rests, strikes and rests again is in the frame between a blur that neither neighbour shows."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from answerprint import engines
from answerprint.engines.clean import _spot_traits, _strokes
from films import moving_texture

SIZE = 240, 320


def hand(x: float, y: float, sigma: float = 1.0) -> np.ndarray:
    """How much of each pixel a hand covers: float32 (h, w, 1)."""
    cover = np.zeros(SIZE, np.float32)
    cv2.ellipse(cover, (round(x), round(y)), (15, 11), 30, 0, 360, 1.0, -1, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(cover, (0, 0), sigma))[..., None]


def trait(spot: np.ndarray, difference: np.ndarray) -> dict[str, float]:
    """What is said of one spot, bool (h, w), that stands out by 0.3."""
    regions = _spot_traits.regions(spot)
    said = _strokes.moved(regions, np.full(len(regions.area), 0.3), difference.astype(np.float32))
    return {name: float(value[1]) for name, value in said.items()}


def test_what_went_from_one_place_to_another_is_told_around_the_spot_between() -> None:
    spot = hand(160, 110)[..., 0] > 0.5
    swapped = trait(spot, 0.3 * (hand(140, 140) - hand(185, 90))[..., 0])
    assert all(0.7 < swapped[name] < 1.3 for name in ("moved near", "swapped near", "moved far", "swapped far"))
    gone = trait(spot, 0.3 * hand(140, 140)[..., 0])
    assert gone["moved near"] > 0.7 and gone["swapped near"] == gone["swapped far"] == 0


def test_neighbours_that_are_alike_or_differ_in_another_tone_or_far_away_say_nothing_of_a_spot() -> None:
    spot = hand(160, 110)[..., 0] > 0.5
    moved = hand(140, 140)[..., 0]
    for tone in (0.0, 0.05):
        assert max(trait(spot, tone * moved).values()) == 0
    # Only the soft edge of what differs by more has the spot's tone.
    assert max(trait(spot, 0.9 * moved).values()) < 0.5 * trait(spot, 0.3 * moved)["moved near"]
    far = trait(spot, 0.3 * hand(250, 190)[..., 0])
    assert far["moved near"] == 0 < far["moved far"]


@pytest.mark.parametrize("tone", [0.95, 0.03])
def test_a_hand_that_strikes_stays_and_dirt_in_its_place_goes(tone: float) -> None:
    ground = moving_texture(9, *SIZE, 1, seed=4, step=(0, 0), object_step=(0, 0))
    rests = [hand(110, 150) if k < 4 else hand(200, 70) for k in range(9)]
    blur = np.mean([hand(110 + 90 * t, 150 - 80 * t) for t in np.linspace(0.25, 0.75, 24)], axis=0)
    struck, dirty = ground.copy(), ground.copy()
    for k, cover in enumerate(rests):
        struck[k] += (blur if k == 4 else cover) * (tone - struck[k])
    dirty[4] += 0.9 * hand(150, 110) * (tone - dirty[4])
    lost = engines.load("clean", "motion").repair(struck)[1]
    found = engines.load("clean", "motion").repair(dirty)[1]
    assert lost[4].mean() < 0.001
    assert found[4][hand(150, 110)[..., 0] > 0.5].mean() > 0.9
