"""The damage simulator: damages a clean film with known truth, for tests, training and the demo film.

    from answerprint.lab.damage import WORN, Damage, damage
    damaged, truth = damage(frames, Damage(dirt=6, scratches=1.5, weave=0.8), seed=7)

Every kind of damage draws its random numbers from (seed, kind, frame number) alone. So frame 100 is damaged in the
same way whether a film comes whole or in pieces, and switching one kind off leaves the others where they were.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import cv2
import numpy as np

BLACK, WHITE = 0.03, 0.96
"""Brightness of dirt on the print and on the negative."""
MOVED = 0.04
"""A pixel is defective if dirt, scratches and the like change it by more than this share of the range."""
SPAN = 48
"""Scratches begin within spans of this many frames and last at most as long, so a frame depends on two spans only."""


@dataclass(frozen=True, kw_only=True)
class Damage:
    """The amount of each kind of damage; 0 switches a kind off exactly. Sizes grow with the height of the picture."""

    dirt: float = 0.0
    """Opaque specks of irregular shape, each on one frame: expected number a frame."""
    dust: float = 0.0
    """Fine specks of one to three pixels at 480 lines, each on one frame: expected number a frame."""
    hairs: float = 0.0
    """Thin curved hairs up to a third of the picture's height long, each on one frame: expected number a frame."""
    lint: float = 0.0
    """Short curled fibres, each on one frame: expected number a frame."""
    blotches: float = 0.0
    """Large translucent stains with soft edges, each on one frame: expected number a frame."""
    white: float = 0.5
    """Share of all of these that is white (dirt on the negative) rather than black (dirt on the print), 0..1."""
    size: float = 1.0
    """Factor on the size of all of these and on the width of scratches; above 0."""
    scratches: float = 0.0
    """Vertical scratches that waver and last 24 to 48 frames: expected number at any moment."""
    weave: float = 0.0
    """Gate weave: standard deviation of the picture's displacement in x and in y, pixels."""
    tilt: float = 0.0
    """Gate weave: standard deviation of the picture's rotation about its centre, degrees."""
    flicker: float = 0.0
    """Standard deviation of a frame's gain; in addition, regions of the picture vary by 0.4 of it."""
    grain: float = 0.0
    """Standard deviation of grain in mid-grey, share of the range; it fades towards black and white."""
    grain_size: float = 0.6
    """Width (sigma) of a grain, pixels; above 0."""
    vignette: float = 0.0
    """Darkening of the corners by the lens, 0..1."""
    gate_shadow: float = 0.0
    """Darkness of the soft shadow of the gate's edge on the border of the picture, 0..1."""

    def __post_init__(self) -> None:
        for name, value in dataclasses.asdict(self).items():
            if not value >= 0:
                raise ValueError(f"{name} must not be negative, it is {value}")
        for name in ("white", "vignette", "gate_shadow"):
            if getattr(self, name) > 1:
                raise ValueError(f"{name} must lie in 0..1, it is {getattr(self, name)}")
        for name in ("size", "grain_size"):
            if getattr(self, name) == 0:
                raise ValueError(f"{name} must be above 0")


WORN = Damage(
    dirt=5, dust=12, hairs=0.25, lint=0.8, blotches=0.25, scratches=1.5, weave=0.8, tilt=0.05, flicker=0.05,
    grain=0.035, vignette=0.15, gate_shadow=0.4,
)  # fmt: skip
"""A print that has run through many projectors."""


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What was done to each frame."""

    mask: np.ndarray
    """bool, (n, height, width): pixels that dirt, dust, hairs, lint, blotches or scratches changed by more than 4 %."""
    weave: np.ndarray
    """float32, (n, 2): the picture's displacement (dx, dy) in pixels, to the right and down."""
    tilt: np.ndarray
    """float32, (n,): the picture's rotation about its centre in degrees, clockwise."""
    gain: np.ndarray
    """float32, (n,): factor on the brightness of the whole frame."""


def damage(frames: np.ndarray, options: Damage, seed: int, *, first: int = 0) -> tuple[np.ndarray, Truth]:
    """The frames damaged, float32 (n, h, w, c) like the input, not clipped, and the truth about them.

    `frames` are float32 (n, h, w, c) with c 1 or 3 and values 0..1; `first` is the number of frames[0] in the film, at
    least 0. Damage is applied in the order of a real film: lens and gate, weave, flicker, grain, then the surface.
    """
    damaged = np.empty_like(frames, np.float32)
    count, height, width, _ = frames.shape
    mask = np.zeros((count, height, width), bool)
    weave = np.zeros((count, 2), np.float32)
    tilt, gain = np.zeros(count, np.float32), np.ones(count, np.float32)
    shading = _shading(height, width, options)
    for i, frame in enumerate(frames):
        number = first + i
        weave[i] = [options.weave * _unsteadiness(seed, name, number) for name in ("weave x", "weave y")]
        tilt[i] = options.tilt * _unsteadiness(seed, "tilt", number)
        gain[i] = max(0.0, 1 + options.flicker * _unsteadiness(seed, "flicker", number))
        picture: np.ndarray = frame if shading is None else frame * shading
        picture = _move(picture, weave[i], tilt[i])
        if options.flicker:
            picture = picture * gain[i] + picture * _local_gain(height, width, options.flicker, seed, number)
        if options.grain:
            picture = picture + _grain(picture, options, seed, number)
        damaged[i] = _soiled(picture, options, seed, number)
        mask[i] = (np.abs(damaged[i] - picture) > MOVED).any(axis=2)
    return damaged, Truth(mask=mask, weave=weave, tilt=tilt, gain=gain)


