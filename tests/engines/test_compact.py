"""upscale/compact: agrees with the film, adds detail by a network, leaves glitter alone, is steady."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from answerprint import engines
from answerprint.engines.upscale import _chroma, _reduction, compact, lanczos
from answerprint.lab.training import agreement, export, wide
from answerprint.lab.training.loop import Schedule
from places import MEDIA


def texture(height: int, width: int, seed: int = 1, soft: float = 1.0) -> np.ndarray:
    """Smooth random texture, float32 (h, w), 0.1..0.9."""
    picture = np.random.default_rng(seed).standard_normal((height, width), np.float32)
    picture = cv2.GaussianBlur(picture, (0, 0), soft)
    return np.asarray(0.1 + 0.8 * (picture - picture.min()) / np.ptp(picture), np.float32)


def drawn(height: int, width: int) -> np.ndarray:
    """Letters, circles and lines with soft edges in three colours: float32 (h, w, 3)."""
    picture = np.full((4 * height, 4 * width, 3), 90, np.uint8)
    random = np.random.default_rng(4)
    for k in range(14):
        place = int(random.integers(4 * width)), int(random.integers(4 * height))
        colour = tuple(int(v) for v in random.integers(30, 230, 3))
        cv2.circle(picture, place, int(random.integers(10, 90)), colour, int(random.choice([-1, 6, 12])), cv2.LINE_AA)
        cv2.putText(picture, "Reel" * (k % 2), place, cv2.FONT_HERSHEY_SIMPLEX, 3, colour, 7, cv2.LINE_AA)
    return cv2.resize(picture.astype(np.float32) / 255, (width, height), interpolation=cv2.INTER_AREA)


@pytest.fixture(scope="module")
def random_weights(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A network of the true architecture whose detail is random and plentiful."""
    torch.manual_seed(3)
    network = wide.WideCompact()
    for scale in (2, 4):
        torch.nn.init.normal_(network.layers.get_parameter(f"tails-{scale}.second"), std=0.1)
    path = tmp_path_factory.mktemp("weights") / "random.safetensors"
    export.write(path, network.plain(), engine="upscale/compact", schedule=Schedule(steps=1, pieces=1), sources=[])
    return str(path)


def load(weights: str, **options: Any) -> Any:
    return engines.load("upscale", "compact", weights=weights, **options)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_a_reduction_is_what_expanding_undoes(scale: int) -> None:
    small, large = texture(23, 31), texture(23 * scale, 31 * scale, seed=2)
    agreeing = _reduction.agreeing(large, small, scale)
    assert np.abs(_reduction.reduce(agreeing, scale) - small).max() < 1e-5
    # The smallest change: it has nothing that a reduction does not show.
    change = agreeing - large
    assert np.abs(change - _reduction.expand(_reduction.reduce(change, scale), scale)).max() < 1e-5
    shown = _reduction.shown_energy(_reduction.reduce(change, scale), scale)
    assert shown == pytest.approx(float(np.square(change).sum()), rel=1e-3)


@pytest.mark.parametrize("scale", [2, 4])
def test_the_training_makes_pictures_agree_as_the_engine_does(scale: int) -> None:
    small, large = texture(20, 24), texture(20 * scale, 24 * scale, seed=2)
    tensors = (torch.from_numpy(plane)[None, None] for plane in (large, small))
    trained = agreement.agreeing(*tensors, scale)[0, 0].numpy()
    assert np.abs(trained - _reduction.agreeing(large, small, scale)).max() < 1e-5


