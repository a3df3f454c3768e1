"""Trains the weights by which `clean` tells scratches from upright things of the picture, on drawn film.

python -c "from answerprint.lab.training import scratch_weights as weights
print(weights.module(weights.train('MATERIAL')))" > workflow/answerprint/engines/clean/_scratch_weights.py
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from ...engines.clean import _tracks
from ...engines.clean._scratch_search import ScratchSearch
from ...engines.clean._scratches import Line
from ...engines.clean._tracks import Opinions, Weights
from ..damage import Damage, damage
from . import clips, material, upright, worn_clips
from .cut_weights import logistic
from .material import Material

CLIPS = 300
"""Clips on which it is learned what a line is in one frame."""
TOGETHER = 40
"""Other clips, on which it is learned how much the frames near by count."""
FRAMES = 7
"""Frames of each;"""
LOOKED_AT = 0, 3
"""of these, the first is compared as at a cut, the middle one as in a long shot."""
SIZES = (160, 240, 320, 480)
"""Height and width of the clips, pixels."""
VISIBLE = 0.02
"""A scratch counts where it changes the picture by more than this, of 1."""
MOSTLY, HARDLY = 0.6, 0.2
"""Share of a line that lies on scratches from which it is one, and up to which it is none; between, nothing is said."""
RIDGE = 3.0
"""Weight of the penalty on large coefficients, of standardized traits."""
THINGS = (upright.posts, upright.posts, upright.falling_water, upright.heavy_rain)


def train(folder: Path | str) -> Weights:
    """Weights from the photographs and films of a folder."""
    read = material.read(folder)
    lines = [example for number in range(CLIPS) for example in examples(*draw(read, number))]
    line, line_bias = logistic(*_columns([(_tracks.traits(measures), scratch) for measures, scratch in lines]), RIDGE)
    weights = Weights(line=tuple(line.tolist()), line_bias=line_bias)
    others = range(CLIPS, CLIPS + TOGETHER)
    opinions = [example for number in others for example in opinion_examples(*draw(read, number), weights)]
    together, together_bias = logistic(*_columns([(one.traits(), scratch) for one, scratch in opinions]), RIDGE)
    return replace(weights, together=tuple(together.tolist()), together_bias=together_bias)


def _columns(examples: list[tuple[np.ndarray, bool]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([traits for traits, _ in examples]), np.array([scratch for _, scratch in examples])


def draw(read: Material, number: int) -> tuple[np.ndarray, np.ndarray]:
    """A worn clip, float32 (n, s, s, 1), and what scratches added to it, signed and of the same shape."""
    rng = np.random.default_rng([number, *b"scratch weights"])
    size = int(rng.choice(SIZES))
    clean = clips.draw(read, rng, FRAMES, size)[..., None]
    if rng.random() < 0.3:
        clean = np.repeat(clean[:1], FRAMES, axis=0)
    if rng.random() < 0.6:
        clean = THINGS[rng.integers(len(THINGS))](clean, rng)
    worn, added = scratched(clean, wear(rng), rng)
    return worn_clips.compressed(worn, int(rng.integers(16, 29))) if rng.random() < 0.3 else worn, added


def scratched(clean: np.ndarray, options: Damage, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A clip worn with these options, float32 (n, h, w, 1), and what scratches added to it, signed.

    In some clips no scratch shows in places; most are held still, as `stabilise` does it.
    """
    seed, first = int(rng.integers(2**31)), int(rng.integers(300))
    worn, truth = damage(clean, options, seed, first=first)
    added = worn - damage(clean, Damage(**{**vars(options), "scratches": 0.0}), seed, first=first)[0]
    if rng.random() < 0.3:
        hidden = _gone(rng, clean.shape[1])
        worn, added = worn - hidden * added, (1 - hidden) * added
    if rng.random() < 0.6:
        worn, added = (_steadied(frames, truth.weave) for frames in (worn, added))
    return np.clip(worn, 0, 1), added


