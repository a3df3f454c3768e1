"""Things that outrun optical flow, drawn over a clip: balls, swinging rods, tumbling flakes and beating wings."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .clips import outline

SMALLEST, LARGEST = 0.015, 0.45
"""How far a thing reaches from its middle, in sides of the picture."""
SLOWEST, FASTEST = 0.03, 0.45
"""How far it moves in a frame, in sides of the picture."""
KINDS = ("ball", "rod", "flake", "wings")
STROKE = 0.8, 3
"""How many frames the stroke takes of a thing that rests but for one, as a hand does."""


@dataclass(frozen=True, kw_only=True)
class _Thing:
    """One thing and how it moves; time is counted in frames, lengths in pixels."""

    kind: str
    reach: float
    place: np.ndarray
    """Its middle (x, y) at the time `when`; of a rod, the end that stays."""
    when: float
    speed: np.ndarray
    """(x, y), a frame."""
    fall: float
    """By how much the speed grows, downwards, in each frame."""
    turn: float
    """Radians a frame."""
    beat: float
    """Radians that the beat of wings goes on by, a frame."""
    phase: float
    corners: np.ndarray
    """Its outline around the middle (n, 2)."""
    light: np.ndarray
    """Its brightness, float32 (size, size), 0..1."""
    moves: float
    """For so many frames around `when`; before and after that it rests."""

    def moment(self, time: float) -> float:
        """The time at which it would be where it is, if it always moved."""
        return self.when + float(np.clip(time - self.when, -self.moves / 2, self.moves / 2))


def draw(frames: np.ndarray, rng: np.random.Generator, struck: float = 0.0) -> np.ndarray:
    """A clip with one to eight such things in it, float32 (count, size, size); an open shutter blurs some.

    struck: share of the things that rest but for one stroke.
    """
    size, drawn = frames.shape[1], frames.copy()
    for _ in range(int(rng.choice([1, 1, 2, 3, 8]))):
        thing = _thing(rng, len(frames), size, struck)
        moments, shutter = int(rng.choice([1, 3, 6])), rng.uniform(0.2, 0.6)
        for i in range(len(frames)):
            times = (thing.moment(i + shutter * k / moments) for k in range(moments))
            cover = sum(_cover(thing, time, size) for time in times) / np.float32(moments)
            drawn[i] += cover * (thing.light - drawn[i])
    return drawn


def _thing(rng: np.random.Generator, count: int, size: int, struck: float) -> _Thing:
    reach, speed = (
        size * float(np.exp(rng.uniform(np.log(least), np.log(most))))
        for least, most in ((SMALLEST, LARGEST), (SLOWEST, FASTEST))
    )
    kind, angle = KINDS[rng.integers(len(KINDS))], rng.uniform(0, 2 * np.pi)
    tone = rng.choice([rng.uniform(0, 0.25), rng.uniform(0.6, 1), rng.uniform(0, 1)])
    grain = rng.normal(0, rng.choice([0, 0.03, 0.12]), (6, 6)).astype(np.float32)
    texture = cv2.resize(grain, (size, size), interpolation=cv2.INTER_CUBIC)
    # Its path leads through the picture; a rod swings within it.
    place = rng.uniform(0.1, 0.9, 2) * size if kind == "rod" else rng.uniform(-0.1, 1.1, 2) * size
    turn = rng.normal(0, 0.35)
    if kind == "rod":
        turn = float(np.copysign(np.clip(2 * speed / size, 0.15, 1.2), turn))
    return _Thing(
        kind=kind,
        reach=reach,
        place=place,
        when=rng.uniform(1, count - 2),
        speed=speed * np.array([np.cos(angle), np.sin(angle) * rng.uniform(0.2, 1)]),
        fall=rng.normal(0, 0.16) * speed,
        turn=turn,
        beat=rng.uniform(0.6, 2.8),
        phase=rng.uniform(0, 6),
        corners=(outline(rng, 200) - 100) / 60 * reach,
        light=np.clip(tone + texture, 0, 1).astype(np.float32),
        moves=rng.uniform(*STROKE) if struck and rng.random() < struck else 2.0 * count,
    )


def _cover(thing: _Thing, time: float, size: int) -> np.ndarray:
    """How much of each pixel the thing covers at one moment: float32 (size, size), 0..1."""
    cover = np.zeros((size, size), np.float32)
    since, angle = time - thing.when, thing.phase + thing.turn * time
    place = thing.place + thing.speed * since + np.array([0, thing.fall / 2]) * since**2
    if thing.kind == "rod":
        tip = thing.place + (thing.reach + 0.15 * size) * np.array([np.cos(angle), np.sin(angle)])
        cv2.line(cover, _fixed(thing.place), _fixed(tip), 1.0, max(2, int(0.12 * thing.reach)), cv2.LINE_AA, 4)
        cv2.circle(cover, _fixed(tip), int(16 * max(2, 0.16 * thing.reach)), 1.0, -1, cv2.LINE_AA, 4)
    elif thing.kind == "ball":
        cv2.circle(cover, _fixed(place), int(16 * max(1.5, 0.6 * thing.reach)), 1.0, -1, cv2.LINE_AA, 4)
    else:
        turned = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        beat = np.sin(thing.phase + thing.beat * time) if thing.kind == "wings" else 1.0
        corners = place + thing.corners * (1.0, beat) @ turned
        cv2.fillPoly(cover, [np.array([_fixed(corner) for corner in corners])], 1.0, cv2.LINE_AA, 4)
    return np.clip(cover, 0, 1)


def _fixed(point: np.ndarray) -> tuple[int, int]:
    """A point in sixteenths of a pixel, as OpenCV draws it."""
    x, y = (int(value) for value in np.round(point * 16).clip(-(2**20), 2**20))
    return x, y
