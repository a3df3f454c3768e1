"""What a detector of dirt must leave alone: rain, snow, fire, glitter, and stripes, wheels and letters that move.

All of it is drawn over a clip (count, size, size) of 0..1, or as the texture of something that moves in one.
"""

from __future__ import annotations

import cv2
import numpy as np


def weather(frames: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A clip with rain, snow, fire or glitter in it, float32 (count, size, size)."""
    draw = (_rain, _snow, _fire, _glitter)[rng.integers(4)]
    return draw(frames, rng)


def pattern(rng: np.random.Generator, side: int) -> np.ndarray:
    """Fence, wheel, checks or letters: float32 (side, side), 0..1."""
    y, x = np.mgrid[0:side, 0:side].astype(np.float32) - side / 2
    dark, light = rng.uniform(0, 0.4), rng.uniform(0.5, 1)
    period = rng.uniform(4, 24)
    kind = rng.integers(4)
    if kind == 0:
        bars = np.abs(x / period % 1 - 0.5) < rng.uniform(0.08, 0.3)
    elif kind == 1:
        spokes = int(rng.integers(5, 16))
        bars = np.cos(np.arctan2(y, x) * spokes) > rng.uniform(0.5, 0.95)
        bars |= np.abs(np.hypot(x, y) - 0.28 * side) < max(1.5, 0.02 * side)
    elif kind == 2:
        bars = (np.floor(x / period) + np.floor(y / period)) % 2 > 0
    else:
        page = np.zeros((side, side), np.uint8)
        height = int(rng.integers(8, 32))
        for base in range(height, side, int(1.4 * height)):
            letters = "".join(chr(c) for c in rng.integers(65, 91, 40))
            cv2.putText(page, letters, (0, base), cv2.FONT_HERSHEY_DUPLEX, height / 28, 255, max(1, height // 14))
        bars = page > 127
    picture = np.where(bars, light, dark).astype(np.float32)
    return 1 - picture if rng.random() < 0.5 else picture


def _rain(frames: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Slanted streaks, blurred by their fall, in other places in every frame."""
    size = frames.shape[1]
    slant, length = rng.normal(0, 0.2), rng.uniform(5, 30)
    fall = np.array([np.sin(slant), np.cos(slant)])
    cover = np.zeros_like(frames)
    number, opacity = int(rng.integers(20, 160)), rng.uniform(0.1, 0.5)
    for layer in cover:
        for start in rng.uniform(-length, size, (number, 2)):
            _line(layer, start, start + fall * length * rng.uniform(0.6, 1.2), opacity * rng.uniform(0.5, 1))
        layer[:] = cv2.GaussianBlur(layer, (0, 0), rng.uniform(0.4, 0.8))
    return frames + cover * (rng.uniform(0.7, 1) - frames)


def _line(layer: np.ndarray, start: np.ndarray, stop: np.ndarray, opacity: float) -> None:
    ends = [tuple(int(v) for v in np.round(point * 16)) for point in (start, stop)]
    cv2.line(layer, ends[0], ends[1], opacity, 1, cv2.LINE_8, 4)


def _snow(frames: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Soft flakes of several depths, each falling on its own way from frame to frame."""
    size = frames.shape[1]
    number = int(rng.integers(15, 120))
    depth = rng.uniform(0.3, 1, number)
    place = rng.uniform(-0.2, 1.2, (number, 2)) * size
    wind = rng.normal(0, 5, 2) + np.array([0, rng.uniform(1, 14)])
    radius = depth * rng.uniform(0.8, 5)
    cover = np.zeros_like(frames)
    for layer in cover:
        place = place + depth[:, None] * (wind + rng.normal(0, 1.5, (number, 2)))
        for centre, reach in zip(place, radius, strict=True):
            at = tuple(int(v) for v in np.round(centre * 16))
            cv2.circle(layer, at, int(16 * reach), float(rng.uniform(0.5, 0.95)), -1, cv2.LINE_8, 4)
        layer[:] = cv2.GaussianBlur(layer, (0, 0), rng.uniform(0.5, 1.2))
    return frames + cover * (rng.uniform(0.8, 1) - frames)


def _fire(frames: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Tongues of light that rise, change shape in every frame, and throw sparks."""
    count, size, _ = frames.shape
    fine = int(rng.integers(8, 24))
    noise = rng.standard_normal((fine + 6 * count, fine)).astype(np.float32)
    y, x = np.mgrid[0:size, 0:size].astype(np.float32)
    middle, reach = rng.uniform(0.2, 0.8, 2) * size, rng.uniform(0.15, 0.5) * size
    shape = np.exp(-((x - middle[0]) ** 2 + (y - middle[1]) ** 2) / reach**2)
    lit = frames.copy()
    for k in range(count):
        rising = noise[3 * k : 3 * k + fine] + 0.5 * rng.standard_normal((fine, fine)).astype(np.float32)
        tongue = cv2.resize(rising, (size, size), interpolation=cv2.INTER_CUBIC)
        lit[k] = np.maximum(lit[k], np.clip(shape * (1 + tongue), 0, 1))
        for px, py in rng.normal(middle, reach, (rng.integers(0, 12), 2)).round().astype(int):
            cv2.circle(lit[k], (int(px), int(py)), 1, float(rng.uniform(0.6, 1)), -1)
    return lit


def _glitter(frames: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Bright points that flash for one or two frames in one area of the picture."""
    count, size, _ = frames.shape
    light = np.zeros((count + 1, size, size), np.float32)
    middle, spread = rng.uniform(0, size, 2), rng.uniform(0.08, 0.3) * size
    places = rng.normal(middle, spread, (int(rng.integers(15, 80)), 2)).round().astype(int)
    for x, y in places:
        bright, radius = rng.uniform(0.5, 1), int(rng.integers(0, 3))
        for i in np.flatnonzero(rng.random(count) < 0.35):
            for frame in light[i : i + 1 + int(rng.random() < 0.3)]:
                cv2.circle(frame, (int(x), int(y)), radius, bright, -1)
    return np.maximum(frames, np.stack([cv2.GaussianBlur(frame, (0, 0), 0.6) for frame in light[:count]]))
