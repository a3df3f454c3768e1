"""In-between frames by RIFE: the published network's own answer, believed where both frames agree with it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from answerprint import engines
from answerprint.engines import FilmError, models
from answerprint.engines.interpolate.rife import COARSE, FINE, Rife
from films import moving_texture, repetitive, texture
from places import MEDIA

BENCH = MEDIA / "bench"


@pytest.fixture(scope="module")
def random_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights of the true architecture."""
    import torch

    from answerprint.engines.interpolate._ifnet import IFNet

    torch.manual_seed(1)
    path = tmp_path_factory.mktemp("rife") / "random.pth"
    torch.save(IFNet().state_dict(), path)
    return path


@pytest.fixture(scope="module")
def random_engine(random_weights: Path) -> Rife:
    return engines.load("interpolate", "rife", weights=str(random_weights))


@pytest.fixture(scope="module")
def published() -> Rife:
    try:
        models.weight_file("rife-4.6")
    except FilmError:
        pytest.skip("the weights of RIFE 4.6 are not on this machine")
    return engines.load("interpolate", "rife")


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    return float(-10 * np.log10(np.mean((a - b) ** 2)))


@pytest.mark.parametrize(("height", "width", "channels"), [(1, 1, 1), (5, 3, 3), (57, 70, 1), (64, 64, 3)])
def test_frames_of_any_size_are_interpolated(random_engine: Rife, height: int, width: int, channels: int) -> None:
    a, b = np.random.default_rng(0).random((2, height, width, channels), np.float32)
    middle = random_engine.between(a, b, 0.4)
    assert middle.shape == a.shape and middle.dtype == np.float32
    assert middle.min() >= 0 and middle.max() <= 1


def test_threads_do_not_change_a_pixel_and_stay_as_they_were(random_engine: Rife) -> None:
    import torch

    a, _, b = moving_texture(3, 60, 70, 3)
    before = torch.get_num_threads()
    drawn = []
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            drawn.append(random_engine.between(a, b, 0.4))
            assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)
    assert np.array_equal(*drawn)


def test_a_held_frame_stays_held(random_engine: Rife) -> None:
    a = moving_texture(1, 40, 50, 3)[0]
    assert np.array_equal(random_engine.between(a, a.copy(), 0.5), a)


def test_where_the_two_views_differ_the_nearer_frame_is_held(random_weights: Path) -> None:
    careful, trusting = (
        engines.load("interpolate", "rife", weights=str(random_weights), limit=limit) for limit in (0.01, 10.0)
    )
    a, b = (texture(64, 80, 1, np.random.default_rng(seed)) for seed in (1, 2))
    for time, nearer in ((0.3, a), (0.8, b)):
        assert psnr(careful.between(a, b, time), nearer) > psnr(trusting.between(a, b, time), nearer) + 10


def test_wide_frames_are_looked_at_coarsely_unless_told_otherwise() -> None:
    auto, fine, coarse = (Rife(engines.options.read(Rife, {"scales": s})) for s in ("auto", "fine", "coarse"))
    assert (auto.scales(720), auto.scales(1920)) == (FINE, COARSE)
    assert (fine.scales(1920), coarse.scales(720)) == (FINE, COARSE)
    assert Rife(engines.options.read(Rife, {"scales": "16, 8, 4, 2"})).scales(720) == (16, 8, 4, 2)


def test_an_ensemble_gives_the_same_frame_backwards(random_weights: Path) -> None:
    engine = engines.load("interpolate", "rife", weights=str(random_weights), ensemble=True)
    a, _, b = moving_texture(3, 60, 90, 3, step=(2.0, -1.0))
    forwards, backwards = engine.between(a, b, 0.3), engine.between(b, a, 0.7)
    assert np.allclose(forwards, backwards, atol=1e-4)
    alone = engines.load("interpolate", "rife", weights=str(random_weights))
    assert np.abs(alone.between(a, b, 0.3) - alone.between(b, a, 0.7)).max() > 1e-3


