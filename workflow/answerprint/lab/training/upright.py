"""Upright things that are no scratches, drawn over a clip (n, h, w, 1) of 0..1: posts, columns, people, water, rain."""

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


def columns(frames: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Columns, panelling or railings behind what is darkest or lightest in the clip, still or passing by slowly."""
    height, width = frames.shape[1:3]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    middle, half = rng.uniform(0, width), rng.uniform(0.3, 1.0) * width
    top, bottom = np.clip(rng.uniform([-1.0, 0.5], [0.3, 2.0]), 0, 1) * height
    away = np.maximum(np.abs(x - middle) - half, np.maximum(top - y, y - bottom))
    darkest, share = rng.random() < 0.5, rng.uniform(0, 0.5)
    limit = np.quantile(frames[0], share if darkest else 1 - share)
    across = _panelling(rng, 4 * width)
    # Depth makes columns lean away from the middle; a camera that pans moves them all.
    place = x + 1.5 * width + rng.normal(0, 0.05) * (x - width / 2) * (y / height - 0.5) + rng.normal(0, 0.03) * y
    aside = rng.choice([0.0, rng.normal(0, 0.6), rng.normal(0, 0.6), rng.normal(0, 4)])
    grow = 1 + rng.choice([0.0, rng.normal(0, 0.004)])
    # Noise that is blurred so far has a standard deviation of 1/71.
    shade = 1 + rng.uniform(0, 15) * cv2.GaussianBlur(rng.standard_normal((height, width)), (0, 0), 20)
    drawn = frames.copy()
    for t, frame in enumerate(drawn):
        at = 2 * width + (place - 2 * width) * grow**t + aside * t
        picture = np.clip(np.interp(at, np.arange(4 * width), across) * shade, 0, 1)
        behind = np.clip(0.5 + 10 * (1 if darkest else -1) * (frame[..., 0] - limit), 0, 1)
        frame += (np.clip(0.5 - away / 2, 0, 1) * behind * (picture - frame[..., 0]))[..., None]
    return drawn


def _panelling(rng: np.random.Generator, length: int) -> np.ndarray:
    """Brightness across columns, 0..1: bands, alike or not, with sharp or soft edges, and fine lines between them."""
    period = round(rng.uniform(12, 120)) if rng.random() < 0.4 else length
    edges = np.sort(rng.integers(0, period, max(2, round(period / rng.uniform(3, 20)))))
    bands = rng.random(len(edges) + 1)[np.searchsorted(edges, np.arange(period))]
    fine = cv2.GaussianBlur(rng.standard_normal((1, period)), (0, 0), rng.uniform(0.6, 3), sigmaY=1)[0]
    bands = np.tile(bands + rng.uniform(0, 0.3) * fine, -(-length // period))[:length]
    bands = cv2.GaussianBlur(bands[None], (0, 0), rng.uniform(0.5, 2), sigmaY=1)[0]
    low = rng.uniform(0, 0.6)
    return low + rng.uniform(0.3, 1 - low) * np.clip(bands, 0, 1)


def crowd(frames: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Figures that stand close together and sway, those in front over those behind: arms, seams, gaps between them."""
    height = frames.shape[1]
    size, front = rng.uniform(0.15, 0.6) * height, rng.uniform(0.4, 1.0) * height
    pan = rng.choice([0.0, 0.0, rng.normal(0, 0.5), rng.normal(0, 3)])
    drawn = frames.copy()
    for depth in np.sort(rng.uniform(0.4, 1.0, int(rng.integers(15, 60)))):
        foot, speed = front * depth + rng.normal(0, 0.05) * height, pan * depth + rng.normal(0, 0.3)
        _sway(drawn, _figure(frames[0, ..., 0], size * depth, rng), foot, speed, rng.exponential(0.6), rng)
    return drawn


def large_figures(frames: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One to four people in full length who stand, sway or walk, mostly in dark coats, some in a sharpened picture."""
    height = frames.shape[1]
    size = rng.uniform(0.5, 1.3) * height
    drawn = frames.copy()
    for _ in range(rng.integers(1, 5)):
        foot, speed = rng.uniform(0.8, 1.2) * height, rng.choice([0.0, rng.normal(0, 1), rng.normal(0, 4)])
        figure = _figure(frames[0, ..., 0], size * rng.uniform(0.8, 1), rng, dark=rng.random() < 0.7)
        _sway(drawn, figure, foot, speed, rng.exponential(1.5), rng)
    if rng.random() < 0.6:
        # A bright rim along what is dark: scanners draw one, and so do coders.
        strength, sigma = rng.uniform(0.3, 2), rng.uniform(0.8, 3)
        drawn += strength * np.stack([one - cv2.GaussianBlur(one, (0, 0), sigma)[..., None] for one in drawn])
    return np.clip(drawn, 0, 1)


def _sway(
    frames: np.ndarray,
    figure: tuple[np.ndarray, np.ndarray],
    foot: float,
    speed: float,
    sway: float,
    rng: np.random.Generator,
) -> None:
    """Draw a figure over frames, in place, that goes at `speed` and sways by so many pixels, its feet in row `foot`."""
    height, width = frames.shape[1:3]
    tall, wide = figure[0].shape
    middle, lean, phase = rng.uniform(-0.1, 1.1) * width, rng.normal(0, 0.03), rng.uniform(0, 6)
    for t, frame in enumerate(frames):
        x = middle + speed * t + sway * np.sin(0.9 * t + phase)
        move = np.array([[1, lean, x - wide / 2 - lean * tall], [0, 1, foot - tall]])
        here, over = (cv2.warpAffine(part, move, (width, height)) for part in figure)
        frame += (over * (here - frame[..., 0]))[..., None]


def _figure(
    picture: np.ndarray, size: float, rng: np.random.Generator, dark: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """A figure so many pixels tall, and its shape: parts of a picture, squeezed upright, as a coat, legs and a head."""
    height, width = picture.shape
    tall = max(24, round(size))
    wide = max(8, round(tall * rng.uniform(0.2, 0.4)))
    figure, cover = np.zeros((tall, wide), np.float32), np.zeros((tall, wide), np.float32)
    for top, bottom, left, right in (
        (0.0, 0.2, 0.3, 0.7),
        (0.17, 0.6, 0.0, 1.0),
        (0.55, 1.0, 0.1, 0.5),
        (0.55, 1.0, 0.5, 0.9),
    ):
        y, x = int(rng.integers(0, height // 2)), int(rng.integers(0, width // 2))
        patch = cv2.resize(picture[y : y + height // 2, x : x + width // 2], (wide, tall), interpolation=cv2.INTER_AREA)
        part = (
            slice(int(top * tall), int(bottom * tall)),
            slice(int(left * wide), max(int(right * wide), int(left * wide) + 2)),
        )
        tone = rng.uniform(0.02, 0.25) if dark and top > 0 else rng.uniform(0.1, 0.9)
        figure[part] = np.clip(tone + (patch[part] - patch[part].mean()) * rng.uniform(0.3, 1.2), 0, 1)
        cover[part] = 1
    # Cloth hangs in no straight line.
    bends = cv2.GaussianBlur(rng.standard_normal((tall, wide)).astype(np.float32), (0, 0), tall / 20, sigmaY=tall / 12)
    rows, columns = np.indices((tall, wide), np.float32)
    columns += np.float32(rng.uniform(0, 0.06) * wide / max(float(bends.std()), 1e-6)) * bends
    bent = [cv2.remap(plane, columns, rows, cv2.INTER_LINEAR) for plane in (figure, cover)]
    soft = [np.pad(cv2.GaussianBlur(plane, (0, 0), 0.6), 2) for plane in bent]
    return soft[0], soft[1]


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
