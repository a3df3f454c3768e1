"""What repair is measured on: clean film beside the repository, damaged with known truth, and the scores."""

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
"""Seeds from here on were used for nothing else: no threshold was chosen on these draws."""
KINDS = ("dirt", "hair", "hair-short", "lint", "dots", "smut", "spots")
MOVED = 0.04
"""A pixel is damaged when it was moved by more than this share of the range."""


@dataclass(frozen=True, kw_only=True)
class Excerpt:
    """Some frames of a clean film, of one shot."""

    name: str
    file: str
    first: int
    width: int = 640
    """The picture is brought to this width, if it is wider, or its middle is cut out."""
    shrink: bool = False


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
"""Films that are damaged: natural light and motion, animation, calm and fast."""
STANDING = (CHAPLIN, dataclasses.replace(DARK, first=336))
"""Films whose camera stood still."""
LIT = (CROWD, RABBIT, CAR)
"""Films whose light is steady."""


@lru_cache(maxsize=64)
def frames(media: Path, excerpt: Excerpt, count: int) -> np.ndarray:
    """`count` grey frames (n, h, w, 1), 0..1, of an excerpt; dark bars cut off. Raises FilmError when it is missing."""
    import av

    path = media / excerpt.file
    if not path.is_file():
        raise FilmError(f"There is no {path}.")
    found: list[np.ndarray] = []
    with av.open(str(path)) as container:
        for index, frame in enumerate(container.decode(video=0)):
            if index >= excerpt.first + count:
                break
            if index >= excerpt.first:
                found.append(frame.to_ndarray(format="gray"))
    shown: Any = np.stack(found)
    if excerpt.shrink:
        height = shown.shape[1] * excerpt.width // shown.shape[2]
        shown = np.stack([cv2.resize(x, (excerpt.width, height), interpolation=cv2.INTER_AREA) for x in shown])
    elif shown.shape[2] > excerpt.width:
        # Sintel stands between black bars: the middle 640 x 360 of its 854 x 480 is all picture.
        x, y = (shown.shape[2] - excerpt.width) // 2, (shown.shape[1] - 360) // 2
        shown = shown[:, y : y + 360, x : x + excerpt.width]
    return np.ascontiguousarray(shown[..., None]).astype(np.float32) / 255


def middle(clip: np.ndarray, height: int, width: int) -> np.ndarray:
    """The middle of a clip, at most height x width."""
    y, x = max(0, clip.shape[1] - height) // 2, max(0, clip.shape[2] - width) // 2
    return np.ascontiguousarray(clip[:, y : y + height, x : x + width])


def rounded(clip: np.ndarray) -> np.ndarray:
    """A clip as 8 bits hold it."""
    return eight_bits(clip).astype(np.float32) / 255


def dirtied(media: Path, clean: np.ndarray, seed: int, share: float, kinds: tuple[str, ...] = KINDS) -> np.ndarray:
    """A clip with one matte, of each kind in turn, in that share of its frames; each matte in one frame only."""
    damaged = clean.copy()
    chance = np.random.default_rng(seed)
    order = chance.permutation(len(kinds))
    for index in np.flatnonzero(chance.permutation(len(clean)) < round(share * len(clean))):
        files = sorted((media / "damage" / kinds[order[index % len(kinds)]]).glob("*.png"))
        if not files:
            raise FilmError(f"There are no mattes in {media / 'damage'}.")
        cover = _laid(files[chance.integers(len(files))], clean.shape[1:3], chance)
        tone = chance.uniform(0.8, 1) if chance.random() < 0.5 else chance.uniform(0, 0.15)
        damaged[index, ..., 0] += cover * (tone - damaged[index, ..., 0])
    return rounded(damaged)


