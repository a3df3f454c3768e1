"""Samples, loss and figures for the network of upscale/compact: photographs, reduced as film reduces them."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from ...engines.upscale import _reduction, lanczos
from ...runtime.inference import Inference
from . import clips
from .loop import Schedule
from .material import Material
from .worn_clips import compressed

ENGINE = "upscale/compact"
SCHEDULE = Schedule(steps=5000, batch=8, size=48)
CLIPS = 4000
"""Squares drawn."""
SIDE = 192
"""Side of a square, pixels."""
MARGIN = 8
"""Extra pixels around it while it is blurred and reduced, so that its border is like its middle."""
CANDIDATES = 4
"""Squares of which the one with the most detail is kept."""
SOFTEST = 0.8
"""Most blur of lens, gate and printing: standard deviation in pixels of the reduced picture."""
COARSEST = 0.035
"""Most grain: standard deviation of brightness."""
MEASURED = 24
"""Squares drawn for the figures."""


def draw(material: Material, seed: int, count: int = CLIPS) -> dict[str, np.ndarray]:
    """Squares and their reductions as film shows them, float16.

    `truth` (count, SIDE, SIDE), `half` (count, SIDE / 2, SIDE / 2), `quarter` (count, SIDE / 4, SIDE / 4).
    """
    drawn = empty(count)
    for k in range(count):
        rng = np.random.default_rng([seed, k, *b"upscale"])
        clean = detailed(material, rng, SIDE + 2 * MARGIN)
        drawn["truth"][k] = clean[MARGIN:-MARGIN, MARGIN:-MARGIN]
        for name, scale in (("half", 2), ("quarter", 4)):
            margin = MARGIN // scale
            drawn[name][k] = filmed(clean, scale, rng)[margin:-margin, margin:-margin]
    return drawn


def empty(count: int) -> dict[str, np.ndarray]:
    """Room for what `draw` gives."""
    sides = {"truth": SIDE, "half": SIDE // 2, "quarter": SIDE // 4}
    return {name: np.empty((count, side, side), np.float16) for name, side in sides.items()}


def detailed(material: Material, rng: np.random.Generator, side: int) -> np.ndarray:
    """The square of CANDIDATES with the most edges, float32 (side, side): most of a photograph is sky and wall."""
    squares = [clips.patch(material, rng, side) for _ in range(CANDIDATES)]
    return max(squares, key=lambda square: float(np.abs(np.diff(square, axis=0)).mean()))


def filmed(clean: np.ndarray, scale: int, rng: np.random.Generator) -> np.ndarray:
    """A picture (h * scale, w * scale) as film of the size (h, w) shows it: soft, grainy, mended, compressed."""
    soft = rng.uniform(0.2, SOFTEST) if rng.random() < 0.8 else 0.0
    if soft:
        # A printer slips along the film, a lens blurs more in one direction.
        x, y = scale * soft * rng.uniform(0.8, 1.2, 2)
        clean = cv2.GaussianBlur(clean, (0, 0), x, sigmaY=y)
    if rng.random() < 0.7:
        small = _reduction.reduce(clean, scale)
    else:
        size = clean.shape[1] // scale, clean.shape[0] // scale
        small = cv2.resize(clean, size, interpolation=cv2.INTER_AREA)
    if rng.random() < 0.7:
        small = small + _grain(small, rng)
    if rng.random() < 0.3:
        small = _mended(small, rng)
    return _stored(np.clip(small, 0, 1).astype(np.float32), rng)


def _grain(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Grain of random size and strength, weaker in the darkest and brightest parts as in most prints, or even."""
    white = rng.standard_normal(picture.shape, np.float32)
    size = rng.uniform(0.3, 0.9)
    grain = cv2.GaussianBlur(white, (0, 0), size)
    level = rng.uniform(0, COARSEST) * (4 * picture * (1 - picture) if rng.random() < 0.5 else 1.0)
    return np.asarray(level * grain / grain.std(), np.float32)