def test_a_wide_network_answers_as_the_plain_one_that_is_made_of_it() -> None:
    torch.manual_seed(1)
    network = wide.WideCompact()
    torch.nn.init.normal_(network.layers.get_parameter("tails-2.second"), std=0.1)
    picture = torch.rand(1, 1, 20, 20)
    assert torch.allclose(network(picture, 2), network.plain()(picture, 2), atol=1e-6)
    assert sum(p.numel() for p in network.parameters()) > 8 * sum(p.numel() for p in network.plain().parameters())


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("channels", [1, 3])
def test_the_result_reduced_again_is_the_film(random_weights: str, scale: int, channels: int) -> None:
    frame = 0.4 + 0.2 * drawn(40, 52)[..., :channels]
    larger = load(random_weights, scale=scale, tolerance=0.0)(frame[None])[0]
    assert larger.min() > 0 and larger.max() < 1, "clipped, so it need not agree"
    assert np.abs(_reduction.reduce(larger, scale) - frame).max() < 1e-4
    plain = cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC).reshape(larger.shape)
    assert np.abs(larger - plain).mean() > 0.002, "the network adds something"


def test_a_tolerance_lets_the_result_leave_the_film_by_its_grain_only(random_weights: str) -> None:
    rng = np.random.default_rng(5)
    frames = 0.25 + 0.5 * texture(64, 80)[None, ..., None] + 0.02 * rng.standard_normal((3, 64, 80, 1), np.float32)
    frames = frames.astype(np.float32)
    for tolerance in (0.5, 2.0):
        engine = load(random_weights, tolerance=tolerance)
        apart = np.abs(_reduction.reduce(engine(frames)[1], 2) - frames[1, ..., 0:1])
        assert 0.002 < apart.max() < 0.03 * tolerance
    still = np.repeat(frames[:1], 3, axis=0)
    apart = np.abs(_reduction.reduce(load(random_weights, tolerance=2.0)(still)[1], 2) - still[1])
    assert apart.max() < 1e-3, "what repeats is no grain"


def test_without_strength_the_network_has_no_say(random_weights: str) -> None:
    frame = drawn(30, 40)[None]
    without = load(random_weights, strength=0.0)(frame)
    assert np.array_equal(without, load("upscale-compact", strength=0.0)(frame))
    assert not np.array_equal(without, load("upscale-compact", strength=0.5)(frame))