def _random(seed: int, kind: str, frame: int = 0) -> np.random.Generator:
    return np.random.default_rng([seed, frame, *kind.encode()])


def _sines(rng: np.random.Generator, at: np.ndarray | float, slowest: float, fastest: float) -> np.ndarray:
    """A smooth random curve of mean 0 and variance 1 at these times; frequencies are in cycles a frame."""
    frequency, phase = rng.uniform(slowest, fastest, 4), rng.uniform(0, 2 * np.pi, 4)
    return np.sin(2 * np.pi * np.multiply.outer(at, frequency) + phase).sum(axis=-1) / np.sqrt(2)


def _unsteadiness(seed: int, kind: str, frame: int) -> float:
    """Unsteadiness of variance 1: half of it sways with periods of 8 to 100 frames, half is new in each frame."""
    jump = np.clip(_random(seed, kind, frame).standard_normal(), -2.5, 2.5)
    return float(_sines(_random(seed, kind), frame, 0.01, 0.12) + jump) * 0.5**0.5


def _shading(height: int, width: int, options: Damage) -> np.ndarray | None:
    """The share of light (h, w, 1) that passes lens and gate; None if all of it does."""
    if not options.vignette and not options.gate_shadow:
        return None
    x, y = np.meshgrid(np.arange(width) - (width - 1) / 2, np.arange(height) - (height - 1) / 2)
    lens = 1 - options.vignette * (x**2 + y**2) / (width**2 + height**2) * 4
    # The gate is a rectangle with rounded corners; its shadow ends 4 % of the height inside the picture.
    corner, soft = 0.06 * height, 0.04 * height
    outside = [np.abs(a) - size / 2 + corner for a, size in ((x, width), (y, height))]
    depth = corner - np.hypot(*(np.maximum(a, 0) for a in outside))
    gate = 1 - options.gate_shadow * np.clip(1 - depth / soft, 0, 1) ** 2
    return (lens * gate).astype(np.float32)[..., None]


def _move(picture: np.ndarray, step: np.ndarray, degrees: float) -> np.ndarray:
    if not step.any() and not degrees:
        return picture
    height, width, _ = picture.shape
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), -float(degrees), 1.0)
    matrix[:, 2] += step
    moved = cv2.warpAffine(
        picture, matrix, (width, height), flags=cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REFLECT_101
    )
    return moved.reshape(picture.shape)


def _local_gain(height: int, width: int, amount: float, seed: int, frame: int) -> np.ndarray:
    """Deviation of each region's gain from the frame's: (h, w, 1), mean 0."""
    coarse = _random(seed, "patches", frame).standard_normal((4, 5), np.float32)
    field = cv2.resize(coarse - coarse.mean(), (width, height), interpolation=cv2.INTER_CUBIC)
    return 0.4 * amount * field[..., None]


def _grain(picture: np.ndarray, options: Damage, seed: int, frame: int) -> np.ndarray:
    """Grain, independent in each channel, as strong as the share of developed crystals varies: sqrt(v (1 - v))."""
    radius = int(np.ceil(3 * options.grain_size))
    kernel = cv2.getGaussianKernel(2 * radius + 1, options.grain_size, cv2.CV_32F)
    white = _random(seed, "grain", frame).standard_normal(picture.shape, np.float32)
    noise = cv2.sepFilter2D(white, -1, kernel, kernel).reshape(picture.shape) / float((kernel**2).sum())
    value = np.clip(picture, 0, 1)
    return options.grain * 2 * np.sqrt(value * (1 - value)) * noise


def _soiled(picture: np.ndarray, options: Damage, seed: int, frame: int) -> np.ndarray:
    """The picture with all dirt and scratches on the film's surface drawn over it."""
    inks = {tone: np.zeros(picture.shape[:2], np.float32) for tone in (BLACK, WHITE)}
    for kind, draw in (("blotches", _blotch), ("dirt", _dirt), ("dust", _dust), ("hairs", _hair), ("lint", _lint)):
        rng = _random(seed, kind, frame)
        for _ in range(rng.poisson(getattr(options, kind))):
            draw(inks[WHITE if rng.random() < options.white else BLACK], rng, options.size * len(picture))
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
    heading = rng.uniform(0, 2 * np.pi) + curl * (rng.normal() * along + 0.4 * _sines(rng, along, 0.5, 2))
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
        rng = _random(seed, "scratches", span + 1)
        for _ in range(rng.poisson(options.scratches / 0.75)):
            own = np.random.default_rng(rng.integers(2**63))
            start, life = (span + own.random()) * SPAN, own.uniform(0.5, 1) * SPAN
            tone = WHITE if own.random() < 0.6 else BLACK
            centre = own.uniform(0.04, 0.96) * width + height / 480 * 1.5 * _sines(own, along, 0.02, 0.4)
            strength = own.uniform(0.3, 0.8) * np.clip(0.75 + 0.4 * _sines(own, along, 0.1, 2.5), 0, 1)
            strength *= np.clip(np.minimum(along - start, start + life - along), 0, 1)
            # A scratch much thinner than a pixel would fall between the centres of pixels.
            sigma = max(0.4, options.size * height / 480 * own.uniform(0.5, 1.2))
            left, right = int(max(centre.min() - 4 * sigma, 0)), int(min(centre.max() + 4 * sigma + 1, width))
            distance = (np.arange(left, right) - centre[:, None]) / sigma
            patch = inks[tone][:, left:right]
            np.maximum(patch, strength[:, None] * np.exp(-0.5 * distance**2), out=patch, casting="same_kind")
