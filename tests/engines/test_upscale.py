"""Enlarging: Lanczos that agrees with its source, and published networks in tiles that nobody can see."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from answerprint import engines
from answerprint.engines import FilmError, models
from places import MEDIA, SHARED


def scene(height: int = 96, width: int = 128, channels: int = 3) -> np.ndarray:
    """Shapes, lines and letters, drawn at twice the size so that they have soft edges; float32 (h, w, c)."""
    picture = np.full((2 * height, 2 * width, 3), 115, np.uint8)
    random = np.random.default_rng(3)
    for _ in range(25):
        x, y = (int(v) for v in random.integers(0, (2 * width, 2 * height)))
        colour = tuple(int(v) for v in random.integers(0, 256, 3))
        cv2.circle(picture, (x, y), int(random.integers(4, 40)), colour, int(random.choice([-1, 3, 6])), cv2.LINE_AA)
        cv2.putText(picture, "Film", (y, x), cv2.FONT_HERSHEY_SIMPLEX, 1.2, colour, 3, cv2.LINE_AA)
    small = cv2.resize(picture.astype(np.float32) / 255, (width, height), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(small[..., :channels])


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    return float(-10 * np.log10(np.mean((a[4:-4, 4:-4] - b[4:-4, 4:-4]) ** 2)))


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_lanczos_shrinks_back_to_its_source(scale: int) -> None:
    small = cv2.resize(scene(), (64, 48), interpolation=cv2.INTER_AREA)[None]
    residues = {
        rounds: _residue(small, engines.load("upscale", "lanczos", scale=scale, iterations=rounds)) for rounds in (0, 4)
    }
    assert residues[4] < 0.5 * residues[0]


def _residue(frames: np.ndarray, engine: engines.PixelEngine) -> float:
    return float(engine.run(engine.clip(frames)).statistics["residue"][0])


def test_lanczos_is_closer_to_the_truth_than_bicubic() -> None:
    truth = scene()
    small = cv2.resize(truth, (64, 48), interpolation=cv2.INTER_AREA)
    bicubic = cv2.resize(small, (128, 96), interpolation=cv2.INTER_CUBIC)
    assert psnr(engines.load("upscale", "lanczos")(small[None])[0], truth) > psnr(bicubic, truth) + 0.5


def test_lanczos_leaves_no_halo_at_an_edge() -> None:
    edge = np.full((1, 20, 30, 1), 0.2, np.float32)
    edge[:, :, 15:] = 0.7
    bigger = engines.load("upscale", "lanczos", halo=0.01)(edge)
    assert bigger.min() >= 0.2 - 0.011 and bigger.max() <= 0.7 + 0.011
    ringing = engines.load("upscale", "lanczos", halo=1.0)(edge)
    assert ringing.max() > 0.73


@pytest.mark.parametrize("options", [{"scale": 2}, {"to": 33}, {"to": 20}, {"square_pixels": True}])
def test_lanczos_at_any_size_stays_within_its_halo_of_the_source_pixels_around(options: dict[str, int]) -> None:
    noise = np.random.default_rng(0).random((16, 16, 3), np.float32)
    engine = engines.load("upscale", "lanczos", halo=0.01, **options)
    (larger,) = engine.run(dataclasses.replace(engine.clip(noise[None]), pixel_aspect=Fraction(64, 45))).frames
    height, width = larger.shape[:2]
    # Where the pixels of the result lie among those of the source, and the range of all source pixels within two.
    rows, columns = ((np.arange(n) * 16 // n)[:, None] for n in (height, width))
    low, high = (extreme(noise, np.ones((5, 5), np.uint8))[rows, columns.T] for extreme in (cv2.erode, cv2.dilate))
    assert (larger >= np.maximum(low - 0.0101, 0)).all() and (larger <= np.minimum(high + 0.0101, 1)).all()


def test_lanczos_keeps_an_even_picture_even() -> None:
    even = np.full((1, 9, 7, 3), 0.3, np.float32)
    assert np.allclose(engines.load("upscale", "lanczos", scale=3)(even), 0.3, atol=1e-6)


def test_lanczos_on_set5_is_two_decibels_better_than_bicubic() -> None:
    pairs = sorted((MEDIA / "bench/Set5_x2").glob("*LR.png"))
    if not pairs:
        pytest.skip("the Set5 pictures are not on this machine")
    engine = engines.load("upscale", "lanczos")
    assert np.mean([_psnr_of_luma(engine, path, 2) for path in pairs]) > 35.5  # bicubic 33.66


def _psnr_of_luma(engine: engines.PixelEngine, path: Path, scale: int) -> float:
    """PSNR on Y of ITU-R BT.601, as papers report it, of a small picture enlarged against the large one beside it."""
    low, high = (
        np.asarray(cv2.imread(str(p), cv2.IMREAD_COLOR_RGB), np.float32)
        for p in (path, path.with_name(path.name.replace("LR", "HR")))
    )
    big = np.clip(engine(low[None] / 255)[0] * 255 + 0.5, 0, 255).astype(np.uint8)
    error = (big.astype(float) - high)[scale:-scale, scale:-scale] @ (np.array([65.481, 128.553, 24.966]) / 255)
    return float(10 * np.log10(255**2 / np.mean(error**2)))


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small random network of the true architecture: 3 -> 8 features, 2 convolutions, x4."""
    return _checkpoint(tmp_path_factory.mktemp("weights") / "tiny_x4.pth", upscale=4)


