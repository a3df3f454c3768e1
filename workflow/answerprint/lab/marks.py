"""What lies on the surface of a film: dirt, hairs, stains, mould and scratches, drawn with soft edges.

Every mark draws its random numbers from (seed, kind, frame number) alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from .damage import Damage

BLACK, WHITE = 0.03, 0.96
"""Brightness of dirt on the print and on the negative."""
SPAN = 48
"""Scratches begin within spans of this many frames and last at most as long, so a frame depends on two spans only."""
HELD = 3
"""The most frames that a held hair or a short scratch lasts."""


def random(seed: int, kind: str, frame: int = 0) -> np.random.Generator:
    """The random numbers of one kind of damage in one frame."""
    return np.random.default_rng([seed, frame, *kind.encode()])


def sines(rng: np.random.Generator, at: np.ndarray | float, slowest: float, fastest: float) -> np.ndarray:
    """A smooth random curve of mean 0 and variance 1 at these times; frequencies are in cycles a frame."""
    frequency, phase = rng.uniform(slowest, fastest, 4), rng.uniform(0, 2 * np.pi, 4)
    return np.sin(2 * np.pi * np.multiply.outer(at, frequency) + phase).sum(axis=-1) / np.sqrt(2)


def soiled(picture: np.ndarray, options: Damage, seed: int, frame: int) -> np.ndarray:
    """The picture with all dirt and scratches on the film's surface drawn over it."""
    inks = {tone: np.zeros(picture.shape[:2], np.float32) for tone in (BLACK, WHITE)}
    lines = options.size * len(picture)
    for kind, draw in ONCE.items():
        rng = random(seed, kind, frame)
        for _ in range(rng.poisson(getattr(options, kind))):
            tone = WHITE if kind == "sparkle" or rng.random() < options.white else BLACK
            draw(inks[tone], rng, lines)
    for kind, draw in LASTING.items():
        for first in range(max(0, frame - HELD + 1), frame + 1):
            rng = random(seed, kind, first)
            for _ in range(rng.poisson(getattr(options, kind))):
                own = np.random.default_rng(rng.integers(2**63))
                tone = WHITE if own.random() < options.white else BLACK
                if frame < first + own.integers(2 if kind == "held_hairs" else 1, HELD + 1):
                    draw(inks[tone], own, lines)
    if options.scratches:
        _draw_scratches(inks, options, seed, frame)
    for tone, ink in inks.items():
        if ink.any():
            picture = picture + ink[..., None] * (tone - picture)
    return picture


def _stamp(ink: np.ndarray, points: np.ndarray, thickness: int, soft: float, opacity: np.ndarray | float) -> None:
    """Draw a line, or at thickness 0 a filled outline, into `ink` (h, w), with edges blurred by `soft` pixels."""
    height, width = ink.shape
    margin = thickness + int(np.ceil(4 * soft)) + 1
    low = np.clip(np.floor(points.min(axis=0)).astype(int) - margin, 0, (width, height))
    high = np.clip(np.ceil(points.max(axis=0)).astype(int) + margin, 0, (width, height))
    if (high <= low).any():
        return
    patch = ink[low[1] : high[1], low[0] : high[0]]
    canvas = np.zeros(patch.shape, np.uint8)
    sixteenths = np.round((points - low) * 16).astype(np.int32)[None]
    if thickness:
        cv2.polylines(canvas, sixteenths, False, 255, thickness, cv2.LINE_AA, 4)
    else:
        cv2.fillPoly(canvas, sixteenths, 255, cv2.LINE_AA, 4)
    shape = cv2.GaussianBlur(canvas.astype(np.float32) / 255, (0, 0), soft)
    cover = cv2.resize(np.atleast_2d(np.float32(opacity)), patch.shape[::-1], interpolation=cv2.INTER_CUBIC)
    np.maximum(patch, shape * np.clip(cover, 0, 1), out=patch)


