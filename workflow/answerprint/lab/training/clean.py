"""Material, loss and figures for the network of clean/learned: clips that the simulator damaged, aligned."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from ...engines.clean import learned
from ..damage import Damage, damage
from . import clips as training_clips
from .loop import Schedule
from .material import Material

ENGINE = "clean/learned"
NAME = "clean-learned"
SCHEDULE = Schedule(steps=16000, batch=6, size=128)
CLIPS = 1100
"""Clips drawn; each gives the frames in `TAKEN`."""
SIDE = 160
MARGIN = 24
"""Clips are drawn with such a border, so that motion leads out of the square, not out of the picture."""
FRAMES = 7
TAKEN = (0, 2, 4)
"""The first frame of a clip is the first of a shot; the others have two neighbours on either side."""
MEASURED = 20
"""Clips drawn for the figures."""
UNKNOWN = 255
"""Neither lasting scratches nor what a neighbour does not show are this network's business, found or not."""


def wear(rng: np.random.Generator) -> Damage:
    """Damage of random kinds and strength; none of what lies on the film's surface in every sixth clip."""
    size = float(np.exp(rng.uniform(np.log(0.5), np.log(3.5))))
    soil: dict[str, float] = {}
    if rng.random() > 1 / 6:
        # The larger, the fewer: else hardly any of the picture would be left.
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

    Truth is 1 where a defect is, 0 where none is, or UNKNOWN. n is `count` times the length of TAKEN.
    """
    number, inner = count * len(TAKEN), slice(MARGIN, -MARGIN)
    pictures = np.empty((number, 5, SIDE, SIDE), np.float16)
    noise, truth = np.empty(number, np.float32), np.empty((number, SIDE, SIDE), np.uint8)
    for k in range(count):
        rng = np.random.default_rng([seed, k, *b"clean"])
        clean = training_clips.draw(material, rng, FRAMES, SIDE + 2 * MARGIN)[..., None]
        options, own = wear(rng), int(rng.integers(2**31))
        damaged, known = damage(clean, options, own)
        fleeting = known.mask
        if options.scratches:
            fleeting = damage(clean, Damage(**{**vars(options), "scratches": 0.0}), own)[1].mask
        damaged = np.clip(damaged, 0, 1)
        if rng.random() < 0.3:
            damaged = np.stack([_compressed(frame, int(rng.integers(70, 96))) for frame in damaged])
        for n, i in enumerate(TAKEN, start=k * len(TAKEN)):
            # Near its ends a shot has fewer neighbours.
            stop = i + 2 if i == 2 and rng.random() < 0.3 else FRAMES
            seen = learned.aligned(damaged[:stop], i)
            assert seen is not None
            pictures[n], noise[n] = seen.pictures[:, inner, inner], seen.noise
            ignored = (known.mask[i] & ~fleeting[i]) | ~seen.known
            truth[n] = np.where(ignored, UNKNOWN, fleeting[i])[inner, inner]
    return {"pictures": pictures, "noise": noise, "truth": truth}


def _compressed(frame: np.ndarray, quality: int) -> np.ndarray:
    """A frame (h, w, 1) as a compressed copy of the film has it."""
    _, code = cv2.imencode(".jpg", np.rint(frame * 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, quality])
    again = cv2.imdecode(code, cv2.IMREAD_GRAYSCALE)
    assert again is not None
    return again[..., None].astype(np.float32) / 255


def loss(material: Material, drawn: dict[str, np.ndarray], schedule: Schedule) -> Any:
    """(network, step) to cross-entropy over a batch of squares, without the pixels whose truth is unknown."""
    import torch
    from torch.nn import functional

    def of(network: Any, step: int) -> Any:
        rng = np.random.default_rng([schedule.seed, step])
        given, wanted, noise = [], [], []
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
            given.append(pictures)
            wanted.append(np.rot90(drawn["truth"][k][place], turn)[:, ::mirror])
            noise.append(drawn["noise"][k])
        device = schedule.device
        truth = torch.from_numpy(np.stack(wanted)).to(device)
        odds = network(torch.from_numpy(np.stack(given)).to(device), torch.tensor(np.array(noise), device=device))
        each = functional.binary_cross_entropy_with_logits(odds[:, 0].float(), (truth == 1).float(), reduction="none")
        return (each * (truth != UNKNOWN)).mean()

    return of


def measure(network: Any, material: Material, seed: int) -> dict[str, float]:
    """Pixel F1, precision and recall with a pixel of tolerance on clips not trained on, beside clean/motion."""
    from ... import engines

    ours = learned.LearnedClean(learned.LearnedOptions(scratches=False))
    ours.network = network.eval()
    peer = engines.load("clean", "motion", scratches=False)
    counts = {name: np.zeros(4) for name in ("network", "motion")}
    touched: dict[str, list[float]] = {"network": [], "motion": []}
    for k in range(MEASURED):
        rng = np.random.default_rng([seed, k, *b"measure"])
        clean = training_clips.draw(material, rng, 5, 256)[..., None]
        options = Damage(
            dirt=2, dust=5, hairs=0.4, lint=1, blotches=0.3, size=480 / 256 * rng.uniform(0.8, 2), weave=0.5,
            grain=rng.uniform(0, 0.04),
        )  # fmt: skip
        damaged, known = damage(clean, options, int(rng.integers(2**31)))
        for name, engine in {"network": ours, "motion": peer}.items():
            counts[name] += hits(engine.repair(np.clip(damaged, 0, 1))[1][1:-1], known.mask[1:-1])
            touched[name].append(float(engine.repair(clean)[1].mean()))
    figures: dict[str, float] = {}
    for name, (found, right, there, seen) in counts.items():
        precision, recall = right / max(1, found), seen / max(1, there)
        figures[f"{name}: F1"] = 2 * precision * recall / max(1e-9, precision + recall)
        figures[f"{name}: precision"], figures[f"{name}: recall"] = precision, recall
        figures[f"{name}: undamaged pixels touched, %"] = 100 * float(np.mean(touched[name]))
    return {name: round(float(value), 4) for name, value in figures.items()}


def hits(mask: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Pixels found, of these right, pixels there, of these found; right and found within a pixel. bool (n, h, w)."""
    square = np.ones((3, 3), np.uint8)
    wide_mask, wide_truth = (
        np.stack([cv2.dilate(m.astype(np.uint8), square) > 0 for m in masks]) for masks in (mask, truth)
    )
    return np.array([mask.sum(), (mask & wide_truth).sum(), truth.sum(), (truth & wide_mask).sum()], np.float64)