def _checkpoint(path: Path, *, upscale: int, half: bool = False, channels: int = 3) -> Path:
    from answerprint.runtime import torchvision_shim

    torchvision_shim.prepare()
    import torch
    from spandrel.architectures.Compact import Compact

    torch.manual_seed(5)
    network = Compact(num_in_ch=channels, num_out_ch=channels, num_feat=8, num_conv=2, upscale=upscale)
    state = network.half().float().state_dict()
    torch.save({"params": {k: v.half() if half else v for k, v in state.items()}}, path)
    return path


def test_a_network_gives_the_same_pixels_in_tiles_of_any_size(checkpoint: Path) -> None:
    frames = scene(75, 101)[None]
    whole = engines.load("upscale", "spandrel", weights=str(checkpoint), scale=4, tile=256, overlap=8)(frames)
    tiles = engines.load("upscale", "spandrel", weights=str(checkpoint), scale=4, tile=48, overlap=8)(frames)
    assert whole.shape == (1, 300, 404, 3)
    assert np.allclose(whole, tiles, atol=1e-6)
    # With margins narrower than its reach of 4 pixels the seams show: the margin is what hides them.
    seams = engines.load("upscale", "spandrel", weights=str(checkpoint), scale=4, tile=48, overlap=1)(frames)
    assert np.abs(whole - seams).max() > 1e-4


def test_a_network_in_half_precision_in_tiles_is_within_a_thousandth_of_the_whole_frame(tmp_path: Path) -> None:
    weights = str(_checkpoint(tmp_path / "x2.pth", upscale=2))
    frames = scene(75, 101)[None]
    whole = engines.load("upscale", "spandrel", weights=weights, tile=256, overlap=8)(frames)
    for precision in ("float32", "bfloat16"):
        sizes = [
            engines.load("upscale", "spandrel", weights=weights, tile=tile, overlap=8, precision=precision)(frames)
            for tile in (256, 48)
        ]
        assert np.abs(sizes[0] - sizes[1]).max() < 1e-3
    assert np.abs(whole - sizes[0]).max() > 0, "half precision is not what was asked for"


