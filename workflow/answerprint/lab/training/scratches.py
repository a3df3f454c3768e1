"""Samples, loss and figures for the network that tells scratches: upright lines of worn clips, as the engine sees them.

In one clip each of seven there are posts, columns, a crowd, large figures, falling water, heavy rain, or nothing but
what the material shows; scratches are in most.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np

from ...engines.clean import _scratch_search, _tracks
from ...engines.clean._scratch_search import ScratchSearch
from ...engines.clean._straightened import ASIDE, PICTURES, ROWS, STEPS
from ..damage import Damage
from . import clips, upright, worn_clips
from .loop import Schedule
from .material import Material
from .scratch_weights import FRAMES, plain_lines, scratched, wear

ENGINE = "clean/learned"
SCHEDULE = Schedule(steps=6000, batch=256, rate=2e-3)
UNIT = "upright lines"
"""What a step is shown, as the card says it."""
CLIPS = 2400
SIZES = (160, 240, 320, 480, 640)
"""Widths of the clips, pixels."""
SHAPES = (1.0, 0.75, 0.5625)
"""Height over width of the clips."""
THINGS = (
    upright.posts, upright.columns, upright.crowd, upright.large_figures,
    upright.falling_water, upright.heavy_rain, None,
)  # fmt: skip
MEASURED = 60
"""Clips drawn for the figures."""
BACKWARDS = [0, 1, *range(1 + len(STEPS), 1, -1), *(2 + len(STEPS) + 2 * k + j for k in (3, 2, 1, 0) for j in (0, 1))]
"""The pictures of a line when time runs backwards."""


def draw(material: Material, seed: int, count: int = CLIPS) -> dict[str, np.ndarray]:
    """What the loss needs of n lines that the regression leaves in doubt.

    `pictures` float16 (n, ROWS, PICTURES, columns), `measures` float32 (n, m), and `scratch` uint8 (n,): 1 or 0.
    """
    pictures, measures, scratch = [], [], []
    for k in range(count):
        for shown, known, truth in _doubtful(*_clip(material, np.random.default_rng([seed, k, *b"scratches"]), k)):
            pictures.append(shown.astype(np.float16))
            measures.append(known.astype(np.float32))
            scratch.append(truth)
    columns = 2 * ASIDE + 1
    return {
        "pictures": np.array(pictures, np.float16).reshape(-1, ROWS, PICTURES, columns),
        "measures": np.array(measures, np.float32).reshape(-1, len(_tracks.NAMES)),
        "scratch": np.array(scratch, np.uint8),
    }


def _doubtful(worn: np.ndarray, added: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray, bool]]:
    """Pictures, measures and truth of the lines of a worn clip on which the network has the last word."""
    weights = _tracks.Weights()
    # It is asked for no odds here, but keeps what the pictures are made of.
    search = ScratchSearch(worn, 1.0, judge=lambda pictures, _: np.zeros(len(pictures)))
    for i, line, scratch in plain_lines(search, added):
        track = search.track(line, i)
        measures = _tracks.measures(line, track, search.lines(i), worn.shape[2])
        if weights.of_line(measures) >= _scratch_search.DOUBT:
            yield search.pictures(line, track, i), measures, scratch


def _clip(material: Material, rng: np.random.Generator, number: int) -> tuple[np.ndarray, np.ndarray]:
    """A worn clip, float32 (n, h, w, 1), and what scratches added to it, signed and of the same shape.

    A third is wide and has nothing but scratches: without grain, columns and trees show all their lines.
    """
    unworn = rng.random() < 1 / 3
    width = int(rng.choice(SIZES[-2:] if unworn else SIZES))
    height = int(width * rng.choice(SHAPES)) // 2 * 2
    clean = clips.draw(material, rng, FRAMES, width)[:, :height, :, None]
    if rng.random() < 0.5:
        clean = _panned(clean[0], rng)
    if thing := THINGS[number % len(THINGS)]:
        clean = thing(clean, rng)
    options = wear(rng)
    if unworn:
        options = Damage(scratches=options.scratches, size=options.size)
    worn, added = scratched(clean, options, rng)
    if not unworn and rng.random() < 0.3:
        worn = worn_clips.compressed(worn, int(rng.integers(16, 29)))
    return worn, added


def _panned(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """FRAMES frames of a picture (h, w, 1) that stands still, or over which a camera pans and zooms slowly."""
    height, width = picture.shape[:2]
    x, y, grow = rng.normal(0, (0.8, 0.3, 0.003)) * (rng.random() < 0.5)
    frames = []
    for t in range(FRAMES):
        zoom = (1 + grow) ** t
        move = np.array([[zoom, 0, (1 - zoom) * width / 2 + x * t], [0, zoom, (1 - zoom) * height / 2 + y * t]])
        frames.append(
            cv2.warpAffine(picture, move, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
        )
    return np.stack(frames)[..., None]


def loss(material: Material, drawn: dict[str, np.ndarray], schedule: Schedule) -> Any:
    """The loss (network, step): cross-entropy over a batch of lines."""
    import torch
    from torch.nn import functional

    def cross_entropy(network: Any, step: int) -> Any:
        rng = np.random.default_rng([schedule.seed, step])
        chosen = rng.integers(len(drawn["scratch"]), size=schedule.batch)
        pictures = _turned(drawn["pictures"][chosen].astype(np.float32), rng)
        batch = (pictures, drawn["measures"][chosen], drawn["scratch"][chosen].astype(np.float32))
        shown, known, truth = (torch.from_numpy(part).to(schedule.device) for part in batch)
        return functional.binary_cross_entropy_with_logits(network(shown, known).float(), truth)

    return cross_entropy


def _turned(pictures: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Half of the pictures of lines (n, rows, pictures, columns) left to right, half of them backwards in time."""
    mirrored, backwards = (rng.random(len(pictures)) < 0.5 for _ in range(2))
    pictures[mirrored] = pictures[mirrored][..., ::-1]
    pictures[backwards] = pictures[backwards][:, :, BACKWARDS]
    return pictures


def measure(network: Any, material: Material, seed: int) -> dict[str, float]:
    """F1, precision and recall over held-out lines that the regression leaves in doubt, next to the regression's."""
    import torch

    drawn, weights = draw(material, seed, MEASURED), _tracks.Weights()
    with torch.no_grad():
        pictures, measures = (torch.from_numpy(drawn[name].astype(np.float32)) for name in ("pictures", "measures"))
        odds = {"network": network(pictures, measures).numpy()}
    odds["regression"] = np.array([weights.of_line(known.astype(np.float64)) for known in drawn["measures"]])
    truth = drawn["scratch"] > 0
    figures = {"lines": float(len(truth)), "scratches among them": float(truth.sum())}
    for name, value in odds.items():
        right = float((truth & (value > 0)).sum())
        precision, recall = right / max(float((value > 0).sum()), 1), right / max(float(truth.sum()), 1)
        figures[f"{name}: F1"] = round(2 * precision * recall / max(precision + recall, 1e-9), 4)
        figures[f"{name}: precision"], figures[f"{name}: recall"] = round(precision, 4), round(recall, 4)
    return figures
