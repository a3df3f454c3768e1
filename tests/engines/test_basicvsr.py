"""Enlarging by BasicVSR: detail from all frames of a window, the same in any parts, closer to the truth than alone."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import cv2
import numpy as np
import pytest

from answerprint import engines
from answerprint.engines import Clip, FilmError, models, windows
from answerprint.engines.upscale.basicvsr import BasicVsr
from films import moving_texture

WINDOW, HANDLE = 4, 2


class ShortWindows(BasicVsr):
    """The engine with windows of a few frames."""

    card = dataclasses.replace(BasicVsr.card, window=WINDOW, handle=HANDLE, radius=WINDOW + HANDLE - 1)


@pytest.fixture(scope="module")
def random_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights of the true architecture: 8 features, 1 block."""
    import torch

    from answerprint.engines.upscale._basicvsr_network import BasicVSR

    torch.manual_seed(3)
    path = tmp_path_factory.mktemp("basicvsr") / "random.pth"
    torch.save(BasicVSR(8, 1, 8).state_dict(), path)
    return path


@pytest.fixture(scope="module")
def random_engine(random_weights: Path) -> BasicVsr:
    engine = ShortWindows(engines.options.read(engines.find("upscale", "basicvsr"), {"weights": str(random_weights)}))
    engine.load()
    return engine


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    return float(-10 * np.log10(np.mean((a - b) ** 2)))


@pytest.mark.parametrize(("height", "width", "channels", "scale"), [(1, 1, 1, 4), (9, 33, 3, 2), (20, 14, 1, 3)])
def test_frames_of_any_size_are_enlarged(
    random_weights: Path, height: int, width: int, channels: int, scale: int
) -> None:
    frames = np.random.default_rng(0).random((2, height, width, channels), np.float32)
    larger = engines.load("upscale", "basicvsr", weights=str(random_weights), scale=scale)(frames)
    assert larger.shape == (2, scale * height, scale * width, channels) and larger.dtype == np.float32
    assert larger.min() >= 0 and larger.max() <= 1


@pytest.mark.parametrize("lengths", [[10], [3, 4, 3], [1, 2, 1, 1, 2, 1, 2]], ids=len)
def test_parts_of_a_window_are_the_frames_of_the_whole(random_engine: BasicVsr, lengths: list[int]) -> None:
    frames = moving_texture(10, 12, 16, 3)
    whole = random_engine(frames)
    shot, start = range(10), 0
    for length in lengths:
        while length:
            # A part that reaches over the edge of a window is worked on window by window.
            stop = min(start + length, next((e for e in windows.edges(random_engine.card, shot) if e > start), 10))
            seen = windows.sight(random_engine.card, start, stop, shot)
            clip = Clip(frames=frames[seen.start : seen.stop], core=slice(start - seen.start, stop - seen.start))
            assert np.array_equal(random_engine.run(clip).frames, whole[start:stop])
            length, start = length - (stop - start), stop


def test_detail_travels_through_a_window_both_ways_and_over_its_handles_only(random_engine: BasicVsr) -> None:
    frames = moving_texture(WINDOW + HANDLE + 2, 12, 16, 1)
    truth = random_engine(frames)
    for changed, reached in ((0, WINDOW - 1), (WINDOW + HANDLE - 1, 0)):
        other = frames.copy()
        other[changed] = 1 - other[changed]
        assert not np.array_equal(random_engine(other)[reached], truth[reached])
    other = frames.copy()
    other[WINDOW + HANDLE] = 0
    assert np.array_equal(random_engine(other)[:WINDOW], truth[:WINDOW])


def test_grey_film_stays_one_channel(random_engine: BasicVsr) -> None:
    grey = moving_texture(2, 12, 16, 1)
    colour = random_engine(np.repeat(grey, 3, axis=3)).mean(axis=3)
    assert np.allclose(random_engine(grey)[..., 0], colour, atol=1e-6)


def test_motion_is_measured_to_where_a_place_is_in_the_other_frame() -> None:
    import torch

    from answerprint.engines.upscale._basicvsr_network import warp

    picture = torch.rand(1, 2, 9, 12)
    flow = torch.tensor([2.0, -1.0]).reshape(1, 2, 1, 1).expand(1, 2, 9, 12)
    moved = warp(picture, flow)
    assert torch.allclose(moved[..., 1:, :-2], picture[..., :-1, 2:], atol=1e-5)
    assert not moved[..., 0, :].any() and torch.allclose(
        warp(picture, flow, "border")[..., 0, :-2], picture[..., 0, 2:]
    )


def test_half_precision_is_for_convolutions_and_not_for_motion(random_engine: BasicVsr) -> None:
    import torch

    from answerprint.engines.upscale import _basicvsr_network

    frames = [torch.rand(1, 3, 12, 16) for _ in range(3)]
    with torch.inference_mode():
        whole = random_engine.network(frames, range(3))
        halved = _basicvsr_network.at_precision(random_engine.network, torch.float16)(frames, range(3))
        random_engine.network.float()
    for one, other in zip(whole, halved, strict=True):
        assert other.dtype == torch.float32 and (one - other).abs().max() < 0.01


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    import torch

    torch.save({"layer.weight": torch.zeros(3, 3)}, tmp_path / "other.pth")
    with pytest.raises(FilmError, match="is not the weights of BasicVSR"):
        engines.load("upscale", "basicvsr", weights=str(tmp_path / "other.pth"))


def test_several_frames_show_more_than_one() -> None:
    for weights in ("basicvsr-vimeo-bi", "span-x4-ch48"):
        try:
            models.weight_file(weights)
        except FilmError:
            pytest.skip(f"the weights {weights} are not on this machine")
    large = moving_texture(5, 128, 160, 3, step=(1.5, 0.75), object_step=(1.5, 0.75))
    small = np.stack([cv2.resize(frame, (40, 32), interpolation=cv2.INTER_AREA) for frame in large])
    together = engines.load("upscale", "basicvsr")(small)
    alone = engines.load("upscale", "spandrel", weights="span-x4-ch48", scale=4)(small)
    inner = np.s_[:, 12:-12, 12:-12]
    assert psnr(together[inner], large[inner]) > psnr(alone[inner], large[inner]) + 0.5
