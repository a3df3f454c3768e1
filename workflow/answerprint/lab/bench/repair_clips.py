"""Clips for measuring repair: clean film damaged with known truth, and the scores of the result."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ...frames.optical_flow import eight_bits
from ...runtime.errors import FilmError

SEED = 7001
"""Seeds from here on are used for nothing else: no threshold was tuned on these draws."""
KINDS = ("dirt", "hair", "hair-short", "lint", "dots", "smut", "spots")
MOVED = 0.04
"""A pixel is damaged if it changed by more than this share of the range."""

BOLD, CONTRAST = 100, 0.15
"""A defect is bold with at least so many pixels that differ by so much, of 1, in the mean square."""
SMALL = range(10, 30)
"""Pixels of the small ones that differ by as much, which are counted apart."""


@dataclass(frozen=True, kw_only=True)
class Excerpt:
    """Some consecutive frames of a clean film, all of one shot."""

    name: str
    file: str
    first: int
    width: int = 640
    """Wider pictures are cropped or shrunk to this width."""
    shrink: bool = False
    """Whether to shrink rather than crop to the centre."""


def _sintel(name: str, first: int) -> Excerpt:
    return Excerpt(name=f"sintel, {name}", file="clean/sintel_trailer_480p_52s.mp4", first=first)


SNOW, OLD, DARK = _sintel("snow", 160), _sintel("old man, dark", 314), _sintel("girl, dark", 342)
FLIGHT, DRAGON, DUNES = _sintel("fast flight", 592), _sintel("dragon", 806), _sintel("dunes", 915)
RABBIT = Excerpt(name="bigbuckbunny", file="clean/bigbuckbunny.mp4", first=40, shrink=True)
CHAPLIN = Excerpt(name="chaplin", file="film/chaplin.mp4", first=20)
CROWD = Excerpt(name="crowd", file="faces/crowd_1080p.mp4", first=20, shrink=True)
FADES = Excerpt(name="fades", file="clean/psd_fades.mp4", first=0)
CAR = Excerpt(name="carphone", file="clean/carphone_pristine.mp4", first=30)
MOVING = (SNOW, OLD, FLIGHT, DRAGON, DUNES, RABBIT, CAR)
"""Films to add dirt and noise to: natural and animated, calm and fast."""
STANDING = (CHAPLIN, dataclasses.replace(DARK, first=336))
"""Films with a still camera, to add weave to."""
LIMBS = tuple(
    Excerpt(name=f"hands, {name}", file=f"motion/hands/{name}.mkv", first=20)
    for name in ("brother", "learn", "milk", "please", "sorry", "thanks")
)
"""Films of fast hands that no network of ours was trained on."""
REAL = (CHAPLIN, Excerpt(name="house on fire", file="film/roof-fire-frames", first=0),
        Excerpt(name="house shutters", file="film/house-shutters-frames", first=0))  # fmt: skip
"""Old films as they are, without a truth."""
LIT = (CROWD, RABBIT, CAR)
"""Films with steady light, to add flicker to."""
SPLICED = 24
"""Frames of each shot of the film of fast shots."""


@lru_cache(maxsize=64)
def frames(media: Path, excerpt: Excerpt, count: int, *, colour: bool = False) -> np.ndarray:
    """`count` frames of an excerpt, without black bars: float32 (n, h, w, 1), or (n, h, w, 3) in colour, 0..1.

    Raises FilmError if the film is missing.
    """
    path = media / excerpt.file
    if not path.exists():
        raise FilmError(f"There is no {path}.")
    clip: Any = _pictures(path, excerpt, count) if path.is_dir() else _decoded(path, excerpt, count, colour)
    if excerpt.shrink:
        height = clip.shape[1] * excerpt.width // clip.shape[2]
        clip = np.stack([cv2.resize(x, (excerpt.width, height), interpolation=cv2.INTER_AREA) for x in clip])
    elif clip.shape[2] > excerpt.width:
        # Sintel has black bars: the central 640 x 360 of its 854 x 480 is all picture.
        x, y = (clip.shape[2] - excerpt.width) // 2, (clip.shape[1] - 360) // 2
        clip = clip[:, y : y + 360, x : x + excerpt.width]
    return np.ascontiguousarray(clip if colour else clip[..., None]).astype(np.float32) / 255


def _pictures(path: Path, excerpt: Excerpt, count: int) -> np.ndarray:
    """Frames that are pictures in a folder, in grey."""
    files = sorted(path.glob("*.png"))[excerpt.first : excerpt.first + count]
    return np.stack([np.asarray(cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)) for file in files])


def _decoded(path: Path, excerpt: Excerpt, count: int, colour: bool) -> np.ndarray:
    """Frames of a video."""
    import av

    decoded: list[np.ndarray] = []
    with av.open(str(path)) as container:
        for index, frame in enumerate(container.decode(video=0)):
            if index >= excerpt.first + count:
                break
            if index >= excerpt.first:
                decoded.append(frame.to_ndarray(format="rgb24" if colour else "gray"))
    return np.stack(decoded)


def spliced(media: Path) -> np.ndarray:
    """A film of five fast shots, SPLICED frames of each: float32 (120, 180, 320, 1)."""
    shots = [frames(media, one, SPLICED) for one in (FLIGHT, LIMBS[2], DRAGON, CROWD, RABBIT)]
    return np.stack([cv2.resize(x, (320, 180), interpolation=cv2.INTER_AREA) for shot in shots for x in shot])[
        ..., None
    ]


def centre_crop(clip: np.ndarray, height: int, width: int) -> np.ndarray:
    """The centre of a clip, at most height x width."""
    y, x = max(0, clip.shape[1] - height) // 2, max(0, clip.shape[2] - width) // 2
    return np.ascontiguousarray(clip[:, y : y + height, x : x + width])


def to_8_bits(clip: np.ndarray) -> np.ndarray:
    """A clip rounded to 8 bits: float32, 0..1."""
    return eight_bits(clip).astype(np.float32) / 255


def add_dirt(media: Path, clean: np.ndarray, seed: int, share: float, kinds: tuple[str, ...] = KINDS) -> np.ndarray:
    """A clip with dirt in that share of its frames: one matte each, of the kinds in turn."""
    damaged = clean.copy()
    chance = np.random.default_rng(seed)
    order = chance.permutation(len(kinds))
    for index in np.flatnonzero(chance.permutation(len(clean)) < round(share * len(clean))):
        files = sorted((media / "damage" / kinds[order[index % len(kinds)]]).glob("*.png"))
        if not files:
            raise FilmError(f"There are no mattes in {media / 'damage'}.")
        cover = _placed_matte(files[chance.integers(len(files))], clean.shape[1:3], chance)
        tone = chance.uniform(0.8, 1) if chance.random() < 0.5 else chance.uniform(0, 0.15)
        damaged[index, ..., 0] += cover * (tone - damaged[index, ..., 0])
    return to_8_bits(damaged)


def _placed_matte(file: Path, size: tuple[int, int], chance: np.random.Generator) -> np.ndarray:
    """The opacity (h, w) of a matte at a random place over a picture, mirrored at random."""
    matte: np.ndarray = np.asarray(cv2.imread(str(file), cv2.IMREAD_UNCHANGED))[..., 3].astype(np.float32) / 255
    matte = matte[:: chance.choice([1, -1]), :: chance.choice([1, -1])]
    scale = min(1.0, min(size) / max(matte.shape))
    if scale < 1:
        matte = cv2.resize(matte, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    cover = np.zeros(size, np.float32)
    y, x = (int(chance.integers(0, full - part + 1)) for full, part in zip(size, matte.shape, strict=True))
    cover[y : y + matte.shape[0], x : x + matte.shape[1]] = matte * chance.uniform(0.7, 1)
    return cover


def changed_mask(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Where a pixel changed by more than 4 % of the range: bool (n, h, w)."""
    return (np.abs(after - before) > MOVED).any(axis=3)


