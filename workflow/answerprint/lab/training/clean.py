"""Samples, loss and figures for the network of clean/learned: worn clips, aligned by the engine."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from ...engines.clean import learned
from ...engines.clean._alignment import ShotAligner
from ..damage import Damage, damage
from . import clips, worn_clips
from .loop import Schedule
from .material import Material

ENGINE = "clean/learned"
SCHEDULE = Schedule(steps=16000, batch=6, size=128)
CLIPS = 1100
"""Clips drawn; each gives SAMPLES frames."""
SAMPLES = 3
"""One frame with all its neighbours, one near the middle of the clip, and one of a short shot or near its end."""
SIDE = 160
"""Side of a sample, pixels."""
MARGIN = 24
"""Extra pixels around a sample, so that motion leads out of the square but not out of the picture."""
FRAMES = 9
MEASURED = 20
"""Clips drawn for the figures."""
UNKNOWN = 255
"""Marks pixels that do not count: scratches that last."""
REVERSED = [1, 0, 3, 2, 5, 4]
"""The slots of the neighbours when time runs backwards."""


def draw(material: Material, seed: int, count: int = CLIPS) -> dict[str, np.ndarray]:
    """What the loss needs: n is `count` times SAMPLES.

    `pictures` float16 (n, 7, SIDE, SIDE) and `noise` float32 (n,) as in a Window, its `valid` as bits, uint8
    (n, SIDE, SIDE); and `truth` uint8 (n, SIDE, SIDE): 1 where there is a defect, 0 where there is none, or UNKNOWN.
    """
    number, inner = count * SAMPLES, slice(MARGIN, -MARGIN)
    square = (number, SIDE, SIDE)
    drawn: dict[str, np.ndarray] = {
        "pictures": np.empty((number, 7, SIDE, SIDE), np.float16), "noise": np.empty(number, np.float32),
        "valid": np.empty(square, np.uint8), "truth": np.empty(square, np.uint8),
    }  # fmt: skip
    for k in range(count):
        rng = np.random.default_rng([seed, k, *b"clean"])
        clip = worn_clips.draw(material, rng, FRAMES, SIDE + 2 * MARGIN)
        whole = ShotAligner(clip.frames)
        for n, (start, stop, i) in enumerate(_places(rng), start=k * SAMPLES):
            aligner = whole if stop - start == FRAMES else ShotAligner(clip.frames[start:stop])
            window = aligner.window(i - start)
            drawn["pictures"][n], drawn["noise"][n] = window.pictures[:, inner, inner], window.noise
            drawn["valid"][n] = np.packbits(window.valid[:, inner, inner], axis=0)[0]
            truth = np.where(clip.lasting[i], UNKNOWN, clip.defects[i])
            drawn["truth"][n] = truth[inner, inner]
    return drawn


def _places(rng: np.random.Generator) -> list[tuple[int, int, int]]:
    """For each sample of a clip: the first frame of its shot, the one after the last, and which frame is looked at."""
    length = int(rng.choice([1, 2, 3, 4, 5, 7, 9], p=[0.06, 0.1, 0.12, 0.16, 0.2, 0.2, 0.16]))
    start = int(rng.integers(0, FRAMES - length + 1))
    end = int(rng.choice([0, 0, 1, length - 1, length - 1, length - 2]))
    return [
        (0, FRAMES, FRAMES // 2),
        (0, FRAMES, int(rng.choice([2, 3, 5, 6]))),
        (start, start + length, start + min(max(end, 0), length - 1)),
    ]


def loss(material: Material, drawn: dict[str, np.ndarray], schedule: Schedule) -> Any:
    """The loss (network, step): cross-entropy over a batch of squares, except where the truth is unknown."""
    import torch
    from torch.nn import functional

    def cross_entropy(network: Any, step: int) -> Any:
        rng = np.random.default_rng([schedule.seed, step])
        batch = [_square(drawn, rng, schedule.size) for _ in range(schedule.batch)]
        parts = (torch.from_numpy(np.stack(part)).to(schedule.device) for part in zip(*batch, strict=True))
        pictures, valid, noise, truth = parts
        odds = network(pictures, valid, noise)[:, 0].float()
        losses = functional.binary_cross_entropy_with_logits(odds, (truth == 1).float(), reduction="none")
        return (losses * (truth != UNKNOWN)).mean()

    return cross_entropy


def _square(drawn: dict[str, np.ndarray], rng: np.random.Generator, size: int) -> tuple[np.ndarray, ...]:
    """Pictures, valid, noise and truth of a random square, turned, mirrored, inverted or reversed."""
    k = int(rng.integers(len(drawn["truth"])))
    y, x = rng.integers(0, SIDE - size + 1, 2)
    place = (..., slice(y, y + size), slice(x, x + size))
    turn, mirror = int(rng.integers(4)), int(rng.choice([1, -1]))

    def oriented(planes: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray(np.rot90(planes[place], turn, axes=(-2, -1))[..., ::mirror])

    pictures = oriented(drawn["pictures"][k]).astype(np.float32)
    valid = np.unpackbits(oriented(drawn["valid"][k])[None], axis=0, count=6).astype(bool)
    if rng.random() < 0.5:
        pictures = 1 - pictures
    if rng.random() < 0.5:
        pictures = pictures[[0, *(1 + slot for slot in REVERSED)]]
        valid = valid[REVERSED]
    return pictures, valid, drawn["noise"][k], oriented(drawn["truth"][k])


def measure(network: Any, material: Material, seed: int) -> dict[str, float]:
    """Pixel F1, precision and recall on held-out clips, within a pixel, next to those of clean/motion."""
    from ... import engines

    ours = learned.LearnedClean(learned.LearnedOptions(scratches=False))
    ours.network = network.eval()
    peer = engines.load("clean", "motion", scratches=False)
    counts = {name: np.zeros(4) for name in ("network", "motion")}
    touched: dict[str, list[float]] = {"network": [], "motion": []}
    for k in range(MEASURED):
        rng = np.random.default_rng([seed, k, *b"measure"])
        clean = clips.draw(material, rng, 5, 256)[..., None]
        options = Damage(
            dirt=2, dust=5, hairs=0.4, lint=1, blotches=0.3, size=480 / 256 * rng.uniform(0.8, 2), weave=0.5,
            grain=rng.uniform(0, 0.04),
        )  # fmt: skip
        damaged, truth = damage(clean, options, int(rng.integers(2**31)))
        for name, engine in {"network": ours, "motion": peer}.items():
            counts[name] += hits(engine.repair(np.clip(damaged, 0, 1))[1][1:-1], truth.mask[1:-1])
            touched[name].append(float(engine.repair(clean)[1].mean()))
    figures: dict[str, float] = {}
    for name, (detected, correct, defective, recalled) in counts.items():
        precision, recall = correct / max(1, detected), recalled / max(1, defective)
        figures[f"{name}: F1"] = 2 * precision * recall / max(1e-9, precision + recall)
        figures[f"{name}: precision"], figures[f"{name}: recall"] = precision, recall
        figures[f"{name}: undamaged pixels touched, %"] = 100 * float(np.mean(touched[name]))
    return {name: round(float(value), 4) for name, value in figures.items()}


def hits(mask: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Numbers of detected pixels, correct ones among them, defective pixels, and recalled ones among them.

    Masks are bool (n, h, w); correct and recalled allow for one pixel of tolerance.
    """
    square = np.ones((3, 3), np.uint8)
    wide_mask, wide_truth = (
        np.stack([cv2.dilate(m.astype(np.uint8), square) > 0 for m in masks]) for masks in (mask, truth)
    )
    return np.array([mask.sum(), (mask & wide_truth).sum(), truth.sum(), (truth & wide_mask).sum()], np.float64)
