"""Samples, loss and figures for the network of clean/learned: clips damaged by the simulator, then aligned."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from ...engines.clean import learned
from ..damage import Damage, damage
from . import clips
from .loop import Schedule
from .material import Material

ENGINE = "clean/learned"
NAME = "clean-learned"
SCHEDULE = Schedule(steps=16000, batch=6, size=128)
CLIPS = 1100
"""Clips drawn; each gives the frames in `TAKEN`."""
SIDE = 160
"""Side of a sample, pixels."""
MARGIN = 24
"""Extra pixels around a sample, so that motion leads out of the square but not out of the picture."""
FRAMES = 7
TAKEN = (0, 2, 4)
"""Frames taken from a clip: the first of a shot, and two with two neighbours on either side."""
MEASURED = 20
"""Clips drawn for the figures."""
UNKNOWN = 255
"""Marks pixels that do not count: persistent scratches, and what no neighbour shows."""


def wear(rng: np.random.Generator) -> Damage:
    """Damage of random kinds and strength; one clip in six has nothing on the film's surface."""
    size = float(np.exp(rng.uniform(np.log(0.5), np.log(3.5))))
    soil: dict[str, float] = {}
    if rng.random() > 1 / 6:
        # The larger, the fewer: otherwise hardly any of the picture would be left.
        most = {"dirt": 5, "dust": 40, "hairs": 1, "lint": 2.5, "blotches": 1}
        soil = {
            name: rng.uniform(0, value) / max(size, 0.7) ** 1.5 for name, value in most.items() if rng.random() < 0.6
        }
        soil["scratches"] = float(rng.choice([0, 0, 1.5]))
    return Damage(
        **soil,
        white=float(rng.choice([0, 0.5, 1])),
        size=size * 480 / (SIDE + 2 * MARGIN),
        weave=float(rng.choice([0, rng.uniform(0, 1.0)])),
        flicker=float(rng.choice([0, 0, rng.uniform(0, 0.05)])),
        grain=float(rng.choice([0, rng.uniform(0, 0.025), rng.uniform(0, 0.06)])),
        grain_size=rng.uniform(0.4, 1.2),
    )


def draw(material: Material, seed: int, count: int = CLIPS) -> dict[str, np.ndarray]:
    """Aligned pictures float16 (n, 5, SIDE, SIDE), noise float32 (n,), and truth uint8 (n, SIDE, SIDE).

    Truth is 1 where there is a defect, 0 where there is none, or UNKNOWN. n is `count` times the length of TAKEN.
    """
    number, inner = count * len(TAKEN), slice(MARGIN, -MARGIN)
    pictures = np.empty((number, 5, SIDE, SIDE), np.float16)
    noise, truth = np.empty(number, np.float32), np.empty((number, SIDE, SIDE), np.uint8)
    for k in range(count):
        rng = np.random.default_rng([seed, k, *b"clean"])
        damaged, mask, transient = _damaged_clip(material, rng)
        for n, i in enumerate(TAKEN, start=k * len(TAKEN)):
            # Near its ends a shot has fewer neighbours.
            stop = i + 2 if i == 2 and rng.random() < 0.3 else FRAMES
            aligned = learned.aligned(damaged[:stop], i)
            assert aligned is not None
            pictures[n], noise[n] = aligned.pictures[:, inner, inner], aligned.noise
            ignored = (mask[i] & ~transient[i]) | ~aligned.known
            truth[n] = np.where(ignored, UNKNOWN, transient[i])[inner, inner]
    return {"pictures": pictures, "noise": noise, "truth": truth}


def _damaged_clip(material: Material, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A damaged clip float32 (FRAMES, h, w, 1), the mask of all its defects, and of those that last one frame."""
    clean = clips.draw(material, rng, FRAMES, SIDE + 2 * MARGIN)[..., None]
    options, seed = wear(rng), int(rng.integers(2**31))
    damaged, truth = damage(clean, options, seed)
    transient = truth.mask
    if options.scratches:
        transient = damage(clean, Damage(**{**vars(options), "scratches": 0.0}), seed)[1].mask
    damaged = np.clip(damaged, 0, 1)
    if rng.random() < 0.3:
        damaged = np.stack([_compressed(frame, int(rng.integers(70, 96))) for frame in damaged])
    return damaged, truth.mask, transient


def _compressed(frame: np.ndarray, quality: int) -> np.ndarray:
    """A frame (h, w, 1) after JPEG compression, as in a compressed copy of a film."""
    _, code = cv2.imencode(".jpg", np.rint(frame * 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = cv2.imdecode(code, cv2.IMREAD_GRAYSCALE)
    assert decoded is not None
    return decoded[..., None].astype(np.float32) / 255


def loss(material: Material, drawn: dict[str, np.ndarray], schedule: Schedule) -> Any:
    """The loss (network, step): cross-entropy over a batch of squares, except where the truth is unknown."""
    import torch
    from torch.nn import functional

    def cross_entropy(network: Any, step: int) -> Any:
        rng = np.random.default_rng([schedule.seed, step])
        inputs, targets, noise = [], [], []
        for _ in range(schedule.batch):
            k = int(rng.integers(len(drawn["truth"])))
            y, x = rng.integers(0, SIDE - schedule.size + 1, 2)
            place = slice(y, y + schedule.size), slice(x, x + schedule.size)
            turn, mirror = int(rng.integers(4)), int(rng.choice([1, -1]))
            pictures = np.rot90(drawn["pictures"][k][(slice(None), *place)], turn, axes=(1, 2))[..., ::mirror]
            pictures = pictures.astype(np.float32)
            if rng.random() < 0.5:
                pictures = 1 - pictures
            if rng.random() < 0.5:
                pictures = pictures[[0, 2, 1, 4, 3]]
            inputs.append(pictures)
            targets.append(np.rot90(drawn["truth"][k][place], turn)[:, ::mirror])
            noise.append(drawn["noise"][k])
        device = schedule.device
        truth = torch.from_numpy(np.stack(targets)).to(device)
        logits = network(torch.from_numpy(np.stack(inputs)).to(device), torch.tensor(np.array(noise), device=device))
        losses = functional.binary_cross_entropy_with_logits(
            logits[:, 0].float(), (truth == 1).float(), reduction="none"
        )
        return (losses * (truth != UNKNOWN)).mean()

    return cross_entropy


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