def _gone(rng: np.random.Generator, rows: int) -> np.ndarray:
    """1 where no scratch shows, for whole frames or up to or from some height, else 0: float32 (n, rows, 1, 1)."""
    hidden = np.zeros((FRAMES, rows, 1, 1), np.float32)
    if rng.random() < 0.5:
        hidden[rng.random(FRAMES) < 0.3] = 1
    else:
        height = int(rng.uniform(0.2, 0.7) * rows)
        hidden[:, :height] = rng.integers(2)
        hidden[:, height:] = 1 - hidden[:, :1]
    return hidden


def wear(rng: np.random.Generator) -> Damage:
    """Scratches from hardly visible to broad ones, or none, on film that is steady or not, grainy or not."""
    return Damage(
        scratches=float(rng.choice([0, 3, 3, 3, 6])),
        size=float(np.exp(rng.uniform(np.log(0.5), np.log(2)))),
        grain=float(rng.choice([0, rng.uniform(0, 0.02), rng.uniform(0.01, 0.05)])),
        flicker=float(rng.choice([0, rng.uniform(0, 0.06)])),
        weave=float(rng.choice([0, rng.uniform(0.2, 1.2)])),
        dirt=float(rng.choice([0, 4])),
        dust=float(rng.choice([0, 8])),
    )


def _steadied(frames: np.ndarray, weave: np.ndarray) -> np.ndarray:
    """Frames moved back by their weave (n, 2), as `stabilise` does before scratches are searched for."""
    moves = [np.array([[1, 0, -x], [0, 1, -y]], np.float32) for x, y in weave]
    size = frames.shape[2], frames.shape[1]
    return np.stack(
        [cv2.warpAffine(f, m, size, borderMode=cv2.BORDER_REPLICATE) for f, m in zip(frames, moves, strict=True)]
    )[..., None]


def examples(worn: np.ndarray, added: np.ndarray) -> Iterator[tuple[np.ndarray, bool]]:
    """What is measured of each line of a worn clip, and whether it is a scratch, where that is plain."""
    search = ScratchSearch(worn, 1.0)
    for i, line, scratch in plain_lines(search, added):
        yield _tracks.measures(line, search.track(line, i), search.lines(i), worn.shape[2]), scratch


def opinion_examples(worn: np.ndarray, added: np.ndarray, weights: Weights) -> Iterator[tuple[Opinions, bool]]:
    """What the frames of a worn clip say of each line, with these weights, and whether it is a scratch."""
    search = ScratchSearch(worn, 1.0, weights=weights)
    for i, line, scratch in plain_lines(search, added):
        yield search.opinions(line, i), scratch


def plain_lines(search: ScratchSearch, added: np.ndarray) -> Iterator[tuple[int, Line, bool]]:
    """Lines of which it is plain whether they are scratches: their frame, themselves, and what they are."""
    for i in LOOKED_AT:
        for line in search.lines(i):
            share = _share(line, added[i, ..., 0])
            if not HARDLY < share < MOSTLY:
                yield i, line, share >= MOSTLY


def _share(line: Line, change: np.ndarray) -> float:
    """Share of a line that lies on scratches of its tone, or a pixel beside them."""
    near = np.ones((1, 3), np.uint8)
    on = cv2.dilate((change * (1 if line.bright else -1) > VISIBLE).astype(np.uint8), near)
    rows = ((np.arange(line.top, line.bottom) + 0.5) * len(change) / line.strips).astype(int)
    columns = np.clip(np.rint(line.x).astype(int), 0, change.shape[1] - 1)
    return float(on[rows, columns].mean())


def module(weights: Weights) -> str:
    """The source of `engines/clean/_scratch_weights.py`."""
    rows = [weights.line[start : start + 10] for start in range(0, len(weights.line), 10)]
    lines = "\n".join(f"    *({', '.join(f'{value:.4f}' for value in row)},)," for row in rows)
    return f'''"""Weights that tell scratches, trained by `lab/training/scratch_weights.py`; do not edit by hand."""

LINE_BIAS = {weights.line_bias:.4f}
LINE = (
{lines}
)
"""Coefficients of the traits of `_tracks.traits`, in their order."""
TOGETHER_BIAS = {weights.together_bias:.4f}
TOGETHER = ({", ".join(f"{value:.4f}" for value in weights.together)})
"""Coefficients of the traits of `_tracks.Opinions`."""
'''
