"""The bench of faces: known faces blurred, halved, grained and enlarged again; how far the stage brings them back."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ... import engines
from ...frames.face_detection import Detector
from ...frames.optical_flow import eight_bits, luma
from ...runtime.errors import FilmError
from .repair_clips import SEED

Row = tuple[str, str, str, str]
"""What is measured, at least, aim, found."""
STILLS = (
    *((f"dialogue/gallery/{name}.png", 1.0) for name in ("Anna", "Ben", "Carl", "Dora", "Emma")),
    *((f"stills/{name}", 0.5) for name in ("1860Girls.jpg", "Apsaroke1908.png", "Unidentified1855.jpg")),
    ("faces/multiface.jpg", 1.0),
)
"""Pictures, and by how much they are reduced first so that their faces are sharp."""
CLIPS = (
    ("dialogue/grid_split.mkv", 24, 1.0),
    ("clean/carphone_pristine.mp4", 30, 1.0),
    ("faces/crowd_1080p.mp4", 20, 0.5),
)
"""The same of films, with their first frame."""
LENGTH = 13
"""Frames of a film; every fourth is described."""
HELD = 5
"""Frames in which a picture is filmed."""
DRIFT, TURN, ZOOM = (0.7, 0.4), 0.3, 0.002
"""How the camera that films it moves from frame to frame: pixels to the right and down, degrees, and share nearer."""
WORN = {
    "blur 1, grain 1 %": (1.0, 0.01),
    "blur 1, grain 2 %": (1.0, 0.02),
    "blur 2, grain 1 %": (2.0, 0.01),
    "blur 2, grain 2 %": (2.0, 0.02),
    "blur 2, grain 4 %": (2.0, 0.04),
}
"""Standard deviations of the blur of the full picture, pixels, and of the grain of the halved one, share of white."""
SMALLEST = 40
"""Narrower faces are not compared: dlib cannot tell whose they are."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Known:
    """A picture or a film with faces whose truth is known."""

    name: str
    frames: np.ndarray
    """float32 (n, h, w, 1)."""
    faces: tuple[np.ndarray, ...]
    """The box of each face in each frame in which all are found: (n, 4)."""


@dataclass(frozen=True, kw_only=True)
class Score:
    """One face that goes through a clip, after the stage."""

    name: str
    gain: float
    """PSNR in the face over the plain enlargement, dB."""
    over_lanczos: float
    likeness: tuple[float, float]
    """Cosine of its mean descriptor to that of the truth: plainly enlarged, and after the stage."""
    moved: float
    """How much the first of the two changes when the face is cut out a pixel further to the right."""


def table(media: Path) -> str:
    """The table as Markdown. Raises FilmError without footage."""
    known = [one for one in clips(media) if one.faces]
    engine, identity = engines.load("faces", "detail"), engines.load("identity", "dlib")
    scores: dict[str, list[Score]] = {worn: [] for worn in WORN}
    for one in known:
        truths = [_mean_descriptor(identity, one.frames, boxes) for boxes in one.faces]
        for seed, (worn, wear) in enumerate(WORN.items()):
            films = [worn_film(one.frames, *wear, SEED + seed, lanczos=way) for way in (False, True)]
            scores[worn] += _scores(one, truths, (*films, np.clip(engine(films[0]), 0, 1)), identity)
    rows = [row for worn, faces in scores.items() for row in _rows(worn, faces)]
    lines = ["| what | at least | aim | found |", "|---|---|---|---|", *(f"| {' | '.join(row)} |" for row in rows)]
    where = f"{date.today():%d %B %Y}, {platform.machine()}, no GPU; {len(known)} pictures and clips"
    return f"Measured {where}.\n\n" + "\n".join(lines) + "\n"


def _rows(worn: str, scores: list[Score]) -> Iterator[Row]:
    gains = np.array([score.gain for score in scores])
    lanczos = np.array([score.over_lanczos for score in scores])
    before, after = np.array([score.likeness for score in scores]).T
    better = int((after >= before).sum())
    noise = float(np.sqrt(np.mean([score.moved**2 for score in scores])))
    yield (
        f"{worn}, half size, enlarged: PSNR in {len(scores)} faces, dB over a plain enlargement",
        "+0.3", "+1",
        f"{gains.mean():+.2f} ({gains.min():+.2f} to {gains.max():+.2f}); over Lanczos {lanczos.mean():+.2f}",
    )  # fmt: skip
    yield (
        f"{worn}: likeness to the true face, cosine before and after",
        "no face worse", "no face worse",
        f"{before.mean():.4f}, {after.mean():.4f}; {better} of {len(scores)} not worse, the worst by "
        f"{max(0.0, float((before - after).max())):.4f}; {int((after < before - noise).sum())} worse by more than "
        f"{noise:.4f}, which a pixel's shift of the crop changes",
    )  # fmt: skip


def clips(media: Path) -> Iterator[Known]:
    """The pictures and films with known faces. Raises FilmError where one is missing."""
    for file, shrink in STILLS:
        picture = cv2.imread(str(media / file), cv2.IMREAD_COLOR_RGB)
        if picture is None:
            raise FilmError(f"There is no {media / file}.")
        yield _known(file, _filmed(np.asarray(picture, np.float32) / 255, shrink), shrink)
    for file, first, shrink in CLIPS:
        yield _known(file, _decoded(media / file, first), shrink)


