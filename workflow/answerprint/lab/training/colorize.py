"""Samples, loss and figures for the network of colorize/automatic: coloured pictures, and how grey film shows them."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from ...frames import lab
from ...runtime.errors import FilmError
from ...runtime.inference import Inference
from ..bench.colour_difference import ciede2000
from .loop import Schedule
from .material import Material, shrunk

ENGINE = "colorize/automatic"
SCHEDULE = Schedule(steps=6000, batch=12, size=128)
CLIPS = 2000
"""Squares that are looked at for how rare each colour is."""
WIDTHS = (32, 64, 96, 128)
MEASURED = 200
"""Squares drawn for the figures."""
FILMS = 0.4
"""Share of the squares that are drawn from films, if there are any."""
ENOUGH = 320
"""Pixels on the short side of a picture: its smallest pieces then are as large as a square."""
COLOURLESS = 4.0
"""Mean chroma below which a picture is grey and teaches nothing."""
UNIFORM = 0.5
"""Share of an even distribution that is mixed into how often colours are seen: the paper's lambda."""
NEAREST, SOFTNESS = 5, 5.0
"""Colours of the palette that stand for one between them, and the deviation of their weights: the paper's."""
SPAN = 128
"""a and b run from minus SPAN to SPAN in the table of those weights."""


def palette() -> np.ndarray:
    """a and b float32 (colours, 2) of the colours in steps of STEP that sRGB can show."""
    from ...engines.colorize._network import STEP

    levels = np.linspace(0, 1, 52, dtype=np.float32)
    cube = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), axis=-1).reshape(-1, 3)
    steps = np.rint(lab.from_rgb(cube)[:, 1:] / STEP).astype(int)
    return (np.unique(steps, axis=0) * STEP).astype(np.float32)


def new() -> Any:
    """A network with random weights."""
    import torch

    from ...engines.colorize._network import ColourNetwork

    colours = palette()
    network = ColourNetwork(len(colours), WIDTHS)
    network.palette.copy_(torch.from_numpy(colours))
    return network


def draw(material: Material, seed: int, count: int = CLIPS) -> dict[str, np.ndarray]:
    """`rarity` float32 (colours,): the weight of each colour, which is 1 on average over what is seen."""
    from ...engines.colorize._network import REDUCTION

    colours, (near, weights) = palette(), _between()
    pictures = _Pictures(material)
    seen = np.zeros(len(colours))
    for k in range(count):
        rgb, _ = pictures.square(np.random.default_rng([seed, k, *b"colorize"]), SCHEDULE.size)
        row = _rows(_truth(rgb, REDUCTION))
        np.add.at(seen, near[row], weights[row])
    seen /= seen.sum()
    # Colours near one that is seen are hardly rarer: smoothed as in the paper.
    apart = ((colours[:, None] - colours[None]) ** 2).sum(axis=2)
    kernel = np.exp(-apart / (2 * SOFTNESS**2))
    seen = seen @ (kernel / kernel.sum(axis=1, keepdims=True))
    seen /= seen.sum()
    rarity = 1 / ((1 - UNIFORM) * seen + UNIFORM / len(colours))
    return {"rarity": (rarity / (seen @ rarity)).astype(np.float32)}


def loss(material: Material, drawn: dict[str, np.ndarray], schedule: Schedule) -> Any:
    """The loss (network, step): the cross entropy of a batch, colours weighted by their rarity."""
    import torch

    from ...engines.colorize._network import REDUCTION

    near, weights = (torch.from_numpy(table).to(schedule.device) for table in _between())
    rarity = torch.from_numpy(drawn["rarity"]).to(schedule.device)
    pictures = _Pictures(material)

    def cross_entropy(network: Any, step: int) -> Any:
        network.rarity.copy_(rarity)
        # Which channels the network does without depends on the step alone, as all that it sees.
        torch.manual_seed(schedule.seed * 1_000_003 + step)
        rng = np.random.default_rng([schedule.seed, step])
        squares = [pictures.square(rng, schedule.size) for _ in range(schedule.batch)]
        grey = torch.from_numpy(np.stack([grey for _, grey in squares])[:, None]).to(schedule.device)
        truth = np.stack([_rows(_truth(rgb, REDUCTION)) for rgb, _ in squares])
        rows = torch.from_numpy(truth).to(schedule.device)
        logs = torch.log_softmax(network(grey).float(), dim=1)
        wanted = near[rows].movedim(-1, 1)
        share = weights[rows].movedim(-1, 1)
        rare = (rarity[wanted] * share).sum(dim=1)
        return -(rare * (share * logs.gather(1, wanted)).sum(dim=1)).mean()

    return cross_entropy


