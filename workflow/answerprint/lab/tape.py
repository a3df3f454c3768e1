"""The tape simulator: plays a clean film from worn analogue videotape, with known truth, for tests and the bench.

    from answerprint.lab.tape import Tape, play
    played, truth = play(frames, Tape(dropouts=6, chroma_shift=3), seed=7)

Colour goes through a real composite signal: modulated onto the subcarrier of NTSC or PAL, and taken off it again by a
decoder with one notch. So fine detail comes back as colour (cross-colour), and colour as crawling dots. Each frame
draws its random numbers from (seed, kind, frame number) alone.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from .marks import random

System = Literal["none", "ntsc", "pal"]

TO_YUV = np.array([[0.299, 0.587, 0.114], [-0.147141, -0.288869, 0.43601], [0.614975, -0.514965, -0.10001]], np.float32)
"""ITU-R BT.470: brightness and the two colour signals that modulate the subcarrier."""
SAMPLES = {"ntsc": 754, "pal": 922}
"""Samples of the visible line at four times the subcarrier: 52.66 us at 14.32 MHz, 52 us at 17.73 MHz."""
CYCLES = {"ntsc": 227.5, "pal": 283.7516}
"""Cycles of the subcarrier in a line."""
LINES = {"ntsc": 525, "pal": 625}
COLOUR_BLUR = {"ntsc": 2.06, "pal": 2.55}
"""Sigma, in samples, of the filter that colour passes: half of it is left at 1.3 MHz."""
CHANGED = 0.04
"""A pixel belongs to a dropout if it changes by more than this share of the range."""


@dataclass(frozen=True, kw_only=True)
class Tape:
    """What is wrong with the tape; 0 switches a fault off exactly."""

    dropouts: float = 0.0
    """Streaks where the head lost the tape: expected number a frame."""
    switching: int = 0
    """Lines at the bottom that the change from one head to the other tears away."""
    system: System = "none"
    """The composite signal that colour went through."""
    chroma_shift: float = 0.0
    """How far colour lies to the right of brightness, pixels."""
    chroma_drop: float = 0.0
    """How far colour lies below brightness, pixels: one line a generation of copies."""
    jitter: float = 0.0
    """Standard deviation of the place of a line, pixels: an error of the time base."""
    noise: float = 0.0
    """Standard deviation of noise, share of the range."""


@dataclass(frozen=True, kw_only=True)
class TapeTruth:
    """What was done to each frame."""

    dropouts: np.ndarray
    """bool, (n, height, width): pixels that dropouts changed by more than 4 %."""
    jitter: np.ndarray
    """float32, (n, height): how far each line was moved to the right, pixels; without what head switching did."""


def play(frames: np.ndarray, tape: Tape, seed: int, *, first: int = 0) -> tuple[np.ndarray, TapeTruth]:
    """The frames as they come from the tape, float32 (n, h, w, 3), not clipped, and the truth about them.

    `frames` are float32 (n, h, w, 3), 0..1; `first` is the number of frames[0] in the film.
    """
    played = np.empty_like(frames, np.float32)
    count, height, width, _ = frames.shape
    mask, jitter = np.zeros((count, height, width), bool), np.zeros((count, height), np.float32)
    for i, frame in enumerate(frames):
        number = first + i
        picture = np.ascontiguousarray(frame, np.float32)
        if tape.system != "none" or tape.chroma_shift or tape.chroma_drop:
            picture = _through_signal(picture, tape, number)
        if tape.noise:
            picture = picture + tape.noise * random(seed, "noise", number).standard_normal(frame.shape, np.float32)
        jitter[i] = tape.jitter * random(seed, "jitter", number).standard_normal(height, np.float32)
        if tape.jitter:
            picture = moved_lines(picture, jitter[i])
        if tape.switching:
            picture = _switched(picture, tape.switching, seed, number)
        dropped = _dropped(picture, tape.dropouts, seed, number)
        mask[i] = (np.abs(dropped - picture) > CHANGED).any(axis=2)
        played[i] = dropped
    return played, TapeTruth(dropouts=mask, jitter=jitter)


def from_tape(frames: np.ndarray, **faults: float | str) -> np.ndarray:
    """The frames with these faults and no others, at a fixed seed."""
    return play(frames, dataclasses.replace(Tape(), **faults), seed=1956)[0]  # type: ignore[arg-type]


def moved_lines(picture: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """A picture (h, w, c) with each line moved to the right by its step (h,), pixels."""
    height, width = picture.shape[:2]
    x = np.arange(width, dtype=np.float32)[None] - steps[:, None].astype(np.float32)
    y = np.repeat(np.arange(height, dtype=np.float32)[:, None], width, axis=1)
    moved = cv2.remap(picture, x, y, cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REPLICATE)
    return moved.reshape(picture.shape)


def _through_signal(picture: np.ndarray, tape: Tape, number: int) -> np.ndarray:
    yuv = picture @ TO_YUV.T
    if tape.system != "none":
        yuv = _composite(yuv, tape.system, number)
    if tape.chroma_shift or tape.chroma_drop:
        step = np.array([[1, 0, tape.chroma_shift], [0, 1, tape.chroma_drop]], float)
        size = picture.shape[1::-1]
        for c in (1, 2):
            yuv[..., c] = cv2.warpAffine(
                np.ascontiguousarray(yuv[..., c]), step, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
            )
    return (yuv @ np.linalg.inv(TO_YUV).T).astype(np.float32)


def _composite(yuv: np.ndarray, system: str, number: int) -> np.ndarray:
    """Brightness and colour (h, w, 3), modulated and demodulated as frame `number`."""
    height, width = yuv.shape[:2]
    samples = SAMPLES[system]
    kind = cv2.INTER_AREA if width > samples else cv2.INTER_CUBIC
    y, u, v = cv2.split(cv2.resize(yuv, (samples, height), interpolation=kind))

    def narrow(signal: np.ndarray) -> np.ndarray:
        return cv2.GaussianBlur(signal, (0, 1), COLOUR_BLUR[system], sigmaY=1e-6)

    row = np.arange(height)
    # The lines of one field come before those of the other, half a frame later.
    lines = number * LINES[system] + (row % 2) * LINES[system] / 2 + row // 2
    phase = 2 * np.pi * (CYCLES[system] * lines[:, None] % 1 + np.arange(samples)[None] / 4)
    switch = np.where(np.floor(lines) % 2 == 0, 1, -1)[:, None] if system == "pal" else 1
    sine, cosine = np.sin(phase).astype(np.float32), (np.cos(phase) * switch).astype(np.float32)
    signal = y + narrow(u) * sine + narrow(v) * cosine
    u, v = narrow(2 * signal * sine), narrow(2 * signal * cosine)
    decoded = cv2.merge([signal - u * sine - v * cosine, u, v])
    kind = cv2.INTER_CUBIC if width > samples else cv2.INTER_AREA
    return np.asarray(cv2.resize(decoded, (width, height), interpolation=kind))


def _switched(picture: np.ndarray, lines: int, seed: int, number: int) -> np.ndarray:
    """The lowest lines torn to one side, the lower the further, and noisy."""
    height, width = picture.shape[:2]
    rng = random(seed, "switching", number)
    depth = np.arange(1, lines + 1, dtype=np.float32) / lines
    steps = np.zeros(height, np.float32)
    steps[-lines:] = width * (0.02 + 0.08 * depth**2) * rng.uniform(0.7, 1.3) + rng.normal(0, 1.5, lines)
    torn = moved_lines(picture, steps)
    noise = rng.normal(0, 0.12, torn[-lines:].shape)
    torn[-lines:] = torn[-lines:].mean(axis=2, keepdims=True) * 0.8 + 0.1 + noise
    return torn


def _dropped(picture: np.ndarray, rate: float, seed: int, number: int) -> np.ndarray:
    """The picture with streaks: each begins sharply, is one or two lines high and fades to the right."""
    rng = random(seed, "dropouts", number)
    height, width = picture.shape[:2]
    result = picture.copy()
    for _ in range(rng.poisson(rate)):
        high = max(1, round(height / 480 * rng.choice([1, 2, 2])))
        top = int(rng.integers(0, height - high + 1))
        length = int(width * np.exp(rng.uniform(np.log(0.03), np.log(0.6))))
        start = int(rng.integers(-length // 2, width - 8))
        x = np.arange(max(0, start), min(width, start + length))
        cover = np.clip((start + length - x) / (0.3 * length), 0, 1) * rng.uniform(0.7, 1)
        tone = rng.choice([0.06, 0.95, 0.95]) + rng.normal(0, 0.06, (high, len(x)))
        patch = result[top : top + high, x[0] : x[-1] + 1]
        patch += cover[None, :, None] * (tone[..., None] - patch)
    return result
