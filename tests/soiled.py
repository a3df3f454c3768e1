"""Films with dirt on them, drawn in memory, and scores of what was found and repaired."""

from __future__ import annotations

import cv2
import numpy as np


def texture(height: int, width: int, seed: int = 0) -> np.ndarray:
    """A soft random picture, 0.2..0.8."""
    noise = np.random.default_rng(seed).normal(size=(height, width)).astype(np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), 3) + 0.5 * cv2.GaussianBlur(noise, (0, 0), 8)
    return cv2.normalize(soft, None, 0.2, 0.8, cv2.NORM_MINMAX)


def pan(count: int = 7, height: int = 120, width: int = 160, speed: int = 2, grain: float = 0.0) -> np.ndarray:
    """A film that pans over a texture, grey, (count, height, width, 1)."""
    picture = texture(height, width + speed * count)
    film = np.stack([picture[:, speed * i : speed * i + width] for i in range(count)])[..., None]
    return (film + np.random.default_rng(1).normal(0, grain, film.shape)).astype(np.float32)


def still(count: int = 5, height: int = 120, width: int = 640) -> np.ndarray:
    """A still film in colour: discs of paint on a soft ground, finely textured in its upper half."""
    random = np.random.default_rng(9)
    grain = cv2.GaussianBlur(random.normal(0, 0.15, (height, width)), (0, 0), 0.7)
    grain[height // 2 :] = 0
    paint = np.ones((height, width, 3))
    for _ in range(60):
        at, axes = (int(random.integers(0, width)), int(random.integers(0, height))), random.integers(6, 24, 2)
        colour = random.uniform(0.4, 1.0, 3)
        cv2.ellipse(paint, at, [int(axis) for axis in axes], random.uniform(0, 180), 0, 360, colour.tolist(), -1)
    picture = cv2.GaussianBlur(paint, (0, 0), 0.6) * (texture(height, width, 4) + grain)[..., None]
    return np.repeat(np.clip(picture, 0.05, 0.95)[None], count, axis=0).astype(np.float32)


def dirt(film: np.ndarray, frame: int, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """The film with specks, a hair and a blotch in one frame, and where they are (h, w)."""
    height, width = film.shape[1:3]
    rng = np.random.default_rng(seed)
    matte = np.zeros((height, width), np.uint8)
    for _ in range(8):
        at = int(rng.integers(8, width - 8)), int(rng.integers(8, height - 8))
        cv2.circle(matte, at, int(rng.integers(1, 4)), 255, -1)
    cv2.ellipse(matte, (width // 2, height // 2), (30, 18), 20, 0, 130, 255, 2)
    cv2.circle(matte, (width // 4, 3 * height // 4), 10, 255, -1)
    alpha = cv2.GaussianBlur(matte, (3, 3), 0).astype(np.float32)[..., None] / 255
    soiled = film.copy()
    soiled[frame] = film[frame] * (1 - alpha) + (1.0 if seed % 2 else 0.0) * alpha
    return soiled, (np.abs(soiled[frame] - film[frame]) > 0.04).any(axis=2)


def scratched(
    film: np.ndarray, *, tone: float = 1.0, cover: float = 0.5, top: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """The film with one upright scratch that wavers through all frames, and where it is (n, h, w)."""
    count, height, width = film.shape[:3]
    time = np.arange(count)[:, None] + np.arange(height) / height
    centre = 0.4 * width + 2.0 * np.sin(1.9 * time) + 1.0 * np.sin(0.7 * time)
    bell = np.exp(-0.5 * (np.arange(width) - centre[..., None]) ** 2)
    bell[:, : int(top * height)] = 0
    veil = (cover * bell[..., None]).astype(np.float32)
    worn = film + veil * (tone - film)
    return worn, (np.abs(worn - film) > 0.04).any(axis=3)


def f1(found: np.ndarray, truth: np.ndarray) -> float:
    """F1 of two masks, one pixel tolerance."""

    def wide(mask: np.ndarray) -> np.ndarray:
        return cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0

    precision = (found & wide(truth)).sum() / max(1, found.sum())
    recall = (truth & wide(found)).sum() / max(1, truth.sum())
    return float(2 * precision * recall / max(1e-9, precision + recall))


def error(a: np.ndarray, b: np.ndarray, where: np.ndarray) -> float:
    return float(((a - b)[where] ** 2).mean())
