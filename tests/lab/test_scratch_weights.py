"""Weights that tell scratches: what they are trained on, and that they are written as they are read."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from answerprint.engines.clean import _tracks
from answerprint.lab.training import scratch_weights, scratches
from answerprint.lab.training.material import Material
from films import moving_texture


def test_a_clip_says_what_its_scratches_added(material: Material) -> None:
    drawn = [scratch_weights.draw(material, number) for number in range(4)]
    for worn, added in drawn:
        assert worn.shape == added.shape and worn.min() >= 0 and worn.max() <= 1
    assert any((np.abs(added) > scratch_weights.VISIBLE).any() for _, added in drawn)


def test_lines_on_scratches_are_told_from_other_lines(material: Material) -> None:
    clips = [scratch_weights.draw(material, number) for number in range(3)]
    examples = [example for clip in clips for example in scratch_weights.examples(*clip)]
    assert {scratch for _, scratch in examples} == {True, False}
    assert all(measures.shape == (len(_tracks.NAMES),) and np.isfinite(measures).all() for measures, _ in examples)


def test_the_module_of_weights_is_what_the_engine_reads() -> None:
    line = np.linspace(-1, 1, len(_tracks.Weights().line))
    weights = _tracks.Weights(line=tuple(line), line_bias=0.5, together=(1.0, 0.5, -2.0), together_bias=-0.25)
    written: dict[str, Any] = {}
    exec(scratch_weights.module(weights), written)
    assert (written["LINE_BIAS"], written["TOGETHER_BIAS"]) == (0.5, -0.25)
    assert np.allclose(written["LINE"], line, atol=1e-4)
    assert written["TOGETHER"] == weights.together


def test_a_line_that_the_frames_near_by_do_not_show_is_less_of_a_scratch() -> None:
    weights = _tracks.Weights()
    shown = _tracks.Opinions(own=1.0, others=[1.0, 1.0, 1.0, 1.0])
    alone = _tracks.Opinions(own=1.0, others=[None, None, None, None])
    assert weights.of_frames(shown) > 0 > weights.of_frames(alone)


@pytest.mark.parametrize("thing", [one for one in scratches.THINGS if one])
def test_upright_things_are_drawn_over_a_clip_and_the_clip_is_kept(thing: object) -> None:
    assert callable(thing)
    clip = moving_texture(4, 120, 160, 1, seed=1)
    before = clip.copy()
    drawn = thing(clip, np.random.default_rng(1))
    assert (clip == before).all()
    assert 0.005 < (np.abs(drawn - clip) > 0.04).mean() < 0.9
