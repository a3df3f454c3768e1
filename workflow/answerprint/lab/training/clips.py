"""Short films made from photographs: a moving background, and pieces of other photographs that move and deform.

They include what people, leaves, water and glitter do to a detector: pieces that bend, that outrun the optical flow,
that are blurred by their motion, that change shape in every frame, and weather.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from . import hard_negatives
from .material import Material

WEATHER = 0.2
"""Share of the clips in which it rains, snows, burns or glitters."""
PATTERNED = 0.15
"""Share of the moving pieces that are fences, wheels, checks or letters."""


@dataclass(frozen=True, kw_only=True)
class _Piece:
    """A picture and how it moves; time is counted from the middle of the clip, in frames."""

    texture: np.ndarray
    """float32 (s, s): its brightness."""
    cover: np.ndarray | None
    """float32 (s, s), 0..1: its shape; None for a background."""
    place: np.ndarray
    """Centre (x, y), pixels."""
    speed: np.ndarray
    """(x, y), pixels a frame."""
    turn: float
    """Radians a frame."""
    grow: float
    """Factor a frame."""
    bend: np.ndarray
    """A wave along the piece: pixels, cycles a pixel, cycles a frame, and phase."""
    boil: float
    """Standard deviation of random displacements, drawn anew in each frame, pixels."""


def draw(material: Material, rng: np.random.Generator, count: int, size: int) -> np.ndarray:
    """A clip of moderate sharpness: float32 (count, size, size), 0..1, grey."""
    if material.runs and (not material.photographs or rng.random() < 0.5):
        frames = _excerpt(material.runs[rng.integers(len(material.runs))], rng, count, size)
    else:
        frames = _layered(material.photographs, rng, count, size)
    if rng.random() < WEATHER:
        frames = hard_negatives.weather(frames, rng)
    if rng.random() < 0.3:
        frames = frames * _light(rng, count, size)
    soft = rng.choice([0, 0, rng.uniform(0.3, 1.0)])
    if soft:
        frames = np.stack([cv2.GaussianBlur(frame, (0, 0), soft) for frame in frames])
    low, high = rng.uniform(0, 0.12), rng.uniform(0.75, 1.0)
    return (low + (high - low) * np.clip(frames, 0, 1) ** rng.uniform(0.7, 1.4)).astype(np.float32)


def patch(material: Material, rng: np.random.Generator, size: int) -> np.ndarray:
    """A still square from a photograph or a frame of a film, turned or mirrored: float32 (size, size), 0..1, grey."""
    count = len(material.photographs)
    choice = int(rng.integers(count + len(material.runs)))
    picture = material.photographs[choice] if choice < count else material.runs[choice - count][0]
    least = size / min(picture.shape[:2])
    # Shrinking makes natural detail finer, as in more distant views.
    scale = max(least, float(rng.choice([1.0, 1.0, 0.8, 0.65, 0.5])))
    need = min(int(np.ceil(size / scale)), *picture.shape[:2])
    y, x = (int(rng.integers(0, n - need + 1)) for n in picture.shape[:2])
    square = grey(picture[y : y + need, x : x + need], rng)
    if need != size:
        square = cv2.resize(square, (size, size), interpolation=cv2.INTER_AREA if need > size else cv2.INTER_CUBIC)
    square = np.rot90(square, int(rng.integers(4)))
    return np.ascontiguousarray(square[:, ::-1] if rng.random() < 0.5 else square).clip(0, 1)


def grey(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A photograph in grey, with random weights of the colours, as film stocks differ."""
    value = picture.astype(np.float32) / 255
    return value if value.ndim == 2 else value @ rng.dirichlet((3, 6, 2)).astype(np.float32)


def _excerpt(run: np.ndarray, rng: np.random.Generator, count: int, size: int) -> np.ndarray:
    """A square of consecutive frames, forwards or backwards; the last one is repeated if the run is too short."""
    start = int(rng.integers(0, max(1, len(run) - count + 1)))
    chosen = run[np.minimum(np.arange(start, start + count), len(run) - 1)]
    _, height, width = chosen.shape
    need = min(size, height, width)
    y, x = int(rng.integers(0, height - need + 1)), int(rng.integers(0, width - need + 1))
    frames = chosen[:, y : y + need, x : x + need].astype(np.float32) / 255
    if need < size:
        frames = np.stack([cv2.resize(f, (size, size), interpolation=cv2.INTER_CUBIC) for f in frames])
    return frames[::-1] if rng.random() < 0.5 else frames


def _layered(photographs: list[np.ndarray], rng: np.random.Generator, count: int, size: int) -> np.ndarray:
    pieces = [_background(photographs, rng, size)]
    pieces += [_piece(photographs, rng, size) for _ in range(rng.integers(0, 6))]
    # An open shutter blurs motion: a frame is then the mean of several moments.
    moments = rng.choice([1, 1, 3])
    seeds = rng.integers(2**31, size=len(pieces))
    frames = np.zeros((count, size, size), np.float32)
    for i in range(count):
        for moment in range(moments):
            time = i - (count - 1) / 2 + 0.5 * moment / moments
            picture = np.zeros((size, size), np.float32)
            for piece, seed in zip(pieces, seeds, strict=True):
                _draw_piece(picture, piece, time, np.random.default_rng([int(seed), i]))
            frames[i] += picture / moments
    return frames


