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

from . import marks

MOVED = 0.04
"""A pixel is defective if dirt, scratches and the like change it by more than this share of the range."""


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
    specks: float = 0.0
    """Bold opaque specks of 100 to 3000 pixels at 480 lines, each on one frame: expected number a frame."""
    stains: float = 0.0
    """Half-transparent stains with clear edges, opacity 0.3 to 0.8, each on one frame: expected number a frame."""
    sparkle: float = 0.0
    """Clusters of fine white specks, each on one frame: expected number a frame."""
    spray: float = 0.0
    """Clouds of 50 to 500 fine specks, each on one frame: expected number a frame."""
    mould: float = 0.0
    """Feathery half-transparent patches that branch, each on one frame: expected number a frame."""
    held_hairs: float = 0.0
    """Hairs that the gate holds for two or three frames: expected number that begin in a frame."""
    short_scratches: float = 0.0
    """Fine upright scratches that last one to three frames: expected number that begin in a frame."""
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
    """bool, (n, height, width): pixels that dirt, scratches and the like changed by more than 4 %."""
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
        damaged[i] = marks.soiled(picture, options, seed, number)
        mask[i] = (np.abs(damaged[i] - picture) > MOVED).any(axis=2)
    return damaged, Truth(mask=mask, weave=weave, tilt=tilt, gain=gain)


def _unsteadiness(seed: int, kind: str, frame: int) -> float:
    """Unsteadiness of variance 1: half of it sways with periods of 8 to 100 frames, half is new in each frame."""
    jump = np.clip(marks.random(seed, kind, frame).standard_normal(), -2.5, 2.5)
    return float(marks.sines(marks.random(seed, kind), frame, 0.01, 0.12) + jump) * 0.5**0.5


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
    coarse = marks.random(seed, "patches", frame).standard_normal((4, 5), np.float32)
    field = cv2.resize(coarse - coarse.mean(), (width, height), interpolation=cv2.INTER_CUBIC)
    return 0.4 * amount * field[..., None]


def _grain(picture: np.ndarray, options: Damage, seed: int, frame: int) -> np.ndarray:
    """Grain, independent in each channel, as strong as the share of developed crystals varies: sqrt(v (1 - v))."""
    radius = int(np.ceil(3 * options.grain_size))
    kernel = cv2.getGaussianKernel(2 * radius + 1, options.grain_size, cv2.CV_32F)
    white = marks.random(seed, "grain", frame).standard_normal(picture.shape, np.float32)
    noise = cv2.sepFilter2D(white, -1, kernel, kernel).reshape(picture.shape) / float((kernel**2).sum())
    value = np.clip(picture, 0, 1)
    return options.grain * 2 * np.sqrt(value * (1 - value)) * noise
