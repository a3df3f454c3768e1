"""Dirt does not bend the motion by which it is found, and is found at edges that one neighbour does not show.

What covers much of the picture needs more than other spots.
"""

from __future__ import annotations

from dataclasses import fields, replace

import cv2
import numpy as np
import pytest

from answerprint import engines
from answerprint.engines.clean import _dirt_weights, _spot_judge, _undisturbed
from answerprint.engines.clean._context import Context
from answerprint.engines.clean._levels import ShotDetector
from answerprint.frames import optical_flow
from soiled import error, pan, texture


def views(light: float = 1.0) -> tuple[np.ndarray, list[np.ndarray], np.ndarray]:
    """A view of a pan of ten pixels a frame, those before and after it, and where a blotch lies on it (h, w)."""
    wide = texture(120, 200)
    before, frame, after = (optical_flow.eight_bits(wide[:, x : x + 160]) for x in (0, 10, 20))
    blotch = np.zeros(frame.shape, np.uint8)
    cv2.ellipse(blotch, (90, 60), (22, 14), 30, 0, 360, 1, -1)
    return optical_flow.eight_bits(light * frame / 255), [before, after], blotch > 0


def bent(flows: list[np.ndarray], where: np.ndarray) -> float:
    """How far flows are from a pan of ten pixels there, in the mean."""
    errors = [np.abs(flow[where] - [step, 0]).sum(axis=1) for flow, step in zip(flows, (10, -10), strict=True)]
    return float(np.mean(errors))


@pytest.mark.parametrize("tone", [15, 240], ids=["dark", "light"])
def test_a_blotch_bends_the_motion_measured_first_and_not_that_measured_again(tone: int) -> None:
    view, others, blotch = views()
    view[blotch] = tone
    first = [optical_flow.flow(view, other, "fast") for other in others]
    again = list(_undisturbed.flows(view, others, first))
    assert bent(again, blotch) < bent(first, blotch) / 3


@pytest.mark.parametrize("light", [1.0, 0.7])
def test_motion_is_not_measured_again_where_nothing_wide_stands_out(light: float) -> None:
    view, others, _ = views(light)
    first = [optical_flow.flow(view, other, "fast") for other in others]
    assert _undisturbed.flows(view, others, first) is first


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("side", ["left", "right"])
def test_dirt_at_the_edge_that_the_camera_uncovers_or_leaves_is_repaired(side: str, channels: int) -> None:
    clean = np.repeat(pan(count=7, width=160, speed=8), channels, axis=3)
    soiled, spot = clean.copy(), np.zeros(clean.shape[1:3], np.uint8)
    cv2.circle(spot, (3 if side == "left" else 156, 60), 3, 1, -1)
    soiled[3][spot > 0] = 1.0
    repaired, mask = engines.load("clean", "motion").repair(soiled)
    assert mask[3][spot > 0].all()
    assert error(repaired[3], clean[3], spot > 0) < error(soiled[3], clean[3], spot > 0) / 20
    assert not np.delete(mask, 3, axis=0).any()


def test_dirt_at_the_edge_that_the_camera_uncovers_is_repaired_in_the_second_frame_of_a_shot() -> None:
    soiled, spot = pan(count=7, width=160, speed=8), np.zeros((120, 160), np.uint8)
    cv2.circle(spot, (156, 60), 3, 1, -1)
    soiled[1][spot > 0] = 1.0
    mask = engines.load("clean", "motion").repair(soiled)[1]
    assert mask[1][spot > 0].all() and not np.delete(mask, 1, axis=0).any()


def test_each_neighbour_is_compared_with_the_frame_behind_it_and_not_with_that_behind_the_other() -> None:
    film = pan(count=7)
    detector = ShotDetector(film, sensitivity=1.0, smallest=2)
    behind = {}
    for i in (1, 3, 5):
        evidence = detector.evidence(i)
        assert evidence is not None
        behind[i] = [
            None if far is None else int(np.argmin(np.abs(film - far.frame).sum(axis=(1, 2, 3))))
            for far in evidence.beyond
        ]
    assert behind == {1: [None, 3], 3: [1, 5], 5: [3, None]}


@pytest.mark.parametrize(
    ("share", "odds", "alike", "dirt"),
    [(0.0002, -0.7, 1, True), (0.0002, -0.9, 0, False), (0.0028, -0.3, 1, True), (0.0028, -0.5, 0, False),
     (0.03, 2.4, 1, False), (0.03, 2.6, 1, True), (0.03, 0.9, 0, False), (0.03, 1.1, 0, True)],
)  # fmt: skip
def test_the_more_a_spot_covers_the_more_it_needs_to_be_dirt_and_still_more_if_it_is_in_three_frames(
    share: float, odds: float, alike: float, dirt: bool
) -> None:
    assert _spot_judge.dirty(*(np.array([value]) for value in (odds, alike, share))) == dirt


def test_what_a_spot_is_depends_on_the_others_of_its_frame() -> None:
    spots = np.random.default_rng(0).normal(size=(6, len(_spot_judge.TRAITS))) * _dirt_weights.SPREAD
    spots += _dirt_weights.MEAN
    alone = [float(_spot_judge.log_odds(spot[None])[0]) for spot in spots]
    together = _spot_judge.log_odds(spots)
    assert not np.allclose(alone, together)
    assert np.allclose(_spot_judge.log_odds(spots[::-1]), together[::-1])


def test_clear_evidence_for_a_path_makes_dirt_less_likely_and_for_another_still_less() -> None:
    own = _dirt_weights.MEAN[None, : _spot_judge.TRAITS.index("path")]

    def odds(path: float, another: float) -> float:
        context = Context(**{field.name: np.zeros(1) for field in fields(Context)})
        context = replace(context, path=np.array([path]), second_path=np.array([another]))
        return float(_spot_judge.log_odds(_spot_judge.with_context(own, context))[0])

    assert odds(1.5, 0.9) == odds(0, 0) > odds(3.5, 0) > odds(3.5, 3)
