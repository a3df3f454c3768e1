"""The bench of portraits: blurred faces of known truth, with another picture of the person, and with those of others.

The portrait is of another take or another clip, never of the film that is worn.
"""

from __future__ import annotations

import platform
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ... import engines
from ...engines import Clip
from ...frames.face_detection import Detector, Face
from ...frames.optical_flow import eight_bits, luma
from ...runtime.errors import FilmError
from .repair_clips import SEED

TALK, HANDS = "dialogue/grid_reverse.mkv", "motion/hands"
SITTERS = (
    *(
        (name, TALK, first, f"dialogue/gallery/{name}.png")
        for name, first in (("Ben", 10), ("Anna", 90), ("Carl", 165), ("Dora", 240), ("Emma", 315))
    ),
    *(
        (name, f"{HANDS}/{film}.mkv", 10, f"{HANDS}/{other}.mkv")
        for name, film, other in (
            ("Black", "again", "brother"),
            ("Black", "no", "again"),
            ("Yellow", "book", "learn"),
            ("Yellow", "school", "book"),
            ("Grey", "milk", "sorry"),
            ("Grey", "thanks", "please"),
            ("Plaid", "hungry", "want"),
            ("Plaid", "want", "hungry"),
        )
    ),
)
"""A person, a film, its first frame, and where the portrait comes from: a picture, or frame `SITS` of another film."""
SITS = 30
LENGTH = 7
"""Frames of a film."""
WORN = {"25 blurs across the face, grain 1 %": (25, 0.01), "15 across, grain 1 %": (15, 0.01)}


@dataclass(frozen=True, kw_only=True, eq=False)
class Track:
    """A face whose truth is known, and a portrait of the person."""

    person: str
    frames: np.ndarray
    """float32 (n, h, w, 1)."""
    faces: tuple[Face, ...]
    portrait: str
    """As the engine's option has it: NAME=path."""


@dataclass(frozen=True, kw_only=True)
class Score:
    """One face, after `faces/portrait` and after `faces/detail`."""

    lent: bool
    stranger: bool
    """Whether a portrait of somebody else was taken for this person."""
    gain: tuple[float, float]
    """PSNR in the face over doing nothing, dB: of `detail`, of `portrait`."""
    likeness: tuple[float, float, float]
    """Cosine of its mean descriptor to that of the truth: worn, of `detail`, of `portrait`."""


def table(media: Path) -> str:
    """The table as Markdown. Raises FilmError without footage."""
    with tempfile.TemporaryDirectory() as folder:
        tracks = list(_tracks(media, Path(folder)))
        head = (
            "| worn to | lent to | PSNR over doing nothing, dB: `detail`, `portrait` (range) | likeness to the truth: "
            "worn, `detail`, `portrait` | not worse | portraits of others refused |"
        )
        lines = [head, "|---|---|---|---|---|---|"]
        for seed, (name, (across, grain)) in enumerate(WORN.items()):
            lines.append(row(name, [_score(track, tracks, across, grain, SEED + seed) for track in tracks]))
    return f"Measured {date.today():%d %B %Y}, {platform.machine()}, no GPU.\n\n" + "\n".join(lines) + "\n"


def row(name: str, scores: list[Score]) -> str:
    """A line of the table; gains and likeness are those of the faces to which a portrait lent."""
    lent = [score for score in scores if score.lent]
    refused = f"{sum(not score.stranger for score in scores)} of {len(scores)} faces"
    if not lent:
        return f"| {name} | 0 of {len(scores)} | - | - | - | {refused} |"
    gains, likeness = (np.array([getattr(score, field) for score in lent]) for field in ("gain", "likeness"))
    better = int((likeness[:, 2] >= likeness[:, 0]).sum())
    middle = ", ".join(f"{value:+.2f}" for value in gains.mean(axis=0))
    alike = ", ".join(f"{value:.4f}" for value in likeness.mean(axis=0))
    span = f"{gains[:, 1].min():+.2f} to {gains[:, 1].max():+.2f}"
    return (
        f"| {name} | {len(lent)} of {len(scores)} | {middle} ({span}) | {alike} | {better} of {len(lent)} | {refused} |"
    )