class Tally:
    """Scores of detection and repair over many clips."""

    def __init__(self) -> None:
        self._counts = np.zeros(4)
        self._inside, self._whole = np.zeros(2), np.zeros(2)
        self._recalls: list[float] = []
        self._bold, self._small = np.zeros(2, int), np.zeros(2, int)

    def add(self, clean: np.ndarray, damaged: np.ndarray, repaired: np.ndarray, mask: np.ndarray) -> None:
        """Add frames (n, h, w, 1) of a clip, and the mask (n, h, w) of what a tool reports as repaired."""
        truth = changed_mask(clean, damaged)
        near = np.ones((3, 3), np.uint8)
        for detected, defective in zip(mask.astype(np.uint8), truth.astype(np.uint8), strict=True):
            correct, recalled = detected & cv2.dilate(defective, near), defective & cv2.dilate(detected, near)
            self._counts += [correct.sum(), detected.sum(), recalled.sum(), defective.sum()]
            if defective.sum() >= BOLD:
                self._recalls.append(float(recalled.sum() / defective.sum()))
        errors = [((film - clean) ** 2).astype(float) for film in (damaged, repaired)]
        self._inside += [error[truth].sum() for error in errors]
        self._whole += [error.sum() for error in errors]
        for before, after, defective in zip(*errors, truth, strict=True):
            for counts, sizes in ((self._bold, range(BOLD, defective.size)), (self._small, SMALL)):
                counts += _left(before[..., 0], after[..., 0], defective, sizes)

    @property
    def score(self) -> float:
        """Pixel F1 with one pixel of tolerance."""
        correct, detected, recalled, defective = self._counts
        precision, recall = correct / max(detected, 1), recalled / max(defective, 1)
        return float(2 * precision * recall / max(precision + recall, 1e-9))

    @property
    def gain(self) -> float:
        """PSNR inside damaged areas, after minus before repair, dB."""
        return _gain(self._inside)

    @property
    def whole_gain(self) -> float:
        """PSNR of whole frames, after minus before repair, dB."""
        return _gain(self._whole)

    @property
    def worst_recall(self) -> float:
        """Share of the damaged pixels that are found in the frame where it is lowest; of frames with BOLD of them."""
        return min(self._recalls, default=1.0)

    @property
    def bold(self) -> int:
        """How many bold defects there are."""
        return int(self._bold[1])

    @property
    def bold_left(self) -> int:
        """How many of them keep half their squared error, or more."""
        return int(self._bold[0])

    @property
    def small(self) -> int:
        """How many small defects there are that differ as much as bold ones."""
        return int(self._small[1])

    @property
    def small_left(self) -> int:
        """How many of them keep half their squared error, or more."""
        return int(self._small[0])


