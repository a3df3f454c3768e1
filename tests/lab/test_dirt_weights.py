"""Weights that tell dirt: what they are trained on, and that they are written as they are read."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest

from answerprint.engines.clean import _dirt_weights, _spot_judge, _strokes
from answerprint.lab.training import dirt_weights, fast_things
from answerprint.lab.training.material import Material
from films import moving_texture


@pytest.fixture(scope="module")
def mattes(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder: Path = tmp_path_factory.mktemp("mattes")
    for kind in ("blots", "scratches"):
        (folder / kind).mkdir()
        for k in range(3):
            matte = np.zeros((40, 60, 4), np.uint8)
            cv2.ellipse(matte, (30, 20), (20, 5 + 3 * k), 20, 0, 360, (0, 0, 0, 255), -1)
            cv2.imwrite(str(folder / kind / f"{k}.png"), matte)
    return dirt_weights.matte_files(folder)


def test_every_other_matte_is_left_for_measuring_and_scratches_are_none(mattes: list[Path]) -> None:
    assert [(file.parent.name, file.name) for file in mattes] == [("blots", "0.png"), ("blots", "2.png")]


def test_a_clip_is_worn_by_dirt_and_by_nothing_else(material: Material, mattes: list[Path]) -> None:
    shares = []
    for number in range(4):
        clean, worn = dirt_weights.draw(material, mattes, number)
        assert clean.shape == worn.shape and clean.dtype == worn.dtype == np.float32
        assert worn.min() >= 0 and worn.max() <= 1
        shares.append(float((np.abs(worn - clean) > dirt_weights.MOVED).mean()))
    assert max(shares) > 0.001 and min(shares) < 0.3


def test_spots_of_dirt_are_told_from_other_spots(material: Material, mattes: list[Path]) -> None:
    clips = [dirt_weights.draw(material, mattes, number) for number in range(3)]
    found = [frame for clip in clips for frame in dirt_weights.examples(*clip)]
    assert all(np.isfinite(one.traits).all() and one.traits.shape[1] == len(_spot_judge.TRAITS) for one in found)
    assert all(len(one.traits) == len(one.dirt) == len(one.pixels) for one in found)
    assert any((one.pixels > 0).any() for one in found)
    assert {bool(dirt) for one in found for dirt in one.dirt} == {True, False}


def test_an_undamaged_clip_has_no_dirt(material: Material) -> None:
    clip = np.clip(fast_things.draw(moving_texture(9, 160, 160, 1, seed=3)[..., 0], np.random.default_rng(2)), 0, 1)
    assert not any(frame.dirt.any() for frame in dirt_weights.examples(clip[..., None], clip[..., None]))


def test_the_networks_that_are_written_tell_what_they_were_trained_on(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    frames = []
    for number in range(120):
        traits = rng.normal(size=(5, len(_spot_judge.TRAITS)))
        # A doubtful spot is dirt in a frame with many that are sure.
        many = number % 2
        traits[:, 5] += 4 * many
        frames.append(
            dirt_weights.Examples(traits=traits, dirt=traits[:, 3] + many > 0.5, pixels=np.full(len(traits), 20))
        )
    monkeypatch.setattr(dirt_weights, "STEPS", 300)
    weights = dirt_weights.fit([frames, frames])
    written: dict[str, Any] = {}
    exec(dirt_weights.module(weights), written)
    monkeypatch.setattr(_spot_judge, "_dirt_weights", SimpleNamespace(**written))
    assert np.mean([((_spot_judge.log_odds(one.traits) > 0) == one.dirt).mean() for one in frames]) > 0.9
    strokes = [_spot_judge.TRAITS.index(name) for name in _strokes.TRAITS]
    assert not (written["OWN"][0][:4, strokes].any() or written["EACH"][0][:4, strokes].any())
    assert written["OWN"][0][4:, strokes].any() and written["OWN"][0][:4].any()


def test_the_weights_are_those_of_the_traits() -> None:
    traits, own, each, both = (len(_spot_judge.TRAITS), dirt_weights.OWN, dirt_weights.EACH, dirt_weights.BOTH)
    layers = (_dirt_weights.OWN, _dirt_weights.EACH, _dirt_weights.BOTH, _dirt_weights.LAST)
    sizes = ((traits, own), (traits, each), (own + each, both), (both, 1))
    many = dirt_weights.NETWORKS * len(dirt_weights.COURSES)
    shapes = [((many, a, b), (many, 1, b)) for a, b in sizes]
    assert [(weights.shape, offset.shape) for weights, offset in layers] == shapes
    assert _dirt_weights.MEAN.shape == _dirt_weights.SPREAD.shape == (traits,)


def test_things_that_strike_rest_most_of_the_time() -> None:
    clip, moving = np.full((9, 120, 120), 0.5, np.float32), []
    for struck in (0.0, 1.0):
        drawn = [fast_things.draw(clip, np.random.default_rng(seed), struck) for seed in range(12)]
        moving.append(np.mean([np.abs(np.diff(one, axis=0)) > 0.02 for one in drawn]))
    assert 0 < moving[1] < 0.6 * moving[0]


@pytest.mark.parametrize("seed", range(6))
def test_fast_things_are_drawn_over_a_clip_and_the_clip_is_kept(seed: int) -> None:
    clip = moving_texture(6, 120, 120, 1, seed=1)[..., 0]
    before = clip.copy()
    drawn = fast_things.draw(clip, np.random.default_rng(seed))
    assert (clip == before).all() and np.isfinite(drawn).all()
    assert 0 < (np.abs(drawn - clip) > 0.02).mean() < 0.95