def _outline(ink: np.ndarray, rng: np.random.Generator, radius: float) -> np.ndarray:
    """An irregular outline somewhere in the picture: points (24, 2)."""
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    waves = np.arange(2, 8)
    lumps = np.cos(waves * angle[:, None] + rng.uniform(0, 2 * np.pi, 6)) @ (rng.standard_normal(6) * 0.4 / waves)
    reach = radius * np.clip(1 + lumps, 0.4, 2)
    return rng.random(2) * ink.shape[::-1] + np.stack([np.cos(angle), np.sin(angle)], 1) * reach[:, None]


def _fibre(ink: np.ndarray, rng: np.random.Generator, length: float, curl: float) -> np.ndarray:
    """Points (40, 2) along a curve whose heading turns by about `curl` radians from end to end."""
    along = np.linspace(0, 1, 40)
    heading = rng.uniform(0, 2 * np.pi) + curl * (rng.normal() * along + 0.4 * sines(rng, along, 0.5, 2))
    steps = np.stack([np.cos(heading), np.sin(heading)], 1) * length / len(along)
    return rng.random(2) * ink.shape[::-1] + np.cumsum(steps, axis=0)


def _dirt(ink: np.ndarray, rng: np.random.Generator, lines: float) -> None:
    radius = lines / 480 * min(1.5 + rng.exponential(2.0), 10)
    _stamp(ink, _outline(ink, rng, radius), 0, 0.5, rng.uniform(0.75, 1))


def _dust(ink: np.ndarray, rng: np.random.Generator, lines: float) -> None:
    radius = lines / 480 * rng.uniform(0.8, 1.6)
    _stamp(ink, _outline(ink, rng, radius), 0, 0.4, rng.uniform(0.6, 1))


def _hair(ink: np.ndarray, rng: np.random.Generator, lines: float) -> None:
    points = _fibre(ink, rng, lines * rng.uniform(0.1, 0.33), 1.5)
    _stamp(ink, points, max(1, round(lines / 400)), 0.5, rng.uniform(0.7, 0.95))


def _lint(ink: np.ndarray, rng: np.random.Generator, lines: float) -> None:
    points = _fibre(ink, rng, lines * rng.uniform(0.02, 0.06), 5)
    _stamp(ink, points, max(1, round(lines / 400)), 0.5, rng.uniform(0.6, 0.9))


def _blotch(ink: np.ndarray, rng: np.random.Generator, lines: float) -> None:
    points = _outline(ink, rng, lines * rng.uniform(0.02, 0.06))
    _stamp(ink, points, 0, lines / 250, rng.uniform(0.4, 0.7) + 0.12 * rng.standard_normal((7, 7)))


