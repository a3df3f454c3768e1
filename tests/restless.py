"""Undamaged films of what a detector of dirt may eat, drawn in memory."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import cv2
import numpy as np

from films import texture


def restless(kind: str, frames: int = 9, height: int = 144, width: int = 192, seed: int = 0) -> np.ndarray:
    """An undamaged film of what a detector of dirt may eat: grey float32 (frames, height, width, 1), 0..1, with grain.

    kind: snow, rain, water, glitter, fire, flag, wheel, hands, arm or bird. Sizes grow with the height.
    """
    rng = np.random.default_rng([seed, *kind.encode()])
    ground = 0.25 + 0.5 * texture(height, width, 1, rng)[..., 0]
    draw = {
        "snow": _snow, "rain": _rain, "water": _water, "glitter": _glitter, "fire": _fire, "flag": _flag,
        "wheel": _wheel, "hands": _hands, "arm": _arm, "bird": _bird,
    }[kind](ground, rng)  # fmt: skip
    film = np.stack([draw(float(t)) for t in range(frames)])[..., None]
    return np.clip(film + rng.normal(0, 0.008, film.shape), 0, 1).astype(np.float32)


def _over(ground: np.ndarray, cover: np.ndarray, tone: float | np.ndarray) -> np.ndarray:
    return ground + np.clip(cover, 0, 1) * (tone - ground)


def _snow(ground: np.ndarray, rng: np.random.Generator) -> Callable[[float], np.ndarray]:
    height, width = ground.shape
    start, near = rng.random((60, 2)) * (width, height), rng.uniform(0.5, 1.0, 60)

    def draw(t: float) -> np.ndarray:
        cover = np.zeros(ground.shape, np.float32)
        for (x, y), size in zip(start, near, strict=True):
            sway = 2 * np.sin(0.7 * t + x)
            at = (x + sway + 1.5 * t) % width, (y + size * height / 14 * t) % height
            cv2.circle(cover, _fixed(at), round(16 * size * height / 90), 1, -1, cv2.LINE_AA, 4)
        return _over(ground, cv2.GaussianBlur(cover, (0, 0), 0.7), 0.95)

    return draw


def _rain(ground: np.ndarray, rng: np.random.Generator) -> Callable[[float], np.ndarray]:
    height, width = ground.shape
    start = rng.random((70, 2)) * (width, height)

    def draw(t: float) -> np.ndarray:
        cover = np.zeros(ground.shape, np.float32)
        for x, y in start:
            # A drop falls a quarter of the picture in a frame, and is a streak as long as half of that.
            at = (x + 3 * t) % width, (y + height / 4 * t) % height
            cv2.line(cover, _fixed(at), _fixed((at[0] + 1.5, at[1] + height / 8)), 0.5, 1, cv2.LINE_AA, 4)
        return _over(ground, cv2.GaussianBlur(cover, (0, 0), 0.5), 0.9)

    return draw


def _water(ground: np.ndarray, rng: np.random.Generator) -> Callable[[float], np.ndarray]:
    height, width = ground.shape
    strands = [cv2.GaussianBlur(rng.standard_normal((4 * height, width)), (0, 0), 1, sigmaY=s) for s in (4, 12)]
    strands = [s / s.std() for s in strands]
    x = np.linspace(-1, 1, width)
    curtain = np.clip(2 - 4 * np.abs(x), 0, 1)

    def draw(t: float) -> np.ndarray:
        # Two sheets of water at different speeds, so that their sum keeps changing its shape.
        rows = [(np.arange(height) - round(s * height * t)) % (4 * height) for s in (0.06, 0.11)]
        fall = sum(strand[r] for strand, r in zip(strands, rows, strict=True))
        return _over(ground, np.broadcast_to(curtain, ground.shape), 0.6 + 0.15 * fall)

    return draw


def _glitter(ground: np.ndarray, rng: np.random.Generator) -> Callable[[float], np.ndarray]:
    height, width = ground.shape
    places, phase = rng.random((250, 2)) * (width / 2, height / 2), rng.uniform(0, 2 * np.pi, 250)

    def draw(t: float) -> np.ndarray:
        dress = np.zeros(ground.shape, np.float32)
        x, y = width / 4 + 2 * t, height / 4 + 4 * np.sin(0.8 * t)
        cv2.rectangle(dress, _fixed((x, y)), _fixed((x + width / 2, y + height / 2)), 1, -1, cv2.LINE_AA, 4)
        sparks = np.zeros(ground.shape, np.float32)
        for (u, v), p in zip(places, phase, strict=True):
            # A sequin flashes for about one frame in eight.
            flash = float(np.clip(8 * np.cos(p + 2.1 * t) - 7, 0, 1))
            cv2.circle(sparks, _fixed((x + u, y + v)), 18, flash, -1, cv2.LINE_AA, 4)
        return _over(_over(ground, dress, 0.3), cv2.GaussianBlur(sparks, (0, 0), 0.5), 1.0)

    return draw


def _fire(ground: np.ndarray, rng: np.random.Generator) -> Callable[[float], np.ndarray]:
    height, width = ground.shape
    noise = cv2.GaussianBlur(rng.standard_normal((6 * height, width, 2)), (0, 0), height / 40)
    noise /= noise.std()
    x, y = np.meshgrid(np.linspace(-1, 1, width), np.linspace(0, 1, height))

    def draw(t: float) -> np.ndarray:
        rows = [(np.arange(height) + round(s * height * t)) % (6 * height) for s in (0.09, 0.16)]
        flame = 2.2 * y - 1.6 * np.abs(x) - 0.5 + 0.35 * (noise[rows[0], :, 0] + noise[rows[1], :, 1])
        return _over(0.5 * ground, 2 * flame, 0.75 + 0.2 * np.clip(flame, 0, 1))

    return draw


def _flag(ground: np.ndarray, rng: np.random.Generator) -> Callable[[float], np.ndarray]:
    height, width = ground.shape
    y, x = np.mgrid[:height, :width].astype(np.float32)

    def draw(t: float) -> np.ndarray:
        away = np.clip(x / width - 0.2, 0, 1)
        wave = away * height * 0.18 * np.sin(9 * away - 1.3 * t)
        up = (y + wave) / height
        cover = np.clip((0.25 - np.abs(up - 0.5)) * height, 0, 1) * (x > 0.2 * width) * (x < 0.9 * width)
        stripes = 0.5 + 0.35 * np.clip(4 * np.sin(40 * up), -1, 1)
        shade = 1 + 0.25 * np.cos(9 * away - 1.3 * t)
        return _over(ground, cover, stripes * shade)

    return draw


def _wheel(ground: np.ndarray, rng: np.random.Generator) -> Callable[[float], np.ndarray]:
    height, width = ground.shape

    def spokes(t: float) -> np.ndarray:
        cover = np.zeros(ground.shape, np.float32)
        centre, radius = (width / 2 + 3 * t - 12, height / 2), 0.4 * height
        cv2.circle(cover, _fixed(centre), round(16 * radius), 1, max(2, height // 40), cv2.LINE_AA, 4)
        for k in range(10):
            # Nearly half the way to the next spoke in a frame: it seems to run either way.
            angle = 2 * np.pi * (k + 0.43 * t) / 10
            tip = centre[0] + radius * np.cos(angle), centre[1] + radius * np.sin(angle)
            cv2.line(cover, _fixed(centre), _fixed(tip), 1, max(1, height // 70), cv2.LINE_AA, 4)
        return cover

    return lambda t: _over(ground, _exposed(spokes, t), 0.08)


def _exposed(cover: Callable[[float], np.ndarray], t: float) -> np.ndarray:
    """What a camera sees whose shutter is open for half a frame: fast things are blurred along their way."""
    return np.mean([cover(t + s) for s in np.linspace(0, 0.5, 8)], axis=0)


def _hands(ground: np.ndarray, rng: np.random.Generator) -> Callable[[float], np.ndarray]:
    def draw(t: float) -> np.ndarray:
        film = ground
        for side, speed in ((-1, 0.8), (1, 1.1)):
            film = _over(film, _exposed(partial(_hand, ground.shape, side, speed), t), 0.85)
        return film

    return draw


def _hand(shape: tuple[int, ...], side: int, speed: float, t: float) -> np.ndarray:
    (height, width), phase = shape, speed * t
    cover = np.zeros(shape, np.float32)
    elbow = width / 2 + side * width / 4, 0.95 * height
    angle = -np.pi / 2 + 0.8 * np.sin(phase)
    wrist = elbow[0] + 0.45 * height * np.cos(angle), elbow[1] + 0.45 * height * np.sin(angle)
    cv2.line(cover, _fixed(elbow), _fixed(wrist), 1, height // 12, cv2.LINE_AA, 4)
    for k in range(5):
        spread = angle + (k - 2) * (0.25 + 0.2 * np.sin(1.7 * phase))
        tip = wrist[0] + 0.2 * height * np.cos(spread), wrist[1] + 0.2 * height * np.sin(spread)
        cv2.line(cover, _fixed(wrist), _fixed(tip), 1, max(2, height // 36), cv2.LINE_AA, 4)
    return cover


def _arm(ground: np.ndarray, rng: np.random.Generator) -> Callable[[float], np.ndarray]:
    wall = 0.6 + 0.1 * (ground - 0.5)
    return lambda t: _over(wall, _exposed(partial(_swung, ground.shape), t), 0.15)


def _swung(shape: tuple[int, ...], t: float) -> np.ndarray:
    """An arm before a wall, its lower half thrown up from the second frame to the fourth."""
    (height, width), angle = shape, 0.8 * np.clip(t - 1.0, 0, 2) - 0.35
    cover = np.zeros(shape, np.float32)
    shoulder, elbow = (0.1 * width, 0.62 * height), (0.42 * width, 0.6 * height)
    hand = elbow[0] + 0.33 * width * np.cos(angle), elbow[1] - 0.33 * width * np.sin(angle)
    cv2.line(cover, _fixed(shoulder), _fixed(elbow), 1, height // 11, cv2.LINE_AA, 4)
    cv2.line(cover, _fixed(elbow), _fixed(hand), 1, height // 14, cv2.LINE_AA, 4)
    cover[:, : width // 10] = 1
    return cover


def _bird(ground: np.ndarray, rng: np.random.Generator) -> Callable[[float], np.ndarray]:
    sky = 0.6 + 0.3 * (cv2.GaussianBlur(ground, (0, 0), len(ground) / 12) - 0.5)

    return lambda t: _over(sky, _exposed(partial(_wings, ground.shape), t), 0.2)


def _wings(shape: tuple[int, ...], t: float) -> np.ndarray:
    height, width = shape
    cover = np.zeros(shape, np.float32)
    x, y = width * (0.1 + 0.09 * t), height * (0.5 + 0.05 * np.sin(t))
    cv2.ellipse(cover, _fixed((x, y)), _fixed((height / 14, height / 32)), 0, 0, 360, 1, -1, cv2.LINE_AA, 4)
    for side in (-1, 1):
        lift = height / 5 * np.sin(1.6 * t)
        wing = np.array([(x - height / 24, y), (x + height / 24, y), (x + side * height / 8, y - lift)])
        cv2.fillPoly(cover, np.rint(wing * 16).astype(np.int32)[None], 1, cv2.LINE_AA, 4)
    return cover


def _fixed(at: tuple[float, float]) -> tuple[int, int]:
    """A place in sixteenths of a pixel, as OpenCV wants it with shift 4."""
    return round(16 * float(at[0])), round(16 * float(at[1]))
