"""Samples, loss and figures for the network of faces: faces and photographs, blurred, grained and enlarged again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from ...runtime.inference import Inference
from . import clips
from .loop import Schedule
from .material import Material

ENGINE = "faces/detail"
SCHEDULE = Schedule(steps=9000, batch=8, size=64)
CLIPS = 4000
"""Squares drawn."""
SIDE = 112
"""Side of a square, pixels."""
MARGIN = 10
"""Extra pixels around a square while it is worn, so that its border is like its middle; with it, 64 is divided by all
of `SCALES`."""
FACES = 0.5
"""Share of squares that lie in faces, if any are found: photographs show more kinds of edges than a few faces do."""
LEAST = 80
"""Pixels across a face to learn from: in most films smaller ones are soft, however they are shrunk."""
SURE = 0.95
"""Least score of a face: skulls printed on a shirt reach 0.86."""
BENT = 0.035
"""Most that a face is bent: standard deviation, in its widths, of places a quarter of it apart. A few faces become
many."""
WIDTHS = (40, 130)
"""Pixels across a face, as in `faces/detail` on film."""
SHARPER = 0.85
"""Faces of films and photographs are shrunk at least to this, so that they are sharp."""
SCALES = (1.0, 1.5, 2.0, 3.0)
"""How many times a film is enlarged before its faces are treated."""
NATURAL = 1.0
"""Most blur of what a film could show at best, in four of five squares: faces have no hard edges. Undoing all blur that
could be seen, a network would sharpen faces past what they were."""
SOFTEST = 2.6
"""Most blur: standard deviation in pixels of the enlarged picture."""
COARSEST = 0.05
"""Most grain: standard deviation of brightness before enlarging."""
MEASURED = 96
"""Squares drawn for the figures."""
FAINT = 0.002
"""Floor of a square's error: one without blur or grain would otherwise have the steepest gradient."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Worn:
    """A square and what became of it, float32 (size, size) each."""

    truth: np.ndarray
    blurred: np.ndarray
    """Blurred, reduced and enlarged."""
    seen: np.ndarray
    """The same with grain and stored with loss."""


def draw(material: Material, seed: int, count: int = CLIPS) -> dict[str, np.ndarray]:
    """Sharp squares, some of them in faces: `truth` float16 (count, SIDE, SIDE)."""
    faces = _faces(material)
    truth = np.empty((count, SIDE, SIDE), np.float16)
    for k in range(count):
        rng = np.random.default_rng([seed, k, *b"faces"])
        inside = bool(faces) and rng.random() < FACES
        truth[k] = _in_a_face(faces, rng) if inside else _elsewhere(material, rng)
    return {"truth": truth}


def _faces(material: Material) -> list[tuple[np.ndarray, float]]:
    """Pictures around faces, uint8, and the width of the face: of every photograph and of the first frame of a run."""
    from ...frames.face_detection import Detector

    detector, faces = Detector(), []
    for picture in (*material.photographs, *(run[0] for run in material.runs)):
        frame = picture.astype(np.float32) / 255
        for face in detector(frame if frame.ndim == 3 else frame[..., None]):
            left, top, right, bottom = face.box
            wide = right - left
            if wide < LEAST or face.score < SURE:
                continue
            rows = slice(int(max(0, top - wide / 2)), int(bottom + wide / 2))
            columns = slice(int(max(0, left - wide / 2)), int(right + wide / 2))
            faces.append((picture[rows, columns], wide))
    return faces


def _in_a_face(faces: list[tuple[np.ndarray, float]], rng: np.random.Generator) -> np.ndarray:
    """A square somewhere in or beside a face, at a size in which it is sharp."""
    picture, wide = faces[int(rng.integers(len(faces)))]
    across = rng.uniform(WIDTHS[0], max(WIDTHS[0], min(WIDTHS[1], SHARPER * wide)))
    small = cv2.resize(picture, None, fx=across / wide, fy=across / wide, interpolation=cv2.INTER_AREA)
    grey = _bent(clips.grey(small, rng), across * BENT * rng.random(), rng)
    fill = [(0, max(0, SIDE - n)) for n in grey.shape]
    grey = np.pad(grey, fill, mode="symmetric")
    y, x = (int(rng.integers(0, n - SIDE + 1)) for n in grey.shape)
    return grey[y : y + SIDE, x : x + SIDE]


def _bent(picture: np.ndarray, most: float, rng: np.random.Generator) -> np.ndarray:
    """A picture (h, w) bent smoothly, by a standard deviation of so many pixels."""
    height, width = picture.shape
    there = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1).astype(np.float32)
    # The picture is twice as wide as the face.
    steps = (most * rng.standard_normal((8, 8, 2))).astype(np.float32)
    there += cv2.resize(steps, (width, height), interpolation=cv2.INTER_CUBIC)
    x, y = np.ascontiguousarray(there[..., 0]), np.ascontiguousarray(there[..., 1])
    return cv2.remap(picture, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101).clip(0, 1)


def _elsewhere(material: Material, rng: np.random.Generator) -> np.ndarray:
    """The square of two with the most edges: most of a photograph is sky and wall."""
    squares = [clips.patch(material, rng, SIDE) for _ in range(2)]
    return max(squares, key=lambda square: float(np.abs(np.diff(square, axis=0)).mean()))