def _filmed(picture: np.ndarray, shrink: float) -> np.ndarray:
    """A picture (h, w, 3) as a camera sees it that moves by `DRIFT` once it is reduced by `shrink`: (HELD, h, w, 3)."""
    height, width = picture.shape[:2]
    frames = []
    for at in range(HELD):
        way = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), TURN * at, 1 + ZOOM * at), np.float64)
        way[:, 2] += np.array(DRIFT) * at / shrink
        frames.append(
            cv2.warpAffine(picture, way, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
        )
    return np.clip(np.stack(frames), 0, 1)


def _known(file: str, frames: np.ndarray, shrink: float) -> Known:
    grey = np.stack([luma(frame) for frame in frames])
    small = (
        [cv2.resize(x, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA) for x in grey] if shrink < 1 else grey
    )
    # Even sides, so that half of them enlarged is as large.
    clip = np.stack([x[: x.shape[0] // 2 * 2, : x.shape[1] // 2 * 2] for x in small])[..., None]
    found = [[face.box for face in _detector()(frame)] for frame in clip]
    faces = []
    for box in found[0]:
        track = [_nearest(np.array(box), boxes) for boxes in found]
        if box[2] - box[0] >= SMALLEST and all(other is not None for other in track):
            faces.append(np.array(track))
    return Known(name=Path(file).stem, frames=clip, faces=tuple(faces))


def _nearest(box: np.ndarray, others: list[Any]) -> np.ndarray | None:
    """The box that lies nearest to one, within half its width."""
    away = [float(np.abs(np.array(other) - box).mean()) for other in others]
    return np.array(others[int(np.argmin(away))]) if away and min(away) < (box[2] - box[0]) / 2 else None


@lru_cache
def _detector() -> Detector:
    return Detector()


def _decoded(path: Path, first: int) -> np.ndarray:
    import av

    if not path.is_file():
        raise FilmError(f"There is no {path}.")
    with av.open(str(path)) as container:
        frames = [
            frame.to_ndarray(format="rgb24") for frame in islice(container.decode(video=0), first, first + LENGTH)
        ]
    return np.stack(frames).astype(np.float32) / 255


def worn_film(frames: np.ndarray, blur: float, grain: float, seed: int, *, lanczos: bool = False) -> np.ndarray:
    """Frames (n, h, w, 1) blurred, halved, grained, stored in 8 bits and enlarged again, plainly or by Lanczos."""
    random = np.random.default_rng(seed)
    height, width = frames.shape[1:3]
    enlarge = cv2.INTER_LANCZOS4 if lanczos else cv2.INTER_CUBIC
    worn = []
    for frame in frames[..., 0]:
        half = cv2.resize(
            cv2.GaussianBlur(frame, (0, 0), blur), (width // 2, height // 2), interpolation=cv2.INTER_AREA
        )
        stored = eight_bits(half + grain * random.standard_normal(half.shape, np.float32)).astype(np.float32) / 255
        worn.append(cv2.resize(stored, (width, height), interpolation=enlarge))
    return np.stack(worn)[..., None]


def _scores(known: Known, truths: list[np.ndarray], films: tuple[np.ndarray, ...], identity: Any) -> Iterator[Score]:
    """Of films plainly enlarged, by Lanczos, and after the stage; `truths` are the descriptors of the true faces."""
    plain, _, done = films
    for number, (boxes, truth) in enumerate(zip(known.faces, truths, strict=True)):
        before, moved, after = (
            _cosine(truth, _mean_descriptor(identity, film, places))
            for film, places in ((plain, boxes), (plain, boxes + np.array([1, 0, 1, 0])), (done, boxes))
        )
        errors = [_error(film, known.frames, boxes) for film in films]
        yield Score(
            name=f"{known.name}, face {number + 1}",
            gain=10 * np.log10(errors[0] / errors[2]),
            over_lanczos=10 * np.log10(errors[1] / errors[2]),
            likeness=(before, after),
            moved=moved - before,
        )


def _mean_descriptor(identity: Any, film: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Of a face in every fourth frame of a film (n, h, w, 1)."""
    some = range(0, len(film), 4)
    return np.mean([identity.describe(np.repeat(eight_bits(film[i]), 3, axis=2), boxes[i]) for i in some], axis=0)


def _cosine(one: np.ndarray, other: np.ndarray) -> float:
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))


def _error(film: np.ndarray, truth: np.ndarray, boxes: np.ndarray) -> float:
    """Mean squared error inside the ellipses of a face."""
    total, count = 0.0, 0
    for frame, clean, box in zip(film, truth, boxes, strict=True):
        y, x = np.mgrid[: clean.shape[0], : clean.shape[1]]
        (left, top, right, bottom) = box
        inside = ((2 * x - left - right) / (right - left)) ** 2 + ((2 * y - top - bottom) / (bottom - top)) ** 2 < 1
        total += float(((np.clip(frame, 0, 1) - clean)[inside] ** 2).sum())
        count += int(inside.sum())
    return total / count