def test_running_out_of_memory_names_the_settings(checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    engine = engines.load("upscale", "spandrel", weights=str(checkpoint), scale=4, tile=128)

    def exhausted(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(engine.network.model, "forward", exhausted)
    with pytest.raises(FilmError, match=r"more memory than cpu has(.|\n)*stages\.upscale\.tile to 64"):
        engine(scene(20, 20)[None])


def test_a_network_sees_every_frame_alone(checkpoint: Path) -> None:
    frames = np.stack([scene(40, 50), scene(40, 50)[:, ::-1], scene(40, 50)[::-1]])
    engine = engines.load("upscale", "spandrel", weights=str(checkpoint))
    together = engine(frames)
    assert together.shape == (3, 80, 100, 3)
    for i in range(3):
        assert np.array_equal(together[i], engine(frames[i : i + 1])[0])


def test_a_smaller_scale_is_the_network_shrunk_by_area(checkpoint: Path) -> None:
    frames = scene(30, 40)[None]
    four, two, one = (engines.load("upscale", "spandrel", weights=str(checkpoint), scale=s)(frames) for s in (4, 2, 1))
    assert np.allclose(two, four.reshape(1, 60, 2, 80, 2, 3).mean(axis=(2, 4)), atol=1e-5)
    assert one.shape == frames.shape


def test_grey_film_goes_through_a_colour_network_and_stays_one_channel(checkpoint: Path) -> None:
    grey = scene(33, 41, 1)[None]
    engine = engines.load("upscale", "spandrel", weights=str(checkpoint), scale=4)
    result = engine(grey)
    assert result.shape == (1, 132, 164, 1)
    assert np.allclose(result[..., 0], engine(np.repeat(grey, 3, axis=3)).mean(axis=3), atol=1e-6)


def test_colour_film_goes_through_a_grey_network_channel_by_channel(tmp_path: Path) -> None:
    engine = engines.load("upscale", "spandrel", weights=str(_checkpoint(tmp_path / "g.pth", upscale=2, channels=1)))
    frames = scene(33, 41)[None]
    assert np.array_equal(engine(frames)[..., 1:2], engine(frames[..., 1:2]))


def test_weights_stored_at_half_precision_are_used_at_full(tmp_path: Path, checkpoint: Path) -> None:
    half = _checkpoint(tmp_path / "half.pth", upscale=4, half=True)
    frames = scene(30, 40)[None]
    a, b = (engines.load("upscale", "spandrel", weights=str(path))(frames) for path in (checkpoint, half))
    assert np.array_equal(a, b)


def test_a_network_that_enlarges_too_little_is_refused(tmp_path: Path) -> None:
    small = engines.load("upscale", "spandrel", weights=str(_checkpoint(tmp_path / "x2.pth", upscale=2)), scale=3)
    with pytest.raises(FilmError, match="enlarges 2 times"):
        small(scene(20, 20)[None])
    with pytest.raises(FilmError, match="does not enlarge"):
        engines.load("upscale", "spandrel", weights=str(_checkpoint(tmp_path / "x1.pth", upscale=1)))


def test_missing_and_damaged_weights_are_refused_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(FilmError):
        engines.load("upscale", "spandrel", weights=str(tmp_path / "absent.pth"))
    whole = _checkpoint(tmp_path / "whole.pth", upscale=2).read_bytes()
    for name, content in (("cut.pth", whole[: len(whole) // 2]), ("text.pth", b"not a checkpoint")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(FilmError, match="damaged"):
            engines.load("upscale", "spandrel", weights=str(tmp_path / name))


def test_a_checkpoint_of_unknown_architecture_is_refused(tmp_path: Path) -> None:
    import torch

    torch.save({"layer.weight": torch.zeros(3, 3)}, tmp_path / "other.pth")
    with pytest.raises(FilmError, match="architecture"):
        engines.load("upscale", "spandrel", weights=str(tmp_path / "other.pth"))


def test_the_published_network_runs_without_seams() -> None:
    weights = SHARED / "weights/realesr-animevideov3.pth"
    if not weights.is_file():
        pytest.skip("realesr-animevideov3.pth is not on this machine")
    frames = scene(60, 80)[None]
    whole = engines.load("upscale", "spandrel", weights=str(weights), scale=4)(frames)
    tiles = engines.load("upscale", "spandrel", weights=str(weights), scale=4, tile=96)(frames)
    assert np.allclose(whole, tiles, atol=1e-5)
    assert psnr(cv2.resize(whole[0], (80, 60), interpolation=cv2.INTER_AREA), frames[0]) > 20


def test_a_networks_convolutions_are_fused_without_changing_its_answer(tmp_path: Path) -> None:
    from answerprint.runtime import torchvision_shim

    torchvision_shim.prepare()
    import torch
    from spandrel.architectures.SPAN import SPAN

    torch.manual_seed(2)
    network = SPAN(num_in_ch=3, num_out_ch=3, feature_channels=16, upscale=2)
    torch.save(network.state_dict(), tmp_path / "span.pth")
    frame = scene(40, 50)
    with torch.inference_mode():
        truth = network.eval()(torch.from_numpy(frame.transpose(2, 0, 1).copy())[None])[0].permute(1, 2, 0).numpy()
    engine = engines.load("upscale", "spandrel", weights=str(tmp_path / "span.pth"), overlap=0)
    assert not [module for module in engine.network.model.modules() if hasattr(module, "eval_conv")]
    assert np.allclose(engine(frame[None])[0], np.clip(truth, 0, 1), atol=1e-5)


@pytest.mark.parametrize(("weights", "scale", "least"), [("span-x2-ch48", 2, 37.9), ("span-x4-ch48", 4, 32.1)])
def test_span_on_set5_is_as_good_as_published_and_has_no_seams(weights: str, scale: int, least: float) -> None:
    try:
        models.weight_file(weights)
    except FilmError:
        pytest.skip(f"the weights {weights} are not on this machine")
    pairs = sorted((MEDIA / f"bench/Set5_x{scale}").glob("*LR.png"))
    if not pairs:
        pytest.skip("the Set5 pictures are not on this machine")
    engine = engines.load("upscale", "spandrel", weights=weights, scale=scale)
    scores = [_psnr_of_luma(engine, path, scale) for path in pairs]
    assert np.mean(scores) > least  # bicubic 33.66 and 28.43
    small = scene(60, 80)[None]
    tiles = engines.load("upscale", "spandrel", weights=weights, scale=scale, tile=64)(small)
    assert np.abs(engine(small) - tiles).max() < 1e-3


@pytest.mark.parametrize(("name", "options"), [("lanczos", {}), ("compact", {"strength": 0.0}), ("spandrel", {})])
def test_frames_are_enlarged_to_a_height_and_keep_their_aspect(
    name: str, options: dict[str, float], checkpoint: Path
) -> None:
    weights = {"weights": str(checkpoint)} if name == "spandrel" else {}
    frames = scene(48, 60)[None]
    for to, width in ((72, 90), (240, 300), (96, 120)):
        larger = engines.load("upscale", name, to=to, **options, **weights)(frames)
        assert larger.shape == (1, to, width, 3)
        again = cv2.resize(larger[0], (60, 48), interpolation=cv2.INTER_AREA)
        assert name == "spandrel" or np.abs(again - frames[0]).mean() < 0.02
    with pytest.raises(FilmError, match=r"to is 40, but frames are 48 pixels high"):
        engines.load("upscale", name, to=40, **options, **weights)(frames)


def test_a_mask_is_enlarged_to_the_height_of_its_picture() -> None:
    engine = engines.load("upscale", "lanczos", to=72)
    mask = np.zeros((1, 48, 60, 1), np.float32)
    mask[:, 8:24, 10:30] = 1
    moved = engine.warp_mask(engines.Clip(frames=mask, core=slice(0, 1)))
    assert moved.shape == (1, 72, 90, 1) and moved.min() >= 0 and moved.max() <= 1
    assert moved[0, 14:34, 17:43].min() > 0.95 and moved[0, 40:].max() < 0.05


@pytest.mark.parametrize(
    ("aspect", "options", "shape"),
    [
        (Fraction(8, 9), {"scale": 2}, (96, 106)),
        (Fraction(64, 45), {"scale": 2}, (96, 170)),
        (Fraction(16, 15), {"to": 48}, (48, 64)),
        (Fraction(1), {"scale": 3}, (144, 180)),
    ],
)
def test_square_pixels_show_a_round_thing_round(
    aspect: Fraction, options: dict[str, int], shape: tuple[int, int]
) -> None:
    engine = engines.load("upscale", "lanczos", square_pixels=True, **options)
    rows, columns = np.mgrid[:48, :60]
    away = np.hypot(rows - 23.5, (columns - 29.5) * float(aspect))
    circle = np.clip(14.5 - away, 0, 1).astype(np.float32)[None, ..., None]
    clip = dataclasses.replace(engine.clip(circle), pixel_aspect=aspect)
    assert engine.enlargement.size(48, 60, aspect) == shape
    (larger,) = engine.run(clip).frames
    assert larger.shape[:2] == shape
    height, width = ((larger[..., 0] > 0.5).any(axis=axis).sum() for axis in (1, 0))
    assert abs(height - width) <= 2 and abs(height - 28 * shape[0] / 48) <= 2
    assert engine.warp_mask(clip).shape == (1, *shape, 1)


def test_pixels_stay_as_they_are_unless_they_shall_be_square() -> None:
    engine = engines.load("upscale", "lanczos")
    clip = dataclasses.replace(engine.clip(scene(20, 30)[None]), pixel_aspect=Fraction(8, 9))
    assert engine.run(clip).frames.shape[1:3] == (40, 60)
