"""The clips that shot detection is trained and measured on: others for each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import av
import cv2
import numpy as np

from ...film import frame_order
from ...runtime.errors import FilmError
from .spliced_films import SIZE, Clips

Purpose = Literal["training", "held out"]
SHOT = 74
"""Frames of each shot of the dialogues."""
PEOPLE = ("ben", "anna", "carl", "dora", "emma")
"""Who speaks in each of the dialogues' first five shots."""
SEEN: dict[Purpose, tuple[str, ...]] = {"training": ("ben", "anna", "carl"), "held out": ("dora", "emma")}
PAIRS: dict[Purpose, tuple[int, ...]] = {"training": (0, 1), "held out": (3,)}
"""Shots of the split screen that show only people of one purpose."""
SCENES: dict[Purpose, tuple[str, ...]] = {
    "training": ("motion/walkers.mp4", "motion/cars.mp4", "clean/bigbuckbunny.mp4", "film/roof-fire-frames"),
    "held out": (
        *("motion/bottles.mp4", "faces/crowd_1080p.mp4", "film/chaplin.mp4", "film/house-shutters-frames"),
        "clean/carphone_pristine.mp4",
    ),
}
HANDS: dict[Purpose, tuple[str, ...]] = {
    "training": ("again", "book", "brother", "eat", "hungry", "learn", "milk"),
    "held out": ("no", "please", "school", "sorry", "student", "thanks", "want"),
}
NO_CUTS = (*SCENES["held out"], *(f"motion/hands/{name}.mkv" for name in HANDS["held out"]), "clean/psd_fades.mp4")
"""Films of one shot that were not trained on."""
TRAILER = "clean/sintel_trailer_480p_52s.mp4"
TRAILER_CUTS = (334, 396, 420, 571, 621, 658, 672, 1163, 1220)
TRAILER_FADES = (
    *((112, 140), (196, 232), (252, 308), (358, 392), (424, 450), (506, 545), (674, 695), (760, 790)),
    *((985, 1030), (1040, 1160), (1222, 1253)),
)
"""Where the trailer or its titles fade; a shot may begin anywhere in them."""


@dataclass(frozen=True, kw_only=True)
class Material:
    """Clips to splice films from."""

    people: Clips
    scenes: Clips


def material(media: Path, purpose: Purpose) -> Material:
    """The clips of one purpose. Raises FilmError or FileNotFoundError where one is missing."""
    alone, others, pairs = (read(media / "dialogue" / f"grid_{name}.mkv") for name in ("reverse", "offscreen", "split"))
    people: dict[str, list[np.ndarray]] = {}
    for name in SEEN[purpose]:
        index = PEOPLE.index(name)
        listening = 5 + (index - 1) % 5
        people[name] = [
            film[place * SHOT : (place + 1) * SHOT] for film, place in ((alone, index), (others, listening))
        ]
    for index in PAIRS[purpose]:
        # The shots of this film are a frame or so off their places.
        people[f"pair {index}"] = [pairs[index * SHOT + 4 : (index + 1) * SHOT - 4]]
    scenes = {name: [read(media / name)] for name in SCENES[purpose]}
    scenes["hands"] = [read(media / "motion" / "hands" / f"{name}.mkv") for name in HANDS[purpose]]
    return Material(people=people, scenes=scenes)


@lru_cache(maxsize=32)
def read(path: Path) -> np.ndarray:
    """A film or folder of frames as small pictures: uint8 (n, 108, 192, 3), RGB."""
    if not path.exists():
        raise FileNotFoundError(f"there is no {path.name}")
    return np.stack(list(_pictures(path)))


def _pictures(path: Path) -> Iterator[np.ndarray]:
    if path.is_dir():
        for file in frame_order.frame_files(path):
            picture = cv2.imread(str(file))
            if picture is None:
                raise FilmError(f"{file} cannot be read.")
            yield cv2.resize(picture[..., ::-1], SIZE, interpolation=cv2.INTER_AREA)
        return
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            yield frame.reformat(*SIZE, format="rgb24", interpolation="AREA").to_ndarray()


def proxy(pictures: np.ndarray) -> np.ndarray:
    """What the survey keeps of pictures (n, 108, 192, 3): uint8 (n, 27, 48, 3)."""
    return np.stack([cv2.resize(picture, (48, 27), interpolation=cv2.INTER_AREA) for picture in pictures])
