"""The quality of a group is the worst that keeps the VMAF that is asked for, found with few probes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from answerprint.prints import quality
from answerprint.prints.quality import Scale

SCALE = Scale(best=10, first=36, worst=54)


def choose(
    whole: Callable[[float], float], target: float = 95, few: Callable[[float], float] | None = None
) -> tuple[quality.Choice, list[float]]:
    """The choice, and where the whole group was probed."""
    probed: list[float] = []

    def probe(crf: float) -> float:
        probed.append(crf)
        return whole(crf)

    return quality.choose(few or whole, probe, SCALE, target), probed


def easy(crf: float) -> float:
    return 99 - 0.01 * (crf - 10) ** 2 / 4


def middling(crf: float) -> float:
    return 100 - 0.012 * (crf - 8) ** 2


def hard(crf: float) -> float:
    return 99 - 0.5 * (crf - 10)


@pytest.mark.parametrize("off", [-3, 0, 2])
@pytest.mark.parametrize("curve", [easy, middling, hard])
@pytest.mark.parametrize("target", [88, 93, 95])
def test_few_probes_find_the_target_even_where_the_few_frames_are_not_like_the_others(
    curve: Callable[[float], float], target: float, off: float
) -> None:
    choice, probed = choose(curve, target, lambda crf: curve(crf) + off)
    assert len(probed) <= 2
    reachable = max(crf for crf in np.arange(SCALE.best, SCALE.worst + 0.01, 0.25) if curve(crf) >= target)
    assert abs(curve(choice.quality) - target) < 0.6 or choice.quality == reachable
    assert choice.vmaf == pytest.approx(curve(choice.quality), abs=0.6)


def test_what_cannot_reach_the_target_gets_the_best_quality_and_what_always_does_the_worst() -> None:
    assert choose(lambda crf: 60 - crf)[0].quality == SCALE.best
    assert choose(lambda crf: 99.9)[0].quality == SCALE.worst


def test_a_ceiling_raises_crf_only_where_it_is_broken() -> None:
    def bitrate(crf: float) -> float:
        return float(4000 * 2 ** (-(crf - 20) / 6))

    assert quality.within(bitrate, 26, 2000) == 26
    held = quality.within(bitrate, 20, 900)
    assert bitrate(held) <= 900 and held < 35
    assert quality.within(lambda crf: 1e6, 20, 900) == quality.WORST


def test_probes_that_contradict_each_other_still_choose_within_the_scale() -> None:
    for curve in (lambda crf: 90 + 0.1 * crf, lambda crf: 97 - 5 * (round(crf) % 2)):
        assert SCALE.best <= choose(curve)[0].quality <= SCALE.worst
