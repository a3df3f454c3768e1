"""What engines do on a GPU, by the same lines on a processor: batches and half precision, nearly the same answers.

Whether a GPU's own libraries keep these promises cannot be tested here.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import films
from answerprint import engines
from answerprint.engines import _weights
from answerprint.engines.shots import transnet
from answerprint.runtime.inference import Inference

NETWORKS = [
    (stage, name)
    for stage, names in engines.available().items()
    for name in names
    if issubclass(engines.find(stage, name), _weights.NetworkEngine)
]


@pytest.fixture
def in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Engines take the processor for a GPU when they choose how many samples go together."""
    monkeypatch.setattr(_weights, "is_gpu", lambda device: True)
    monkeypatch.setattr(transnet, "is_gpu", lambda device: True)


@pytest.fixture
def sizes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The batches in which samples are answered."""
    seen: list[int] = []
    answer = Inference._answer

    def watched(self: Inference, network: Any, batch: list[Any]) -> np.ndarray:
        seen.append(len(batch))
        return answer(self, network, batch)

    monkeypatch.setattr(Inference, "_answer", watched)
    return seen


def enlarger(folder: Path) -> dict[str, Any]:
    """Options of upscale/spandrel with a tiny network of random weights, in tiles."""
    import torch

    from answerprint.runtime import torchvision_shim

    torchvision_shim.prepare()
    from spandrel.architectures.Compact import Compact

    torch.manual_seed(2)
    network = Compact(num_feat=16, num_conv=2, upscale=2)
    torch.save({"params": network.state_dict()}, folder / "x2.pth")
    return {"weights": str(folder / "x2.pth"), "scale": 2, "tile": 32, "overlap": 4}


def noisy(count: int, channels: int = 3) -> np.ndarray:
    frames = films.moving_texture(count, 40, 70)
    frames = np.repeat(frames, 3, axis=3)[..., :channels] if frames.shape[3] == 1 else frames[..., :channels]
    grain = np.random.default_rng(0).normal(0, 0.03, frames.shape)
    return np.clip(frames + grain, 0, 1).astype(np.float32)


@pytest.mark.parametrize(("stage", "name"), NETWORKS)
def test_every_engine_that_reads_weights_has_one_base_and_one_option_for_precision(stage: str, name: str) -> None:
    kind = engines.find(stage, name)
    if stage == "clean":
        pytest.skip("the network of clean runs in float32: a probability decides what is dirt")
    assert kind.card.gpu
    assert issubclass(kind.Options, _weights.NetworkOptions)
    engine: Any = kind(engines.options.read(engines.find(stage, name), {"precision": "float16"}))
    assert engine.inference == Inference(device="cpu", precision="float16")
    on_gpu: Any = kind(kind.Options(), device="cuda")
    assert on_gpu.inference == Inference(device="cuda", precision="float16", batch=kind.batch)


@pytest.mark.parametrize("channels", [1, 3])
def test_tiles_in_batches_make_the_same_picture(
    channels: int, tmp_path: Path, in_batches: None, sizes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    frames, options = noisy(2, channels), enlarger(tmp_path)
    together = engines.load("upscale", "spandrel", **options)(frames)
    assert sizes == [6, 6]  # 24 pixels of each tile count: two rows of three tiles a frame
    monkeypatch.undo()
    alone = engines.load("upscale", "spandrel", **options)(frames)
    np.testing.assert_allclose(together, alone, atol=1e-5)


@pytest.mark.parametrize(("count", "channels"), [(1, 1), (3, 3)])
def test_denoising_in_batches_makes_the_same_picture(
    count: int, channels: int, in_batches: None, sizes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = noisy(count, channels)
    together = engines.load("denoise", "learned")(frames)
    assert sizes == ([4, 4] if count == 1 else [channels] * count)  # a picture alone is seen from eight sides
    monkeypatch.undo()
    alone = engines.load("denoise", "learned")(frames)
    assert np.abs(alone - frames).max() > 0.01
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_automatic_colours_do_not_depend_on_the_frames_measured_together(in_batches: None, sizes: list[int]) -> None:
    engine = engines.load("colorize", "automatic")
    engine.measure(engines.Clip(frames=noisy(5, 1), core=slice(1, 4)))
    assert sizes == [1, 1, 1]


@pytest.mark.parametrize(("precision", "nearly"), [("float16", 2e-3), ("bfloat16", 1e-2)])
def test_half_precision_makes_nearly_the_same_picture(precision: str, nearly: float, tmp_path: Path) -> None:
    for stage, name, options in (("upscale", "spandrel", enlarger(tmp_path)), ("denoise", "learned", {})):
        full = engines.load(stage, name, **options)
        half = engines.load(stage, name, **options, precision=precision)
        frames = noisy(2, 1)
        assert 0 < np.abs(half(frames) - full(frames)).max() < nearly, f"{stage}/{name}"


def test_windows_of_pictures_in_batches_give_the_same_probabilities(
    in_batches: None, sizes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = np.random.default_rng(0).integers(0, 256, (130, 27, 48, 3)).astype(np.uint8)
    proxy[:60] //= 3
    monkeypatch.setattr(transnet, "BATCH", 2)
    together = engines.load("shots", "transnet").probabilities(proxy)
    assert sizes == [2, 1]
    monkeypatch.undo()
    alone = engines.load("shots", "transnet").probabilities(proxy)
    for one, other in zip(together, alone, strict=True):
        assert one.shape == (130,)
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_one_shot_may_have_another_precision(tmp_path: Path) -> None:
    import torch

    from answerprint.engines.interpolate._ifnet import IFNet

    torch.save(IFNet().state_dict(), tmp_path / "random.pth")
    engine = engines.load("interpolate", "rife", weights=str(tmp_path / "random.pth"))
    other = engine.with_options(dataclasses.replace(engine.options, precision="bfloat16"))
    types = [next(one.network.parameters()).dtype for one in (engine, other)]
    assert types == [torch.float32, torch.bfloat16] and other.inference.precision == "bfloat16"
