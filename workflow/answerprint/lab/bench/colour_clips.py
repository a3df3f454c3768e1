"""Clips of known colour, for measuring what is done to colour."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from ...runtime.errors import FilmError

WIDTH = 320
"""Clips are measured at most so wide: colour has no finer detail that counts."""


@dataclass(frozen=True, kw_only=True)
class ColourClip:
    """Some frames of one shot, every `step`th of the file from `first` on."""

    name: str
    file: str
    first: int
    step: int = 2


SINTEL = "clean/sintel_trailer_480p_52s.mp4"
RABBIT = ColourClip(name="bigbuckbunny", file="clean/bigbuckbunny.mp4", first=40)
CAR = ColourClip(name="carphone", file="clean/carphone_pristine.mp4", first=30)
CROWD = ColourClip(name="crowd", file="faces/crowd_1080p.mp4", first=20)
SINTELS = tuple(
    ColourClip(name=f"sintel, {name}", file=SINTEL, first=first)
    for name, first in (("snow", 160), ("old man", 314), ("flight", 592), ("dragon", 806), ("dunes", 915))
)
HANDS = tuple(
    ColourClip(name=f"hands, {name}", file=f"motion/hands/{name}.mkv", first=20)
    for name in ("brother", "learn", "milk", "please", "sorry", "thanks")
)
OTHERS = tuple(ColourClip(name=name, file=f"motion/{name}.mp4", first=10) for name in ("bottles", "cars", "walkers"))
FADING = (RABBIT, CAR, *SINTELS, CROWD, *HANDS, *OTHERS)
"""Film in neutral and in coloured light, natural and drawn."""
FILMS = {"sintel": SINTELS, "hands": HANDS, "newsreel": (RABBIT, CAR, CROWD, *OTHERS)}
"""The same shots as films of one stock each."""
UNSEEN = (RABBIT, CAR, *SINTELS, CROWD, HANDS[0], HANDS[2])
"""Clips that no network of this project was trained on; the signers are seen in other clips that were."""


@lru_cache(maxsize=32)
def frames(media: Path, clip: ColourClip, count: int) -> np.ndarray:
    """`count` frames of a clip without black bars: float32 (n, h, w, 3), sRGB 0..1.

    Raises FilmError if the film is missing.
    """
    import av

    path = media / clip.file
    if not path.is_file():
        raise FilmError(f"There is no {path}.")
    pictures = []
    with av.open(str(path)) as container:
        for index, frame in enumerate(container.decode(video=0)):
            if index >= clip.first + clip.step * count:
                break
            if index >= clip.first and (index - clip.first) % clip.step == 0:
                picture = frame.to_ndarray(format="rgb24")
                picture = picture[60:-60] if clip.file == SINTEL else picture
                height = picture.shape[0] * WIDTH // picture.shape[1]
                pictures.append(cv2.resize(picture, (WIDTH, height), interpolation=cv2.INTER_AREA))
    return np.stack(pictures).astype(np.float32) / 255
