"""Clips as worn film shows them: soiled, unsteady, grainy, framed by a black border, compressed; with their truth."""

from __future__ import annotations

import io
from dataclasses import dataclass

import cv2
import numpy as np

from ..damage import Damage, damage
from . import clips
from .material import Material

INTACT = 1 / 6
"""Share of the clips with nothing on the film's surface."""
MOST = {
    "dirt": 5.0, "dust": 40.0, "hairs": 1.0, "lint": 2.5, "blotches": 1.0, "specks": 1.2, "stains": 2.0,
    "sparkle": 0.5, "spray": 0.5, "mould": 0.5, "held_hairs": 0.3, "short_scratches": 1.0,
}  # fmt: skip
"""The most of each kind in a frame of a clip."""
EACH = 0.45
"""Chance that a kind is in a clip."""
FRAMED, COMPRESSED, REPEATED = 0.15, 0.4, 0.25
"""Share of the clips with a border, of those that are compressed, and of those that show frames twice."""


@dataclass(frozen=True, kw_only=True)
class WornClip:
    """A damaged clip and what is known about it."""

    frames: np.ndarray
    """As scanned, float32 (n, s, s, 1), 0..1."""
    defects: np.ndarray
    """bool (n, s, s): what only some frames show."""
    lasting: np.ndarray
    """bool (n, s, s): scratches that run on and on."""


def wear(rng: np.random.Generator, lines: int) -> Damage:
    """Damage of random kinds and strength, for clips of `lines` pixels that are cut out of a picture of 480 lines."""
    size = float(np.exp(rng.uniform(np.log(0.5), np.log(3.0))))
    soil: dict[str, float] = {}
    if rng.random() > INTACT:
        # The larger, the fewer: otherwise hardly any of the picture would be left.
        soil = {n: rng.uniform(0, most) / max(size, 0.7) ** 1.5 for n, most in MOST.items() if rng.random() < EACH}
        soil["scratches"] = float(rng.choice([0, 0, 0, 1.5]))
    return Damage(
        **soil,
        white=float(rng.choice([0, 0.5, 0.5, 1])),
        size=size * 480 / lines,
        weave=float(rng.choice([0, rng.uniform(0, 1.5)])),
        tilt=float(rng.choice([0, 0, rng.uniform(0, 0.2)])),
        flicker=float(rng.choice([0, rng.uniform(0, 0.08)])),
        grain=float(rng.choice([0, rng.uniform(0, 0.025), rng.uniform(0, 0.06)])),
        grain_size=rng.uniform(0.4, 1.2),
    )


def draw(material: Material, rng: np.random.Generator, count: int, size: int) -> WornClip:
    """A worn clip of `count` frames of size x size."""
    clean = clips.draw(material, rng, count, size)[..., None]
    options, seed = wear(rng, size), int(rng.integers(2**31))
    worn, truth = damage(clean, options, seed)
    defects, lasting = truth.mask, np.zeros_like(truth.mask)
    if options.scratches:
        defects = damage(clean, Damage(**{**vars(options), "scratches": 0.0}), seed)[1].mask
        lasting = truth.mask & ~defects
    if rng.random() < FRAMED:
        border = _border(rng, size)
        worn = worn * border
        defects = defects & (border[..., 0] > 0.5)
    if rng.random() < REPEATED:
        shown = _repeats(rng, count)
        worn, defects, lasting = (one[shown] for one in (worn, defects, lasting))
    worn = np.clip(worn, 0, 1)
    if rng.random() < COMPRESSED:
        worn = compressed(worn, int(rng.integers(16, 31)))
    return WornClip(frames=worn, defects=defects, lasting=lasting)


def _repeats(rng: np.random.Generator, count: int) -> np.ndarray:
    """Which frame each frame shows where a silent film was brought to a faster rate: every second to fourth twice."""
    every, first = int(rng.integers(1, 4)), int(rng.integers(0, 4))
    shown = [k for k in range(count) for _ in range(2 if (k + first) % every == 0 else 1)]
    return np.array(shown[:count])


def _border(rng: np.random.Generator, size: int) -> np.ndarray:
    """The light that passes a gate with one or two of its edges in the picture: (size, size, 1)."""
    light = np.ones((size, size), np.float32)
    for turn in rng.permutation(4)[: rng.integers(1, 3)]:
        side = np.rot90(light, int(turn))
        side[: int(rng.integers(8, size // 4))] = 0
    return cv2.GaussianBlur(light, (0, 0), rng.uniform(0.7, 3))[..., None]


def compressed(frames: np.ndarray, quality: int) -> np.ndarray:
    """A clip (n, s, s, 1) after H.264 at this constant rate factor, as in a film that came from the web."""
    import av

    height, width = frames.shape[1:3]
    file = io.BytesIO()
    with av.open(file, "w", format="matroska") as muxer:
        options = {"crf": str(quality), "preset": "veryfast", "threads": "1"}
        stream = muxer.add_stream("libx264", rate=24, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for frame in np.rint(frames[..., 0] * 255).astype(np.uint8):
            picture = av.VideoFrame.from_ndarray(
                np.vstack([frame, np.full((height // 2, width), 128, np.uint8)]), format="yuv420p"
            )
            muxer.mux(stream.encode(picture))
        muxer.mux(stream.encode())
    file.seek(0)
    with av.open(file, "r") as container:
        # The planes as they are: a conversion to grey would stretch their range.
        decoded = [frame.to_ndarray(format="yuv420p")[:height] for frame in container.decode(video=0)]
    return np.stack(decoded)[..., None].astype(np.float32) / 255