@pytest.mark.parametrize("most", [9000, 12000])
def test_pieces_of_a_frame_leave_no_seams(random_weights: str, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    frame = texture(75, 301)
    engine = load(random_weights)
    whole = engine.detail(frame)
    compact._pieces.cache_clear()
    monkeypatch.setattr(compact, "MOST", most)
    rows, columns = compact._pieces(75, 301)
    assert rows * columns > 3
    assert np.allclose(whole, engine.detail(frame), atol=1e-6)
    compact._pieces.cache_clear()


@pytest.mark.parametrize(("height", "width"), [(480, 640), (2160, 3840), (1, 1), (5000, 40)])
def test_pieces_are_small_enough_for_a_cache_and_few(height: int, width: int) -> None:
    rows, columns = compact._pieces(height, width)
    high, wide = -(-height // rows) + 2 * compact.REACH, -(-width // columns) + 2 * compact.REACH
    assert high * wide <= compact.MOST
    if min(height, width) > 400:
        assert rows * columns * high * wide < 1.25 * height * width


def test_colour_ends_where_brightness_does() -> None:
    large = np.zeros((80, 80, 3), np.float32) + np.float32([0.2, 0.5, 0.3])
    large[:, 41:] = (0.9, 0.4, 0.2)
    small = cv2.resize(large, (40, 40), interpolation=cv2.INTER_AREA)
    luma, differences = _chroma.split(small)
    larger, truth = _chroma.split(large)
    guided = _chroma.enlarged(differences, luma, larger)
    plain = cv2.resize(differences, (80, 80), interpolation=cv2.INTER_CUBIC)
    assert np.square(guided - truth).mean() < 0.3 * np.square(plain - truth).mean()
    assert np.allclose(_chroma.joined(*_chroma.split(large)), large, atol=1e-6)


def test_points_that_glitter_take_the_plain_enlargement(random_weights: str) -> None:
    frames = np.repeat(0.4 * texture(60, 80, soft=3)[None], 3, axis=0)
    frames[1, 30:32, 40:42] = 0.95
    frames[:, 12:14, 20:22] = 0.95
    clip = frames[..., None].astype(np.float32)
    guarded, bold, plain = (
        load(random_weights, **options)(clip)[1, ..., 0] for options in ({}, {"glitter": False}, {"strength": 0.0})
    )
    flash, lasting = np.s_[58:66, 78:86], np.s_[22:30, 38:46]
    assert np.abs(guarded - plain)[flash].max() < 0.25 * np.abs(bold - plain)[flash].max()
    assert np.abs(guarded - plain)[lasting].max() > 0.75 * np.abs(bold - plain)[lasting].max()


def test_a_still_scene_with_grain_flickers_less_than_its_source() -> None:
    rng = np.random.default_rng(8)
    scene = drawn(72, 96)[..., :1] * 0.8 + 0.1
    frames = (scene + 0.02 * rng.standard_normal((5, *scene.shape))).astype(np.float32)
    larger = load("upscale-compact")(frames)
    plain = np.stack([lanczos.enlarge(frame, 2) for frame in frames])
    assert larger[1:-1].std(axis=0).mean() < 0.9 * plain[1:-1].std(axis=0).mean()


def test_film_is_restored_better_than_by_lanczos_and_colour_too() -> None:
    truth = drawn(160, 200)
    rng = np.random.default_rng(2)
    soft = cv2.GaussianBlur(truth, (0, 0), 0.9)
    frames = [_reduction.reduce(soft, 2) + 0.01 * rng.standard_normal((80, 100, 3)) for _ in range(3)]
    clip = np.clip(frames, 0, 1).astype(np.float32)
    for channels in (1, 3):
        seen, true = clip[..., :channels], truth[..., :channels]
        errors = [
            np.square(larger[8:-8, 8:-8] - true[8:-8, 8:-8]).mean()
            for larger in (load("upscale-compact")(seen)[1], lanczos.enlarge(seen[1], 2))
        ]
        assert errors[0] < 0.9 * errors[1]


def test_statistics_say_what_agrees_and_what_was_added(random_weights: str) -> None:
    frame = 0.25 + 0.5 * drawn(40, 52)[None, ..., :1]
    engine = load(random_weights, tolerance=0.0)
    strong = engine.run(engine.clip(frame)).statistics
    weak = load(random_weights, tolerance=0.0, strength=0.1)
    weak_numbers = weak.run(weak.clip(frame)).statistics
    assert strong["residue"] < 1e-4 and strong["agreement"] > 0.999
    assert strong["added"] > 2 * weak_numbers["added"] > 0


@pytest.mark.parametrize(("scale", "least"), [(2, 36.8), (4, 30.6)])
def test_set5_is_enlarged_as_well_as_published_networks_of_its_size_do(scale: int, least: float) -> None:
    pairs = sorted((MEDIA / f"bench/Set5_x{scale}").glob("*LR.png"))
    if not pairs:
        pytest.skip("the Set5 pictures are not on this machine")
    engine = load("bicubic", scale=scale, tolerance=0.0)
    assert np.mean([_psnr_of_luma(engine, path, scale) for path in pairs]) > least


def _psnr_of_luma(engine: Any, path: Path, scale: int) -> float:
    """PSNR on Y of ITU-R BT.601, as papers report it."""
    low, high = (
        np.asarray(cv2.imread(str(p), cv2.IMREAD_COLOR_RGB), np.float32)
        for p in (path, path.with_name(path.name.replace("LR", "HR")))
    )
    large = np.rint(np.clip(engine(low[None] / 255)[0], 0, 1) * 255)
    error = (large - high)[scale:-scale, scale:-scale] @ (np.array([65.481, 128.553, 24.966]) / 255)
    return float(10 * np.log10(255**2 / np.mean(error**2)))
