"""Rows of the repair bench on things that outrun optical flow, drawn over a still picture: how much of them stays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from . import repair_clips
from .repair_clips import DUNES, SEED
from .repair_peers import SPOTS, Peers
from .repair_rows import Row, format_best, format_values, loaded_engines

COUNT = 12
MOMENTS = 6
"""An open shutter blurs motion: a frame is the mean of so many moments."""
OPEN = 0.4
"""For how much of a frame the shutter is open."""


def fast_things(media: Path, peers: Peers) -> Iterator[Row]:
    """The share of the pixels of balls, oars and birds that are left alone, in undamaged film."""
    ground = repair_clips.frames(media, DUNES, 1)[0, ..., 0]
    chance = np.random.default_rng(SEED)
    drawn = {name: [draw(ground, name, chance) for _ in range(3)] for name in THINGS}
    loaded, missing = loaded_engines("clean")

    def stays(name: str, masks: list[np.ndarray]) -> float:
        shown = [cover for _, cover in drawn[name]]
        lost = sum(int((mask & cover).sum()) for mask, cover in zip(masks, shown, strict=True))
        return 100 * (1 - lost / sum(int(cover.sum()) for cover in shown))

    for name in THINGS:
        films = [film for film, _ in drawn[name]]
        values = {one: f"{stays(name, [engine.repair(f)[1] for f in films]):.2f} %" for one, engine in loaded.items()}

        def of_peer(settings: str, name: str = name, films: list[np.ndarray] = films) -> float:
            return stays(name, [repair_clips.changed_mask(f, peers.filtered(f, settings)) for f in films])

        best = format_best(peers.best_of(SPOTS, of_peer), "{:.2f} %")
        yield (
            f"{name} in fast motion, undamaged: pixels that stay",
            "99.5 %",
            "99.9 %",
            format_values(values, missing),
            best,
        )


def _ball(cover: np.ndarray, time: float, chance: np.random.Generator) -> None:
    """A ball that is thrown across the picture."""
    height, width = cover.shape
    speed, radius = chance.uniform(0.06, 0.12) * width, chance.uniform(0.02, 0.05) * height
    x = chance.uniform(0, 0.3) * width + speed * time
    y = (0.8 - 0.12 * time + 0.012 * time**2) * height
    cv2.circle(cover, _fixed(x, y), round(16 * radius), 1.0, -1, cv2.LINE_AA, 4)


def _oar(cover: np.ndarray, time: float, chance: np.random.Generator) -> None:
    """A long thin thing that swings around its end."""
    height, width = cover.shape
    angle = chance.uniform(0, 6) + chance.uniform(0.3, 0.5) * time
    centre, length = (width * chance.uniform(0.3, 0.7), height * 0.5), height * chance.uniform(0.3, 0.45)
    tip = centre[0] + length * np.cos(angle), centre[1] + length * np.sin(angle)
    cv2.line(cover, _fixed(*centre), _fixed(*tip), 1.0, max(2, height // 90), cv2.LINE_AA, 4)
    cv2.circle(cover, _fixed(*tip), round(16 * height / 40), 1.0, -1, cv2.LINE_AA, 4)


def _birds(cover: np.ndarray, time: float, chance: np.random.Generator) -> None:
    """A flock whose wings beat."""
    height, width = cover.shape
    for _ in range(12):
        x, y = chance.uniform(-0.4, 1) * width, chance.uniform(0.1, 0.6) * height
        x, beat = x + chance.uniform(0.02, 0.04) * width * time, np.sin(chance.uniform(0, 6) + 2.2 * time)
        for side in (-1, 1):
            wing = x + side * height / 45, y - beat * height / 60
            cv2.line(cover, _fixed(x, y), _fixed(*wing), 1.0, max(1, height // 160), cv2.LINE_AA, 4)


THINGS = {"balls": _ball, "oars": _oar, "birds": _birds}


def draw(ground: np.ndarray, name: str, chance: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A thing that moves over a picture (h, w), with grain: frames (COUNT, h, w, 1), and where it is (COUNT, h, w)."""
    seed, tone = int(chance.integers(2**31)), float(chance.choice([chance.uniform(0, 0.15), chance.uniform(0.8, 1)]))
    covers = np.zeros((COUNT, *ground.shape), np.float32)
    for k, cover in enumerate(covers):
        for moment in range(MOMENTS):
            layer = np.zeros_like(cover)
            # The same draws at every moment: what is drawn is one thing.
            THINGS[name](layer, k + OPEN * moment / MOMENTS, np.random.default_rng(seed))
            cover += layer / MOMENTS
    grain = np.asarray(chance.normal(0, 0.008, covers.shape), np.float32)
    film = ground + covers * (tone - ground) + grain
    return repair_clips.to_8_bits(np.clip(film, 0, 1))[..., None], covers > 0.1


def _fixed(x: float, y: float) -> tuple[int, int]:
    return round(16 * x), round(16 * y)