def worn(clean: np.ndarray, rng: np.random.Generator) -> Worn:
    """A sharp square (n, n) as film shows it, enlarged again to its size; n is divided by all of `SCALES`."""
    if rng.random() < 0.8:
        clean = cv2.GaussianBlur(clean, (0, 0), rng.uniform(0.1, NATURAL))
    scale = float(rng.choice(SCALES, p=(0.3, 0.15, 0.4, 0.15)))
    soft = _blurred(clean, rng)
    size = round(clean.shape[1] / scale), round(clean.shape[0] / scale)
    small = cv2.resize(soft, size, interpolation=cv2.INTER_AREA) if scale > 1 else soft
    enlarge = int(rng.choice([cv2.INTER_CUBIC, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4, cv2.INTER_LINEAR]))
    whole = clean.shape[::-1]
    seen = _stored(np.clip(small + _grain(small, rng), 0, 1).astype(np.float32), rng)
    pictures = [cv2.resize(x, whole, interpolation=enlarge) if scale > 1 else x for x in (small, seen)]
    inner = np.s_[MARGIN:-MARGIN, MARGIN:-MARGIN]
    return Worn(truth=clean[inner], blurred=pictures[0][inner], seen=pictures[1][inner])


def _blurred(clean: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Out of focus in one of five, smeared by motion in one of ten, soft from lens and printing in most."""
    choice = rng.random()
    if choice < 0.1:
        return clean
    sigma = rng.uniform(0.3, SOFTEST)
    if choice < 0.3:
        return cv2.filter2D(clean, -1, _disc(2 * sigma), borderType=cv2.BORDER_REFLECT_101)
    x, y = sigma * rng.uniform(0.8, 1.2, 2)
    if choice < 0.4:
        y = x * rng.uniform(0.1, 0.6)
        x, y = (x, y) if rng.random() < 0.5 else (y, x)
    return cv2.GaussianBlur(clean, (0, 0), max(x, 0.2), sigmaY=max(y, 0.2))


def _disc(radius: float) -> np.ndarray:
    """A disc of sum 1, which has the standard deviation of a Gaussian of half its radius."""
    reach = int(np.ceil(radius + 0.5))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float32)
    disc = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1)
    return np.asarray(disc / disc.sum(), np.float32)


def _grain(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Grain of random size and strength, weaker in the darkest and brightest parts, or even; none in one of ten."""
    if rng.random() < 0.1:
        return np.zeros_like(picture)
    grain = rng.standard_normal(picture.shape, np.float32)
    if rng.random() < 0.5:
        grain = np.asarray(cv2.GaussianBlur(grain, (0, 0), rng.uniform(0.3, 0.9)), np.float32)
    level = COARSEST * rng.random() ** 1.5 * (4 * picture * (1 - picture) if rng.random() < 0.4 else 1.0)
    return np.asarray(level * grain / grain.std(), np.float32)


def _stored(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The picture as a file holds it: in 8 bits, or as JPEG in one of four."""
    eight = np.rint(picture * 255).astype(np.uint8)
    if rng.random() < 0.25:
        _, data = cv2.imencode(".jpg", eight, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(60, 98))])
        eight = np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)
    return eight.astype(np.float32) / 255


def loss(material: Material, drawn: dict[str, np.ndarray], schedule: Schedule) -> Any:
    """The loss (network, step): the root mean square error of each square, of its lost detail and of its grain."""
    import torch

    def root_mean_square(network: Any, step: int) -> Any:
        rng = np.random.default_rng([schedule.seed, step])
        squares = [worn(_square(drawn["truth"], rng, schedule.size), rng) for _ in range(schedule.batch)]
        seen, blurred, truth = (
            torch.from_numpy(np.stack([getattr(square, name) for square in squares])[:, None]).to(schedule.device)
            for name in ("seen", "blurred", "truth")
        )
        answer = network(seen.contiguous(memory_format=torch.channels_last)).float()
        detail, grain = answer[:, :1] - (truth - blurred), answer[:, 1:] - (seen - blurred)
        errors = (detail.square(), grain.square(), (detail - grain).square())
        return sum((error.mean((1, 2, 3)) + FAINT**2).sqrt().mean() for error in errors)

    return root_mean_square


def _square(truth: np.ndarray, rng: np.random.Generator, size: int) -> np.ndarray:
    """A sharp square with its margin, turned, mirrored or inverted, of any contrast."""
    side = size + 2 * MARGIN
    k = int(rng.integers(len(truth)))
    y, x = rng.integers(0, truth.shape[1] - side + 1, 2)
    turned = np.rot90(truth[k, y : y + side, x : x + side].astype(np.float32), int(rng.choice([0, 0, 0, 1, 2, 3])))
    turned = turned[:, :: int(rng.choice([1, -1]))]
    if rng.random() < 0.15:
        turned = 1 - turned
    middle, contrast = turned.mean(), rng.uniform(0.6, 1.1)
    return np.ascontiguousarray(np.clip(middle + contrast * (turned - middle), 0, 1), np.float32)


def measure(network: Any, material: Material, seed: int) -> dict[str, float]:
    """PSNR in dB on held-out pictures: as film shows them, with their detail, and without their grain as well."""
    from ...engines.faces import _network

    figures: dict[str, list[float]] = {}
    for k, square in enumerate(draw(material, seed, MEASURED)["truth"]):
        rng = np.random.default_rng([seed, k])
        one = worn(_square(square[None], rng, SCHEDULE.size), rng)
        detail, grain = _network.lost_and_grain(network, one.seen, Inference())
        pictures = {
            "worn": one.seen,
            "with its detail": one.seen + detail,
            "and without grain": one.seen + detail - grain,
        }
        for name, picture in pictures.items():
            error = float(np.mean((np.clip(picture, 0, 1) - one.truth) ** 2))
            figures.setdefault(name, []).append(-10 * np.log10(max(error, 1e-10)))
    return {name: round(float(np.mean(values)), 2) for name, values in figures.items()}