def measure(network: Any, material: Material, seed: int) -> dict[str, float]:
    """Mean CIEDE2000 to the truth of held-out pictures, as the engine colours them and left grey; confidence."""
    from ...engines.colorize._automatic import AutomaticOptions
    from ...engines.colorize._guess import guess

    caution = AutomaticOptions().caution
    pictures = _Pictures(material)
    figures: dict[str, list[float]] = {"coloured": [], "left grey": [], "confidence": []}
    for k in range(MEASURED):
        rgb, grey = pictures.square(np.random.default_rng([seed, k]), SCHEDULE.size)
        ab, sure = next(iter(guess(network, [grey], Inference())))
        truth = lab.from_rgb(cv2.resize(rgb, ab.shape[1::-1], interpolation=cv2.INTER_AREA))
        figures["coloured"].append(
            float(ciede2000(np.dstack([truth[..., 0], ab * sure[..., None] ** caution]), truth).mean())
        )
        figures["left grey"].append(float(ciede2000(truth * [1, 0, 0], truth).mean()))
        figures["confidence"].append(float(sure.mean()))
    return {name: round(float(np.mean(values)), 2) for name, values in figures.items()}


class _Pictures:
    """The pictures in colour among a material, and squares of them."""

    def __init__(self, material: Material) -> None:
        self.photographs, self.stills = _coloured(material.photographs), _coloured(material.stills)
        if not self.photographs and not self.stills:
            raise FilmError("No picture of the training material is in colour.", "Name a folder of colour photographs.")

    def square(self, rng: np.random.Generator, size: int) -> tuple[np.ndarray, np.ndarray]:
        """A piece of a picture in colour, float32 (size, size, 3), and as a grey film shows it, (size, size)."""
        films = self.stills and (not self.photographs or rng.random() < FILMS)
        pictures = self.stills if films else self.photographs
        picture = pictures[int(rng.integers(len(pictures)))]
        height, width = picture.shape[:2]
        side = min(height, width) * rng.uniform(0.3, 1.0)
        stretch = float(np.exp(rng.uniform(-0.2, 0.2)))
        tall, wide = min(height, round(side * stretch)), min(width, round(side / stretch))
        top, left = int(rng.integers(height - tall + 1)), int(rng.integers(width - wide + 1))
        piece = picture[top : top + tall, left : left + wide][:, :: int(rng.choice([1, -1]))]
        rgb = cv2.resize(piece, (size, size), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
        return rgb, _as_film(rgb, rng)


def _coloured(pictures: list[np.ndarray]) -> list[np.ndarray]:
    """The pictures that are in colour, shrunk to ENOUGH pixels on their short side."""
    pictures = [shrunk(picture, ENOUGH / min(picture.shape[:2])) for picture in pictures]
    small = [cv2.resize(picture, (64, 64), interpolation=cv2.INTER_AREA) for picture in pictures]
    chroma = [float(np.hypot(*np.moveaxis(lab.from_rgb(one / 255)[..., 1:], -1, 0)).mean()) for one in small]
    return [picture for picture, value in zip(pictures, chroma, strict=True) if value > COLOURLESS]


def _as_film(rgb: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Grey code values (h, w) of a picture: stocks see red less or not at all, and copies are soft, grainy and hard."""
    shares = lab.WEIGHTS
    if rng.random() < 0.6:
        shares = np.array([rng.uniform(0.05, 0.5), rng.uniform(0.3, 0.7), rng.uniform(0.05, 0.4)])
    grey = rgb @ (shares / shares.sum()).astype(np.float32)
    if rng.random() < 0.5:
        grey = cv2.GaussianBlur(grey, (0, 0), rng.uniform(0.4, 2.5))
    if rng.random() < 0.5:
        # Light falls off to a side, or out of a lens.
        light = rng.uniform(0.5, 1.2, (3, 3)).astype(np.float32)
        grey = grey * cv2.resize(light, grey.shape[::-1], interpolation=cv2.INTER_CUBIC)
    grey = np.clip(grey, 0, 1) ** np.float32(np.exp(rng.uniform(-0.8, 0.8)))
    low, high = rng.uniform(0, 0.2), rng.uniform(0.6, 1.0)
    grey = low + (high - low) * grey + rng.uniform(0, 0.05) * rng.standard_normal(grey.shape, np.float32)
    return np.clip(grey, 0, 1).astype(np.float32)


def _truth(rgb: np.ndarray, reduction: int) -> np.ndarray:
    """a and b (h, w, 2) of a picture, so many times smaller."""
    height, width = rgb.shape[:2]
    small = cv2.resize(rgb, (width // reduction, height // reduction), interpolation=cv2.INTER_AREA)
    return lab.from_rgb(small)[..., 1:]


def _rows(ab: np.ndarray) -> np.ndarray:
    """The rows of the table of `_between` for colours (..., 2)."""
    a, b = np.moveaxis(np.clip(np.rint(ab), -SPAN, SPAN).astype(np.int64) + SPAN, -1, 0)
    return np.asarray(a * (2 * SPAN + 1) + b)


def _between() -> tuple[np.ndarray, np.ndarray]:
    """For whole a and b, the NEAREST colours of the palette and their weights: int64 and float32 (rows, NEAREST)."""
    from scipy.spatial import KDTree

    axis = np.arange(-SPAN, SPAN + 1)
    whole = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    apart, near = KDTree(palette()).query(whole, k=NEAREST)
    # From the nearest on, so that colours no screen can show have weights as well.
    weights = np.exp((apart[:, :1] ** 2 - apart**2) / (2 * SOFTNESS**2))
    return near.astype(np.int64), (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