def test_half_precision_is_for_convolutions_and_not_for_motion(random_engine: Rife) -> None:
    import torch

    assert next(random_engine.network.parameters()).dtype == torch.float32
    frames = [torch.rand(1, 3, 64, 64) for _ in range(2)]
    with torch.inference_mode():
        whole = random_engine.network(*frames, 0.5, FINE)
        half = random_engine.network.half()(*frames, 0.5, FINE)
        random_engine.network.float()
    for one, other in zip(whole, half, strict=True):
        assert other.dtype == torch.float32
        assert (one - other).abs().max() < 0.02


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    import torch

    torch.save({"block0.conv0.0.0.weight": torch.zeros(96, 7, 3, 3)}, tmp_path / "other.pth")
    with pytest.raises(FilmError, match=r"is not the weights of RIFE 4\.6"):
        engines.load("interpolate", "rife", weights=str(tmp_path / "other.pth"))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"rate": "0"}, "a factor such as 2x"),
        ({"rate": "fast"}, "rate is 'fast', but it must be a factor such as 2x"),
        ({"limit": 0.0}, "0.01 to 10"),
        ({"scales": "4,2"}, "four of 0.25, 0.5, 1, 2, 4, 8, 16 like"),
        ({"scales": "8, 4, 3, 1"}, "four of"),
        ({"scales": "8, 4, 2, x"}, "four of"),
    ],
)
def test_wrong_options_are_refused(values: dict[str, object], said: str) -> None:
    with pytest.raises(FilmError, match=said) as caught:
        engines.options.read(Rife, values)
    assert "docs/options.md" in caught.value.hint and "interpolate: rife" in caught.value.hint


@pytest.mark.parametrize(("written", "rate"), [(50, "50"), (23.976, "23.976"), ("2x", "2x")])
def test_a_rate_may_be_written_as_a_number(written: object, rate: str) -> None:
    assert engines.options.read(Rife, {"rate": written}).rate == rate


def test_frames_of_two_sizes_are_refused(random_engine: Rife) -> None:
    with pytest.raises(ValueError, match="cannot be interpolated"):
        random_engine.between(np.zeros((4, 4, 1), np.float32), np.zeros((4, 5, 1), np.float32), 0.5)


def test_objects_are_where_each_moment_puts_them(published: Rife) -> None:
    frames = moving_texture(5, 80, 100, 1, step=(1.0, 0.0), object_step=(1.0, 0.0))
    for i, time in enumerate((0.25, 0.5, 0.75), start=1):
        drawn = published.between(frames[0], frames[4], time)
        scores = [psnr(drawn[8:-8, 8:-8], other[8:-8, 8:-8]) for other in frames]
        assert int(np.argmax(scores)) == i
        assert max(scores) > 45


def test_a_caption_stays_in_place_over_a_moving_picture(published: Rife) -> None:
    a, truth, b = moving_texture(3, 96, 128, 1, step=(3.0, 0.0), object_step=(3.0, 0.0))
    for frame in (a, truth, b):
        frame[80:88, 40:90] = 0.02
        frame[82:86, [43, 46, 52, 54, 60, 67, 70, 76, 82, 85]] = 0.98
    middle = published.between(a, b, 0.5)
    assert np.abs(middle - truth)[80:88, 40:90].mean() < 0.06  # the network alone 0.17
    assert psnr(middle[:70], truth[:70]) > 40


@pytest.mark.parametrize("what", ["fence", "windows"])
def test_repetition_in_a_pan_never_comes_out_worse_than_a_blend(published: Rife, what: str) -> None:
    frames = repetitive(what, (0.0, 7.0, 14.0))
    middle = published.between(frames[0], frames[2], 0.5)
    assert psnr(middle, frames[1]) > psnr((frames[0] + frames[2]) / 2, frames[1]) + 3


def test_davis_triplets_are_closer_to_the_truth_than_with_flow(published: Rife) -> None:
    """Three small ones of eight triplets. All eight: RIFE 28.00 dB, flow 27.20, a blend 21.73."""
    if not BENCH.is_dir():
        pytest.skip("the DAVIS triplets are not on this machine")

    def read(path: Path) -> np.ndarray:
        return np.asarray(cv2.imread(str(path), cv2.IMREAD_COLOR_RGB), np.float32) / 255

    scores: dict[str, list[float]] = {"rife": [], "flow": []}
    for name in ("boxing", "dive-in", "speed-skating"):
        a, b = (read(BENCH / "davis/input" / name / f"frame{i}.png") for i in (10, 11))
        truth = read(BENCH / "davis/gt" / name / "frame10i11.png")
        for engine in (published, engines.load("interpolate", "flow")):
            scores[engine.card.name].append(psnr(engine.between(a, b, 0.5), truth))
    assert np.mean(scores["rife"]) > max(27.4, np.mean(scores["flow"]) + 0.5)
