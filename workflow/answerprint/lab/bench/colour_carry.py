"""One coloured frame carried through a moving shot turned grey: how near the colours come to the true ones."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from ... import engines
from ...frames import lab, optical_flow
from . import colour_clips
from .colour_difference import between_pictures

FRAMES = 60


def carrying(media: Path) -> Iterator[tuple[str, str, str, str, str]]:
    """Mean CIEDE2000 of 60 frames from one coloured one, in the middle or first; and whether luma stays."""
    rows = {"in the middle": FRAMES // 2, "first": 0}
    means: dict[str, list[str]] = {where: [] for where in rows}
    steady = True
    for clip in (colour_clips.RABBIT, colour_clips.CAR):
        film = colour_clips.frames(media, dataclasses.replace(clip, step=1), FRAMES)
        grey = np.stack([np.rint(optical_flow.luma(frame) * 1023) / 1023 for frame in film])[..., None]
        grey = grey.astype(np.float32)
        for where, frame in rows.items():
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "coloured.png"
                cv2.imwrite(str(path), optical_flow.eight_bits(film[frame])[..., ::-1])
                engine = engines.load("colorize", "hints", references={frame: str(path)})
                coloured = engine.run(dataclasses.replace(engine.clip(grey), depth=10)).frames
            luma = np.rint(np.rint(coloured * 1023) @ lab.WEIGHTS)
            steady &= np.array_equal(luma, np.rint(grey[..., 0] * 1023))
            means[where].append(f"{clip.name} {between_pictures(coloured, film):.1f}")
    for where, found in means.items():
        what = f"one coloured frame, {where}, through {FRAMES} moving frames: mean CIEDE2000"
        yield what, "< 5", "< 3", "; ".join(found), ""
    yield "- luma of every frame equal to its input, at 10 bits", "all", "all", "all" if steady else "not all", ""