def _draw_scratches(inks: dict[float, np.ndarray], options: Damage, seed: int, frame: int) -> None:
    """Draw the scratches that cross this frame.

    A scratch is a curve along the running film: frame t shows it from t to t + 1, so it continues across frame edges.
    """
    height, width = inks[BLACK].shape
    along = frame + np.arange(height) / height
    for span in (frame // SPAN - 1, frame // SPAN):
        rng = random(seed, "scratches", span + 1)
        for _ in range(rng.poisson(options.scratches / 0.75)):
            own = np.random.default_rng(rng.integers(2**63))
            start, life = (span + own.random()) * SPAN, own.uniform(0.5, 1) * SPAN
            tone = WHITE if own.random() < 0.6 else BLACK
            centre = own.uniform(0.04, 0.96) * width + height / 480 * 1.5 * sines(own, along, 0.02, 0.4)
            strength = own.uniform(0.3, 0.8) * np.clip(0.75 + 0.4 * sines(own, along, 0.1, 2.5), 0, 1)
            strength *= np.clip(np.minimum(along - start, start + life - along), 0, 1)
            # A scratch much thinner than a pixel would fall between the centres of pixels.
            sigma = max(0.4, options.size * height / 480 * own.uniform(0.5, 1.2))
            left, right = int(max(centre.min() - 4 * sigma, 0)), int(min(centre.max() + 4 * sigma + 1, width))
            distance = (np.arange(left, right) - centre[:, None]) / sigma
            patch = inks[tone][:, left:right]
            np.maximum(patch, strength[:, None] * np.exp(-0.5 * distance**2), out=patch, casting="same_kind")


def _speck(ink: np.ndarray, rng: np.random.Generator, lines: float) -> None:
    radius = lines / 480 * float(np.exp(rng.uniform(np.log(5.6), np.log(31))))
    soft = min(float(np.exp(rng.uniform(np.log(0.4), np.log(4)))), radius / 4)
    _stamp(ink, _outline(ink, rng, radius), 0, soft, rng.uniform(0.8, 1))


def _stain(ink: np.ndarray, rng: np.random.Generator, lines: float) -> None:
    radius = lines / 480 * float(np.exp(rng.uniform(np.log(2), np.log(25))))
    _stamp(ink, _outline(ink, rng, radius), 0, rng.uniform(0.4, 2.5), rng.uniform(0.3, 0.8))


def _sparkle(ink: np.ndarray, rng: np.random.Generator, lines: float) -> None:
    centre, spread = rng.random(2) * ink.shape[::-1], lines * rng.uniform(0.02, 0.1)
    for x, y in rng.normal(centre, spread, (rng.integers(5, 25), 2)):
        radius = lines / 480 * rng.uniform(0.5, 1.3)
        corners = np.array([[x - radius, y], [x, y - radius], [x + radius, y], [x, y + radius]])
        _stamp(ink, corners, 0, 0.4, rng.uniform(0.5, 1))


def _spray(ink: np.ndarray, rng: np.random.Generator, lines: float) -> None:
    """A cloud of fine specks, dense in places."""
    places = rng.random(2) * ink.shape[::-1] + rng.normal(0, 0.12 * lines, (rng.integers(1, 6), 2))
    opacity, largest = rng.uniform(0.5, 1), rng.uniform(0.7, 1.8)
    for _ in range(rng.integers(50, 500)):
        x, y = rng.normal(places[rng.integers(len(places))], lines * 0.03 * (1 + rng.exponential(1)))
        radius = lines / 480 * rng.uniform(0.4, largest)
        corners = np.array([[x - radius, y], [x, y - radius], [x + radius, y], [x, y + radius]])
        _stamp(ink, corners, 0, 0.4, opacity * rng.uniform(0.5, 1))


def _mould(ink: np.ndarray, rng: np.random.Generator, lines: float) -> None:
    root, opacity = rng.random(2) * ink.shape[::-1], rng.uniform(0.3, 0.8)
    for _ in range(rng.integers(4, 10)):
        branch = _fibre(ink, rng, lines * rng.uniform(0.015, 0.06), 3)
        branch += root - branch[0]
        _stamp(ink, branch, max(1, round(lines / 480 * rng.uniform(0.8, 2.5))), rng.uniform(0.5, 1.2), opacity)


def _short_scratch(ink: np.ndarray, rng: np.random.Generator, lines: float) -> None:
    """A thin upright line, whole or in dashes that are unlike each other."""
    height, width = ink.shape
    y = np.linspace(0, height * rng.uniform(0.15, 1.2), 60) + rng.uniform(-0.2, 1) * height
    x = rng.uniform(0, width) + lines / 480 * rng.uniform(0, 1.5) * sines(rng, y / height, 0.2, 2)
    points, thickness = np.stack([x, y], 1), max(1, round(lines / 480 * rng.uniform(0.5, 2)))
    cuts = np.arange(0, 59, rng.choice([2, 3, 6, 59, 59]))
    for start, stop in zip(cuts, [*cuts[1:], 59], strict=True):
        if len(cuts) == 1 or rng.random() < 0.6:
            _stamp(ink, points[start : stop + 1], thickness, rng.uniform(0.35, 0.7), rng.uniform(0.3, 0.95))


ONCE = {
    "blotches": _blotch, "dirt": _dirt, "dust": _dust, "hairs": _hair, "lint": _lint,
    "specks": _speck, "stains": _stain, "sparkle": _sparkle, "spray": _spray, "mould": _mould,
}  # fmt: skip
"""How the kinds are drawn that are on one frame each."""
LASTING = {"held_hairs": _hair, "short_scratches": _short_scratch}
"""And those that stay in their place for up to HELD frames."""