def _tracks(media: Path, folder: Path) -> Iterator[Track]:
    detector = Detector()
    for number, (person, film, first, source) in enumerate(SITTERS):
        frames = np.stack(list(_frames(media / film, first, LENGTH)))
        path = media / source
        if path.suffix == ".mkv":
            path = folder / f"{number}.png"
            cv2.imwrite(str(path), eight_bits(next(iter(_frames(media / source, SITS, 1)))))
        faces = tuple(detector(frame)[0] for frame in frames)
        yield Track(person=person, frames=frames, faces=faces, portrait=f"{person}={path}")


def _frames(path: Path, first: int, count: int) -> Iterator[np.ndarray]:
    import av

    if not path.is_file():
        raise FilmError(f"There is no {path}.")
    with av.open(str(path)) as container:
        for frame in islice(container.decode(video=0), first, first + count):
            yield luma(frame.to_ndarray(format="rgb24").astype(np.float32) / 255)[..., None]


def worn(track: Track, across: float, grain: float, seed: int) -> np.ndarray:
    """Its frames, so blurred that `across` blurs lie across the face, and grained: float32 (n, h, w, 1)."""
    random = np.random.default_rng(seed)
    width = float(np.median([face.box[2] - face.box[0] for face in track.faces]))
    soft = [cv2.GaussianBlur(frame, (0, 0), width / across)[..., None] for frame in track.frames]
    return np.stack([np.clip(x + grain * random.standard_normal(x.shape), 0, 1) for x in soft]).astype(np.float32)


def _score(track: Track, tracks: list[Track], across: float, grain: float, seed: int) -> Score:
    before, identity = worn(track, across, grain, seed), engines.load("identity", "dlib")
    detail = engines.load("faces", "detail")(before)
    others = tuple({one.person: one.portrait for one in tracks if one.person != track.person}.values())
    after, lent = _lent(before, (track.portrait,))
    _, stranger = _lent(before, others)
    errors = [_error(film, track) for film in (before, detail, after)]
    truth, *described = (_described(identity, film, track) for film in (track.frames, before, detail, after))
    cosines = [float(truth @ x / np.linalg.norm(truth) / np.linalg.norm(x)) for x in described]
    return Score(
        lent=lent,
        stranger=stranger,
        gain=(10 * float(np.log10(errors[0] / errors[1])), 10 * float(np.log10(errors[0] / errors[2]))),
        likeness=(cosines[0], cosines[1], cosines[2]),
    )


def _lent(frames: np.ndarray, portraits: tuple[str, ...]) -> tuple[np.ndarray, bool]:
    """The frames after `faces/portrait`, and whether a portrait lent to any face."""
    engine = engines.load("faces", "portrait", portraits=portraits)
    clip = Clip(frames=frames, core=slice(0, len(frames)))
    measures = engine.measure(clip)
    lent = any(row["done"] == "portrait" for row in engine.decided(measures, first=0))
    done = engine.run(replace(clip, plan=engine.plan(measures, first=0))).frames if lent else frames
    return done, lent


def _described(identity: Any, frames: np.ndarray, track: Track) -> np.ndarray:
    looks = [
        identity.describe(np.repeat(eight_bits(frames[i]), 3, axis=2), track.faces[i].box) for i in range(0, LENGTH, 3)
    ]
    return np.asarray(np.mean(looks, axis=0))


def _error(frames: np.ndarray, track: Track) -> float:
    """Mean squared error inside the ellipse of the face."""
    errors = []
    for frame, clean, face in zip(frames, track.frames, track.faces, strict=True):
        left, top, right, bottom = face.box
        y, x = np.mgrid[: clean.shape[0], : clean.shape[1]]
        inside = ((2 * x - left - right) / (right - left)) ** 2 + ((2 * y - top - bottom) / (bottom - top)) ** 2 < 1
        errors.append(((np.clip(frame, 0, 1) - clean)[inside] ** 2).mean())
    return float(np.mean(errors))
