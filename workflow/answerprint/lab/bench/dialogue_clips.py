"""The people of the generated dialogues: each speaks one sentence, and each listens, on copies of many kinds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from ...film.sound import RATE, load_audio
from ...runtime.errors import FilmError
from ...runtime.files import read_json

Pose = Literal["talk", "listen"]
SHOT = 74
"""Frames of each clip, 2.96 s at 25 a second."""
FPS = 25


@dataclass(frozen=True, kw_only=True, eq=False)
class Person:
    """One speaker of the GRID corpus."""

    frames: Mapping[Pose, np.ndarray]
    """uint8 (74, h, w, 3), RGB, 25 a second."""
    samples: np.ndarray
    """The sentence, from the first frame: float32 (n,), 16 kHz."""
    text: str


@dataclass(frozen=True, kw_only=True)
class Copy:
    """How a copy of the clips differs from them."""

    rate: int = FPS
    """Frames a second."""
    mirrored: bool = False
    light: float = 1.0
    """Exponent of the brightness: above 1 is darker."""
    poor: bool = False
    """Grey, half the size, with grain of 5 %."""
    side_by_side: int = 1
    """Pictures in one frame, of which this is one."""


def people(media: Path) -> dict[str, Person]:
    """The people of the dialogues in a folder of media, by name. Raises FilmError without them."""
    folder = media / "dialogue"
    if not (folder / "grid_offscreen.mkv").is_file():
        raise FilmError(f"There are no dialogues in {folder}.")
    film = _frames(folder / "grid_offscreen.mkv")
    samples = load_audio(folder / "grid_offscreen.mkv")
    turns = read_json(folder / "grid_offscreen.json")
    talk, listen, sound, text = {}, {}, {}, {}
    for number, turn in enumerate(turns):
        shot = film[number * SHOT : (number + 1) * SHOT]
        if turn["visible"] == [turn["speaker"]]:
            name = turn["speaker"]
            talk[name], text[name] = shot, turn["text"]
            begin = number * SHOT * RATE // FPS
            sound[name] = samples[begin : begin + SHOT * RATE // FPS]
        else:
            listen[turn["visible"][0]] = shot
    return {
        name: Person(frames={"talk": talk[name], "listen": listen[name]}, samples=sound[name], text=text[name])
        for name in sorted(talk)
    }


def copied(frames: np.ndarray, copy: Copy, seed: int) -> np.ndarray:
    """A copy of frames uint8 (n, h, w, 3): uint8 (m, h', w', c)."""
    count = len(frames) * copy.rate // FPS
    frames = frames[np.arange(count) * FPS // copy.rate]
    if copy.mirrored:
        frames = frames[:, :, ::-1]
    if copy.light != 1:
        curve = np.round(255 * (np.arange(256) / 255) ** copy.light).astype(np.uint8)
        frames = curve[frames]
    if not copy.poor:
        return frames
    random = np.random.default_rng(seed)
    return np.stack([_poor(np.ascontiguousarray(frame), random) for frame in frames])


def _poor(frame: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A grey, grainy copy of half the size."""
    grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (frame.shape[1] // 2, frame.shape[0] // 2), interpolation=cv2.INTER_AREA)
    return np.clip(small + random.normal(0, 255 * 0.05, small.shape), 0, 255).astype(np.uint8)[..., None]


def _frames(path: Path) -> np.ndarray:
    """All frames of a film, uint8 (n, h, w, 3)."""
    import av

    with av.open(str(path)) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])