def _laid(file: Path, size: tuple[int, int], chance: np.random.Generator) -> np.ndarray:
    """The opacity (h, w) of a matte laid somewhere over a picture, as it lies or mirrored."""
    matte: np.ndarray = np.asarray(cv2.imread(str(file), cv2.IMREAD_UNCHANGED))[..., 3].astype(np.float32) / 255
    matte = matte[:: chance.choice([1, -1]), :: chance.choice([1, -1])]
    scale = min(1.0, min(size) / max(matte.shape))
    if scale < 1:
        matte = cv2.resize(matte, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    cover = np.zeros(size, np.float32)
    y, x = (int(chance.integers(0, full - own + 1)) for full, own in zip(size, matte.shape, strict=True))
    cover[y : y + matte.shape[0], x : x + matte.shape[1]] = matte * chance.uniform(0.7, 1)
    return cover


def moved(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Where a pixel moved by more than 4 % of the range: bool (n, h, w)."""
    return (np.abs(after - before) > MOVED).any(axis=3)


class Tally:
    """Detection and repair of all clips taken together."""

    def __init__(self) -> None:
        self._counts = np.zeros(4)
        self._errors = np.zeros(2)

    def add(self, clean: np.ndarray, damaged: np.ndarray, repaired: np.ndarray, mask: np.ndarray) -> None:
        """Take in some frames (n, h, w, 1) of a clip, and the mask (n, h, w) of what a tool says it repaired."""
        truth = moved(clean, damaged)
        near = np.ones((3, 3), np.uint8)
        for found, wanted in zip(mask.astype(np.uint8), truth.astype(np.uint8), strict=True):
            right, seen = found & cv2.dilate(wanted, near), wanted & cv2.dilate(found, near)
            self._counts += [right.sum(), found.sum(), seen.sum(), wanted.sum()]
        self._errors += [float(((film - clean)[truth].astype(float) ** 2).sum()) for film in (damaged, repaired)]

    @property
    def score(self) -> float:
        """Pixel F1, one pixel of tolerance."""
        right, found, seen, wanted = self._counts
        precision, recall = right / max(found, 1), seen / max(wanted, 1)
        return float(2 * precision * recall / max(precision + recall, 1e-9))

    @property
    def gain(self) -> float:
        """Decibels of PSNR inside damaged areas, after minus before."""
        return float(10 * np.log10(self._errors[0] / max(self._errors[1], 1e-9)))


def psnr(clean: np.ndarray, found: np.ndarray) -> float:
    """Mean PSNR of frames, decibels."""
    errors = ((np.clip(found, 0, 1) - clean) ** 2).mean(axis=(1, 2, 3))
    return float(np.mean(10 * np.log10(1 / np.maximum(errors, 1e-10))))


def pulsing(clean: np.ndarray, seed: int) -> np.ndarray:
    """A clip whose gain varies by a standard deviation of 8 %, and by regions by another 3 %."""
    chance = np.random.default_rng(seed)
    height, width = clean.shape[1:3]
    gain = 1 + 0.08 * np.clip(chance.normal(size=(len(clean), 1, 1)), -2.5, 2.5)
    coarse = 0.03 * chance.normal(size=(len(clean), 4, 5))
    local = np.stack([cv2.resize(one, (width, height), interpolation=cv2.INTER_CUBIC) for one in coarse])
    return rounded(clean * (gain * (1 + local))[..., None].astype(np.float32))


def pumping(clean: np.ndarray, found: np.ndarray) -> float:
    """Standard deviation of the frames' brightness against the clean film's."""
    ratio = found.mean(axis=(1, 2, 3)) / np.maximum(clean.mean(axis=(1, 2, 3)), 1e-3)
    return float(np.std(ratio) / max(float(np.mean(ratio)), 1e-3)) if ratio.mean() > 0.5 else float("inf")


def shaken(wide: np.ndarray, shifts: np.ndarray, margin: int) -> np.ndarray:
    """The middle of frames moved by `shifts` (n, 2); `margin` pixels of each border are lost, so none is made up."""
    height, width = wide.shape[1:3]
    frames = [
        cv2.warpAffine(frame, np.array([[1, 0, x], [0, 1, y]]), (width, height), flags=cv2.INTER_LANCZOS4)
        for frame, (x, y) in zip(wide[..., 0], shifts, strict=True)
    ]
    return rounded(np.stack(frames)[:, margin:-margin, margin:-margin, None])


def offsets(clean: np.ndarray, steadied: np.ndarray) -> np.ndarray:
    """How far (n, 2) pixels each frame lies from the clean one, less their mean.

    By intensity, on the whole picture (Evangelidis and Psarakis 2008), which no stabiliser measured here uses.
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
    found = np.array(rows, float)
    return found - found.mean(axis=0)