def _texture(photographs: list[np.ndarray], rng: np.random.Generator, side: int) -> np.ndarray:
    """A square of a photograph, mirrored at its edges where it is too small."""
    picture = photographs[rng.integers(len(photographs))]
    scale = float(rng.choice([1.0, 0.7, 0.5]))
    need = min(int(side / scale), *picture.shape[:2])
    y, x = (int(rng.integers(0, n - need + 1)) for n in picture.shape[:2])
    square = grey(picture[y : y + need, x : x + need], rng)
    inner = min(side, need)
    square = cv2.resize(square, (inner, inner), interpolation=cv2.INTER_AREA)
    margin = side - inner
    return cv2.copyMakeBorder(square, 0, margin, 0, margin, cv2.BORDER_REFLECT)


def _background(photographs: list[np.ndarray], rng: np.random.Generator, size: int) -> _Piece:
    moving = rng.random() < 0.6
    angle, speed = rng.uniform(0, 2 * np.pi), min(rng.exponential(4), 40) * moving
    return _Piece(
        texture=_texture(photographs, rng, 2 * size),
        cover=None,
        place=np.full(2, size / 2),
        speed=speed * np.array([np.cos(angle), np.sin(angle)]),
        turn=rng.normal(0, 0.006) * moving,
        grow=1 + rng.normal(0, 0.012) * moving,
        bend=np.array([0, 0.01, 0, 0]),
        boil=0.0,
    )


def _piece(photographs: list[np.ndarray], rng: np.random.Generator, size: int) -> _Piece:
    """A patch of a photograph, irregular or long and thin, with its own motion."""
    side = int(size * min(0.08 + rng.exponential(0.25), 0.9))
    cover = np.zeros((side, side), np.float32)
    for _ in range(rng.choice([1, 1, 4])):
        corners = outline(rng, side)
        cv2.fillPoly(cover, [np.round(corners * 16).astype(np.int32)], 1.0, cv2.LINE_8, 4)
    # Wings, hands and trains can cross a sixth of the picture from one frame to the next.
    angle, speed = rng.uniform(0, 2 * np.pi), min(rng.exponential(rng.choice([3, 12])), 60)
    texture = hard_negatives.pattern(rng, side) if rng.random() < PATTERNED else _texture(photographs, rng, side)
    if rng.random() < 0.4:
        texture = texture * rng.uniform(0.2, 0.6) + rng.uniform(0, 0.4)
    return _Piece(
        texture=texture,
        cover=cv2.GaussianBlur(cover, (0, 0), rng.uniform(0.5, 1.5)),
        place=rng.uniform(0, size, 2),
        speed=speed * np.array([np.cos(angle), np.sin(angle)]),
        turn=rng.normal(0, 0.07),
        grow=1 + rng.normal(0, 0.03),
        bend=np.array([rng.exponential(0.05) * side, rng.uniform(0.5, 2) / side, rng.uniform(0, 0.3), rng.random()]),
        boil=float(rng.choice([0, 0, 0, rng.uniform(1, 6)])),
    )


def outline(rng: np.random.Generator, side: int) -> np.ndarray:
    """Corners (24, 2) of an irregular outline within a square."""
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    waves = np.arange(2, 8)
    bumps = np.cos(waves * angle[:, None] + rng.uniform(0, 2 * np.pi, 6)) @ (rng.standard_normal(6) * 0.4 / waves)
    reach = 0.3 * side * np.clip(1 + bumps, 0.3, 1.6)
    ring = np.stack([np.cos(angle), np.sin(angle) * rng.choice([1.0, 0.6, 0.12])], 1) * reach[:, None]
    turn = rng.uniform(0, np.pi)
    return side / 2 + ring @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])


def _draw_piece(picture: np.ndarray, piece: _Piece, time: float, rng: np.random.Generator) -> None:
    """Draw one piece over the picture (s, s) at one moment."""
    size, side = len(picture), len(piece.texture)
    x, y = np.meshgrid(np.arange(size, dtype=np.float32), np.arange(size, dtype=np.float32))
    centre = piece.place + piece.speed * time
    cosine, sine = (f(piece.turn * time) / piece.grow**time for f in (np.cos, np.sin))
    dx, dy = x - np.float32(centre[0]), y - np.float32(centre[1])
    u = np.float32(cosine) * dx + np.float32(sine) * dy + side / 2
    v = np.float32(-sine) * dx + np.float32(cosine) * dy + side / 2
    amplitude, frequency, speed, phase = piece.bend
    if amplitude:
        wave = np.float32(amplitude) * np.sin(
            2 * np.pi * (np.float32(frequency) * v + np.float32(speed * time + phase))
        )
        u = u + wave
    if piece.boil:
        coarse = rng.normal(0, piece.boil, (max(2, size // 12), max(2, size // 12), 2)).astype(np.float32)
        offset = cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC)
        u, v = u + offset[..., 0], v + offset[..., 1]
    u, v = u.astype(np.float32), v.astype(np.float32)
    texture = cv2.remap(piece.texture, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    if piece.cover is None:
        picture[:] = texture
    else:
        cover = cv2.remap(piece.cover, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
        picture += cover * (texture - picture)


def _light(rng: np.random.Generator, count: int, size: int) -> np.ndarray:
    """Gain of a light that varies smoothly over the picture and from frame to frame: (count, size, size)."""
    coarse = 1 + rng.normal(0, rng.uniform(0.01, 0.07), (count, 3, 3)).astype(np.float32)
    return np.stack([cv2.resize(one, (size, size), interpolation=cv2.INTER_CUBIC) for one in coarse])
