"""Trains the networks by which `clean` tells dirt from what else only one frame shows, on drawn and filmed clips.

python -c "from answerprint.lab.training import dirt_weights as weights
print(weights.module(weights.train('MATERIAL', 'MATTES')))" > workflow/answerprint/engines/clean/_dirt_weights.py
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ...engines.clean import _spot_judge, _strokes
from ...engines.clean._halves import Frames, Halves
from ...engines.clean._levels import Level, ShotDetector
from ..damage import damage
from . import clips, fast_things, hard_negatives, material, worn_clips
from .material import Material

FRAMES = 9
"""Frames of each."""
SIZES = (256, 320, 400)
"""Height and width of the clips, pixels."""
FAST, WEATHER, MATTED = 0.5, 0.3, 0.7
"""Share of the clips in which something outruns the optical flow, of those in which it rains, snows, burns or glitters,
beside those of `clips.draw`, and of those soiled with photographed dirt."""
GRAINY, ALIKE, PRINTED = 0.35, 0.3, 0.4
"""Share of the clips with grain of 2 to 7 % of white, of those in which dirt of one kind lies thick or seldom, and of
those in which it was printed from an earlier copy, and so is fainter and softer."""
SOIL = ("dirt", "dust", "hairs", "lint", "blotches", "specks", "stains", "sparkle", "spray", "mould")
MOVED, MOSTLY = 0.04, 0.5
"""A pixel is dirt where it changed by more than this, of 1, and a spot where more than this share of it did."""
NETWORKS = 4
"""Of each course, trained alike, but from other numbers on; what they say is averaged."""
OWN, EACH, BOTH = 48, 32, 24
"""Units of the layers of each: for a spot, for the sum over all of a frame, and for both together."""
STEPS, BATCH, RATE, DECAY = 24000, 120, 3e-3, 0.2
"""BATCH is in frames."""
LARGEST = 20000
"""A spot counts by the square root of its pixels, up to so many."""


@dataclass(frozen=True, kw_only=True)
class Course:
    """What some of the networks are trained on."""

    clips: int
    """Clips that spots are taken from."""
    apart: tuple[int, ...] = (1,)
    """Films are shown as they are, and at every so many frames: silent films are slower than those of our material."""
    struck: float = 0.0
    """Share of the fast things that rest but for one stroke. With none, the networks don't see what `_strokes` says."""


COURSES = Course(clips=1700), Course(clips=1800, apart=(1, 2), struck=0.25)
"""Networks that know strokes take some large specks for hands, those that don't take hands for dirt: the mean of both
errs least."""


@dataclass(frozen=True, kw_only=True)
class Examples:
    """The spots of one frame of a worn clip."""

    traits: np.ndarray
    """What the networks see of each, float64 (n, TRAITS)."""
    dirt: np.ndarray
    """Whether it is dirt, bool (n,)."""
    pixels: np.ndarray
    """By how many it counts."""


@dataclass(frozen=True, kw_only=True)
class Weights:
    """The networks: what traits are measured by, and the weights (networks, in, out) and offsets (networks, 1, out) of
    their layers."""

    mean: np.ndarray
    spread: np.ndarray
    layers: dict[str, tuple[np.ndarray, np.ndarray]]
    """As `_spot_judge.network` names them."""


def train(folder: Path | str, mattes: Path | str) -> Weights:
    """The networks, from the photographs and films of one folder and the mattes of another."""
    soiled_by = matte_files(mattes)

    def spots(course: Course) -> list[Examples]:
        read = material.read(folder, apart=course.apart)
        clips = (draw(read, soiled_by, number, course.struck) for number in range(course.clips))
        return [frame for clip in clips for frame in examples(*clip)]

    return fit([spots(course) for course in COURSES])


def matte_files(folder: Path | str) -> list[Path]:
    """Every other picture of dirt in the folders within a folder, but for scratches; its opacity is the fourth channel.

    The others are left for measuring.
    """
    folders = sorted(one for one in Path(folder).iterdir() if one.is_dir() and one.name != "scratches")
    return [file for one in folders for file in sorted(one.glob("*.png"))[::2]]