def _mended(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The picture with one to three places smoothed and shifted a little, as repair leaves them."""
    height, width = picture.shape
    share = np.zeros_like(picture)
    for _ in range(int(rng.integers(1, 4))):
        centre = int(rng.integers(width)), int(rng.integers(height))
        axes = int(rng.integers(2, 7)), int(rng.integers(2, 7))
        cv2.ellipse(share, centre, axes, float(rng.uniform(0, 180)), 0, 360, 1.0, -1)
    share = cv2.GaussianBlur(share, (0, 0), 0.7)
    step = np.array([[1, 0, rng.uniform(-0.5, 0.5)], [0, 1, rng.uniform(-0.5, 0.5)]], np.float32)
    patch = cv2.warpAffine(picture, step, (width, height), borderMode=cv2.BORDER_REFLECT)
    patch = cv2.GaussianBlur(patch, (0, 0), rng.uniform(0.3, 1.0))
    return picture + share * (patch - picture)


def _stored(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The picture as a file holds it: uncompressed in two of five, else after H.264 or JPEG."""
    choice = rng.random()
    if choice < 0.4:
        return np.rint(picture * 1023) / 1023
    if choice < 0.7:
        return compressed(picture[None, ..., None], int(rng.integers(14, 29)))[0, ..., 0]
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(40, 98))]
    _, data = cv2.imencode(".jpg", np.rint(picture * 255).astype(np.uint8), quality)
    decoded = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
    return np.asarray(decoded, np.float32) / 255


def loss(material: Material, drawn: dict[str, np.ndarray], schedule: Schedule) -> Any:
    """The loss (network, step): the mean absolute error of a batch, twice and four times enlarged in turn."""
    return absolute_error(drawn, schedule, agree=False)


def absolute_error(drawn: dict[str, np.ndarray], schedule: Schedule, *, agree: bool) -> Any:
    """The loss of either network; with `agree` of the picture after it is made to agree with its source.

    The network then learns only what the source does not say. Film's sources are grainy and blurred, so there it is
    better to learn all.
    """
    import torch

    from .agreement import agreeing

    def mean_absolute(network: Any, step: int) -> Any:
        rng = np.random.default_rng([schedule.seed, step])
        scale = 2 if step % 2 else 4
        squares = [_square(drawn, rng, schedule.size, scale) for _ in range(schedule.batch)]
        sources, truth = (torch.from_numpy(np.stack(planes)[:, None]) for planes in zip(*squares, strict=True))
        sources = sources.to(schedule.device, memory_format=torch.channels_last)
        larger = network(sources, scale)
        if agree:
            larger = agreeing(larger, sources, scale)
        return (larger - truth.to(schedule.device)).abs().mean()

    return mean_absolute


def _square(
    drawn: dict[str, np.ndarray], rng: np.random.Generator, size: int, scale: int
) -> tuple[np.ndarray, np.ndarray]:
    """A source (size, size) and its truth, turned, mirrored or inverted."""
    small = drawn["half" if scale == 2 else "quarter"]
    k, size = int(rng.integers(len(small))), min(size, small.shape[1])
    y, x = (int(rng.integers(0, side - size + 1)) for side in small.shape[1:])
    turn, mirror, inverted = int(rng.integers(4)), int(rng.choice([1, -1])), rng.random() < 0.3

    def oriented(plane: np.ndarray) -> np.ndarray:
        turned = np.rot90(plane.astype(np.float32), turn)[:, ::mirror]
        return np.ascontiguousarray(1 - turned if inverted else turned)

    whole = drawn["truth"][k, scale * y : scale * (y + size), scale * x : scale * (x + size)]
    return oriented(small[k, y : y + size, x : x + size]), oriented(whole)


def measure(network: Any, material: Material, seed: int) -> dict[str, float]:
    """PSNR in dB on held-out pictures next to that of Lanczos, and of the network's result made to agree."""
    return gains(network, draw(material, seed, MEASURED))


def gains(network: Any, drawn: dict[str, np.ndarray]) -> dict[str, float]:
    """PSNR in dB of pairs that `draw` gave, by scale and method."""
    import torch

    figures: dict[str, list[float]] = {}
    for scale, name in ((2, "half"), (4, "quarter")):
        for small, truth in zip(drawn[name].astype(np.float32), drawn["truth"].astype(np.float32), strict=True):
            with Inference().running():
                source = torch.from_numpy(small[None, None])
                larger = network(source, scale)[0, 0].numpy()
            pictures = {"network": larger, "agreeing": _reduction.agreeing(larger, small, scale)}
            pictures["Lanczos"] = lanczos.enlarge(small[..., None], scale)[..., 0]
            for method, picture in pictures.items():
                error = float(np.mean((np.clip(picture, 0, 1) - truth) ** 2))
                figures.setdefault(f"x{scale}: {method}", []).append(-10 * np.log10(max(error, 1e-10)))
    return {name: round(float(np.mean(values)), 2) for name, values in figures.items()}
