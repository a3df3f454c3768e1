"""Upright things that are no scratches, drawn over a clip (n, h, w, 1) of 0..1: posts, falling water, heavy rain."""

from __future__ import annotations

import cv2
import numpy as np


def posts(frames: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Thin posts, alone or in rows, that stand still or pass by, as wide as scratches, some of them rough."""
    count, height, width = frames.shape[:3]
    y = np.arange(height) / height
    aside = rng.choice([0.0, rng.normal(0, 0.3), rng.normal(0, 3)]) * np.arange(count)
    posts = int(rng.integers(1, 6) if rng.random() < 0.6 else rng.integers(8, 24))
    drawn = frames.copy()
    for _ in range(posts):
        top, bottom = np.clip(rng.uniform([-0.5, 0.5], [0.6, 1.5]), 0, 1)
        rough = cv2.GaussianBlur(rng.standard_normal((height, 1)).astype(np.float32), (1, 13), 0, sigmaY=3.0)[:, 0]
        cover = rng.uniform(0.15, 0.9) * (1 + rng.choice([0, 1]) * rough) * ((y >= top) & (y <= bottom))
        middle = rng.uniform(0.03, 0.97) * width + rng.normal(0, 0.02) * height * (y - 0.5)
        tone, sigma = rng.random(), rng.uniform(0.45, 2.5)
        for frame, step in zip(drawn, aside, strict=True):
            bell = np.exp(-0.5 * ((np.arange(width) - (middle + step)[:, None]) / sigma) ** 2)
            frame += np.clip(cover[:, None] * bell, 0, 1)[..., None] * (tone - frame)
    return drawn


def falling_water(frames: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A curtain of water, in one to three sheets that fall at different speeds, over a part of the picture."""
    height, width = frames.shape[1:3]
    sheets = []
    for _ in range(rng.integers(1, 4)):
        noise = rng.standard_normal((4 * height, width)).astype(np.float32)
        strands = cv2.GaussianBlur(noise, (0, 0), rng.uniform(0.5, 2.5), sigmaY=rng.uniform(3, 40))
        sheets.append((strands / strands.std() / 2, rng.uniform(0.01, 0.2) * height))
    aside = np.abs(np.linspace(-1, 1, width) - rng.uniform(-0.6, 0.6))
    cover = (np.clip(2 - rng.uniform(1, 5) * aside, 0, 1) * rng.uniform(0.5, 1))[None, :, None]
    light, contrast = rng.uniform(0.3, 0.8), rng.uniform(0.06, 0.3)
    drawn = frames.copy()
    for t, frame in enumerate(drawn):
        fall = sum(strands[(np.arange(height) - round(speed * t)) % (4 * height)] for strands, speed in sheets)
        frame += cover * ((light + contrast * np.asarray(fall))[..., None] - frame)
    return np.clip(drawn, 0, 1)


def heavy_rain(frames: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Upright streaks that fall, or lie anew in each frame, so many that some stand above one another."""
    height, width = frames.shape[1:3]
    length, fall = rng.uniform(0.04, 0.3) * height, rng.uniform(0.1, 0.6) * height
    lean, opacity, tone = rng.normal(0, 0.03) * length, rng.uniform(0.1, 0.6), rng.uniform(0.6, 1)
    places, anew, soft = rng.random((rng.integers(40, 400), 2)), rng.random() < 0.5, rng.uniform(0.4, 0.8)
    drawn = frames.copy()
    for t, frame in enumerate(drawn):
        places = rng.random(places.shape) if anew else places
        cover = np.zeros((height, width), np.float32)
        for x, y in places * (width, height):
            y = (y + fall * t) % (height + length) - length
            ends = [tuple(int(16 * value) for value in end) for end in ((x, y), (x + lean, y + length))]
            cv2.line(cover, ends[0], ends[1], opacity, 1, cv2.LINE_AA, 4)
        frame += cv2.GaussianBlur(cover, (0, 0), soft)[..., None] * (tone - frame)
    return drawn