def _gain(errors: np.ndarray) -> float:
    return float(10 * np.log10(max(errors[0], 1e-9) / max(errors[1], 1e-9)))


def _left(before: np.ndarray, after: np.ndarray, defective: np.ndarray, sizes: range) -> tuple[int, int]:
    """How many defects of high contrast keep half their squared error, (h, w) before and after, and how many there are.

    sizes: of how many pixels.
    """
    count, labels, stats, _ = cv2.connectedComponentsWithStats(defective.astype(np.uint8), connectivity=8)
    worn, left = (np.bincount(labels.ravel(), error.ravel(), count) for error in (before, after))
    area = stats[:, cv2.CC_STAT_AREA]
    counted = (area >= sizes.start) & (area < sizes.stop) & (worn > CONTRAST**2 * area)
    counted[0] = False
    return int((counted & (left > worn / 2)).sum()), int(counted.sum())


def psnr(clean: np.ndarray, repaired: np.ndarray) -> float:
    """Mean PSNR of frames, dB."""
    errors = ((np.clip(repaired, 0, 1) - clean) ** 2).mean(axis=(1, 2, 3))
    return float(np.mean(10 * np.log10(1 / np.maximum(errors, 1e-10))))


def add_flicker(clean: np.ndarray, seed: int) -> np.ndarray:
    """A clip whose gain has a standard deviation of 8 %, and 3 % more between regions."""
    chance = np.random.default_rng(seed)
    height, width = clean.shape[1:3]
    gain = 1 + 0.08 * np.clip(chance.normal(size=(len(clean), 1, 1)), -2.5, 2.5)
    coarse = 0.03 * chance.normal(size=(len(clean), 4, 5))
    local = np.stack([cv2.resize(one, (width, height), interpolation=cv2.INTER_CUBIC) for one in coarse])
    return to_8_bits(clean * (gain * (1 + local))[..., None].astype(np.float32))


def residual_flicker(clean: np.ndarray, steadied: np.ndarray) -> float:
    """Standard deviation of brightness relative to the clean film; infinite if the film has gone dark."""
    ratio = steadied.mean(axis=(1, 2, 3)) / np.maximum(clean.mean(axis=(1, 2, 3)), 1e-3)
    return float(np.std(ratio) / max(float(np.mean(ratio)), 1e-3)) if ratio.mean() > 0.5 else float("inf")


def add_weave(wide: np.ndarray, shifts: np.ndarray, margin: int) -> np.ndarray:
    """Frames moved by `shifts` (n, 2), without `margin` pixels of each border, so that no pixel is invented."""
    height, width = wide.shape[1:3]
    frames = [
        cv2.warpAffine(frame, np.array([[1, 0, x], [0, 1, y]]), (width, height), flags=cv2.INTER_LANCZOS4)
        for frame, (x, y) in zip(wide[..., 0], shifts, strict=True)
    ]
    return to_8_bits(np.stack(frames)[:, margin:-margin, margin:-margin, None])


def residual_shifts(clean: np.ndarray, steadied: np.ndarray) -> np.ndarray:
    """The shift (n, 2) of each frame against the clean one, pixels, minus the mean shift.

    Measured by intensity over the whole picture (ECC, Evangelidis and Psarakis 2008), which no stabiliser here uses.
    """
    rows = []
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 60, 1e-4)
    for pair in zip(clean[..., 0], steadied[..., 0], strict=True):
        a, b = (cv2.resize(frame, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) for frame in pair)
        window = cv2.createHanningWindow(a.shape[::-1], cv2.CV_32F)
        start, _ = cv2.phaseCorrelate(a.copy(), b.copy(), window)
        matrix = np.array([[1, 0, start[0]], [0, 1, start[1]]], np.float32)
        everywhere = np.full(a.shape, 255, np.uint8)
        _, placed = cv2.findTransformECC(a, b, matrix, cv2.MOTION_TRANSLATION, stop, everywhere, 5)
        rows.append(2 * np.asarray(placed)[:, 2])
    shifts = np.array(rows, float)
    return shifts - shifts.mean(axis=0)