def draw(read: Material, mattes: Sequence[Path], number: int, struck: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """A clip as it was and as it is worn, both float32 (n, s, s, 1), 0..1, alike but for the dirt.

    struck: share of the fast things in it that rest but for one stroke.
    """
    rng = np.random.default_rng([number, *b"dirt weights"])
    size = int(rng.choice(SIZES))
    clean = clips.draw(read, rng, FRAMES, size)
    if rng.random() < FAST:
        clean = fast_things.draw(clean, rng, struck)
    if rng.random() < WEATHER:
        clean = hard_negatives.weather(clean, rng)
    clean = np.clip(clean, 0, 1)
    steady = rng.random() < 0.7
    options = worn_clips.wear(rng, size)
    options = replace(options, scratches=0, short_scratches=0, held_hairs=0, weave=0 if steady else options.weave)
    if rng.random() < GRAINY:
        options = replace(options, grain=rng.uniform(0.02, 0.07))
    if rng.random() < ALIKE:
        kind = str(rng.choice(("dirt", "dust", "specks", "stains")))
        often = rng.uniform(1, 4) if rng.random() < 0.6 else rng.uniform(0.05, 0.3)
        # The larger, the fewer: otherwise hardly any of the picture would be left.
        often *= worn_clips.MOST[kind] / max(options.size * size / 480, 0.7) ** 1.5
        options = replace(options, **(dict.fromkeys(SOIL, 0.0) | {kind: often}))
    seed = int(rng.integers(2**31))
    worn, truth = damage(clean[..., None], options, seed)
    unsoiled = damage(clean[..., None], replace(options, **dict.fromkeys(SOIL, 0.0)), seed)[0]
    dirt = truth.mask.copy()
    if mattes and rng.random() < MATTED:
        _soil(worn[..., 0], dirt, mattes, rng)
    if rng.random() < PRINTED:
        worn = unsoiled + rng.uniform(0.25, 0.8) * _softened(worn - unsoiled, rng.choice([0, rng.uniform(0.5, 1.2)]))
    worn, unsoiled = (np.rint(255 * np.clip(one, 0, 1)).astype(np.float32) / 255 for one in (worn, unsoiled))
    if rng.random() < worn_clips.COMPRESSED:
        worn = worn_clips.compressed(worn, int(rng.integers(16, 31)))
    near = np.stack([cv2.dilate(one.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0 for one in dirt])
    return np.where(near[..., None], unsoiled, worn), worn


def _soil(worn: np.ndarray, dirt: np.ndarray, mattes: Sequence[Path], rng: np.random.Generator) -> None:
    """Lay some mattes on each frame (n, s, s), in place, and mark in `dirt`, bool, where they change it."""
    many = float(rng.choice([0.3, 1, 1, 2]))
    for frame, mask in zip(worn, dirt, strict=True):
        for _ in range(rng.poisson(many)):
            cover = _cover(mattes[int(rng.integers(len(mattes)))], len(frame), rng)
            tone = rng.uniform(0.7, 1) if rng.random() < 0.5 else rng.uniform(0, 0.2)
            change = cover * (np.float32(tone) - frame)
            frame += change
            mask |= np.abs(change) > MOVED / 2


def _softened(frames: np.ndarray, blur: float) -> np.ndarray:
    """Frames (n, s, s, 1) blurred by a Gaussian of this standard deviation, pixels; 0 leaves them as they are."""
    return np.stack([cv2.GaussianBlur(one, (0, 0), blur)[..., None] for one in frames]) if blur else frames


def _cover(file: Path, size: int, rng: np.random.Generator) -> np.ndarray:
    """How much a matte, turned and of any size, covers of each pixel of a square of `size`: float32, 0..1."""
    picture = np.asarray(cv2.imread(str(file), cv2.IMREAD_UNCHANGED))
    matte = np.rot90(picture[..., 3].astype(np.float32) / 255, int(rng.integers(4)))[:: rng.choice([1, -1])]
    scale = min(float(np.exp(rng.uniform(np.log(0.35), np.log(1.2)))) * size / 480, 0.9 * size / max(matte.shape))
    small: np.ndarray = np.asarray(cv2.resize(matte, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
    y, x = (int(rng.integers(-side // 3, size - side + side // 3 + 1)) for side in small.shape)
    top, left = max(y, 0), max(x, 0)
    shown = small[top - y : size - y, left - x : size - x]
    cover = np.zeros((size, size), np.float32)
    cover[top : top + shown.shape[0], left : left + shown.shape[1]] = shown * rng.uniform(0.4, 1)
    return cover


def examples(clean: np.ndarray, worn: np.ndarray) -> list[Examples]:
    """The spots of a worn clip, frame by frame, at each size at which they are judged."""
    levels: list[tuple[Level, Frames]] = [(ShotDetector(worn, sensitivity=1.0, smallest=2), clean)]
    while isinstance(coarser := levels[-1][0].coarser, Level):
        finer, truth = levels[-1]
        levels.append((coarser, Halves(truth) if finer.scale > 1 else truth))
    # The smallest first: what the others need of it is then at hand.
    return [
        found
        for level, truth in reversed(levels)
        for i in range(FRAMES)
        if (found := _spots(level, i, truth[i])) is not None
    ]


def _spots(level: Level, i: int, clean: np.ndarray) -> Examples | None:
    """The spots of frame `i`, which was `clean`, if there are any."""
    case = level.case(i)
    if case is None:
        return None
    regions = case.spots.score.regions
    moved = (np.abs(level.frames[i] - clean)[..., 0] > MOVED).astype(np.uint8)
    near = cv2.dilate(moved, np.ones((3, 3), np.uint8)).astype(np.float32)
    return Examples(
        traits=_spot_judge.with_context(case.traits, level.context(i, case)),
        dirt=regions.means(near, regions.mask)[1:] > MOSTLY,
        pixels=regions.area[1:],
    )


def fit(found: Sequence[Sequence[Examples]]) -> Weights:
    """The networks that tell dirt best, from the spots of each course."""
    traits = np.concatenate([one.traits for frames in found for one in frames])
    mean, spread = traits.mean(axis=0), traits.std(axis=0) + 1e-6
    farthest = _spot_judge.FARTHEST
    networks = []
    for course, frames in zip(COURSES, found, strict=True):
        seen = np.array([course.struck > 0 or name not in _strokes.TRAITS for name in _spot_judge.TRAITS])
        values = [((one.traits - mean) / spread).clip(-farthest, farthest) for one in frames]
        networks += [_network(values, frames, seen, number) for number in range(NETWORKS)]
    layers = {
        name: (
            np.stack([network[name].weight.detach().numpy().T for network in networks]),
            np.stack([network[name].bias.detach().numpy()[None] for network in networks]),
        )
        for name in networks[0]
    }
    return Weights(mean=mean, spread=spread, layers=layers)


def _network(values: Sequence[np.ndarray], found: Sequence[Examples], seen: np.ndarray, seed: int) -> dict[str, Any]:
    """The layers of one network that sees these traits, bool (TRAITS,), of all: weighted cross-entropy, AdamW
    (Loshchilov and Hutter 2019), one cycle."""
    import torch
    from torch.nn import Linear, functional

    every = torch.from_numpy(np.concatenate(values) * seen).float()
    truth = torch.from_numpy(np.concatenate([one.dirt for one in found])).float()
    pixels = np.concatenate([one.pixels for one in found])
    weight = torch.from_numpy(np.sqrt(np.minimum(pixels, LARGEST))).float()
    weight /= weight.mean()
    ends = np.cumsum([len(one.dirt) for one in found])
    spots = [torch.arange(end - len(one.dirt), end) for one, end in zip(found, ends.tolist(), strict=True)]
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = {
            "OWN": Linear(every.shape[1], OWN),
            "EACH": Linear(every.shape[1], EACH),
            "BOTH": Linear(OWN + EACH, BOTH),
            "LAST": Linear(BOTH, 1),
        }
        numbers = [number for layer in network.values() for number in layer.parameters()]
        optimiser = torch.optim.AdamW(numbers, RATE, weight_decay=DECAY)
        rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, STEPS)
        for _ in range(STEPS):
            frames = torch.randint(len(found), (BATCH,)).tolist()
            batch = torch.cat([spots[k] for k in frames])
            frame = torch.repeat_interleave(torch.tensor([len(spots[k]) for k in frames]))
            odds = _odds(network, every[batch], frame)
            loss = functional.binary_cross_entropy_with_logits(odds, truth[batch], weight=weight[batch])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            rate.step()
    with torch.no_grad():
        for name in ("OWN", "EACH"):
            network[name].weight *= torch.from_numpy(seen)
    return network


def _odds(network: dict[str, Any], values: Any, frame: Any) -> Any:
    """What one network says of spots (n, TRAITS), each in the frame of that number: as `_spot_judge.log_odds`, (n,)."""
    import torch

    each = torch.relu(network["EACH"](values))
    everywhere = torch.log1p(torch.zeros(BATCH, EACH).index_add(0, frame, each))
    beside = torch.cat([torch.relu(network["OWN"](values)), everywhere[frame]], dim=1)
    return network["LAST"](torch.relu(network["BOTH"](beside)))[:, 0]


def module(weights: Weights) -> str:
    """The source of `engines/clean/_dirt_weights.py`."""

    def numbers(values: np.ndarray) -> str:
        rows = [", ".join(f"{value:.3f}" for value in row) for row in np.array_split(values, -(-len(values) // 14))]
        return "(" + ",\n ".join(rows) + ("," if len(values) == 1 else "") + ")"

    layers = "\n".join(
        f"{name} = (\nnp.array({numbers(weight.ravel())})\n.reshape{weight.shape},\n"
        f"np.array({numbers(offset.ravel())})\n.reshape{offset.shape})"
        for name, (weight, offset) in weights.layers.items()
    )
    return f'''"""Weights that tell dirt, a table for eight networks; `lab/training/dirt_weights.py` made it.

Each layer has weights (networks, in, out) and offsets (networks, 1, out).
"""

import numpy as np

# fmt: off
MEAN = np.array({numbers(weights.mean)})
"""Of the traits of `_spot_judge.TRAITS`, in their order."""
SPREAD = np.array({numbers(weights.spread)})
"""Their standard deviations."""
{layers}
'''
