"""Tints and tones of known colours, on film turned grey: how well they are recognised, measured and laid on again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from ... import engines
from ...film import proxies, tints
from ...frames import optical_flow
from ..tints import TINTS, tinted
from . import colour_clips
from .colour_difference import between_pictures

FRAMES = 8


def tinting(media: Path) -> Iterator[tuple[str, str, str, str, str]]:
    """CIEDE2000 between a tint and what is laid on again, and how many tinted and coloured films are told apart."""
    differences, recognised, mistaken = [], 0, 0
    for clip in colour_clips.FADING:
        clean = colour_clips.frames(media, clip, FRAMES)
        mistaken += tints.monochrome(_small(clean))
        grey = np.stack([optical_flow.luma(frame)[..., None] for frame in clean])
        for tint in TINTS.values():
            film = tinted(grey, tint)
            recognised += tints.monochrome(_small(film))
            luma = (np.rint(film @ tints.WEIGHTS * 1023) / 1023)[..., None].astype(np.float32)
            engine = engines.load("tint", "curve", colours=tints.colours(_small(film)))
            differences.append(between_pictures(engine(luma), film))
    films = len(colour_clips.FADING)
    found = f"{np.mean(differences):.2f}; worst {max(differences):.2f}"
    yield f"tints and tones ({len(TINTS)} on {films} clips): CIEDE2000 of the tint put back", "< 2", "< 1", found, ""
    found = f"{recognised} of {films * len(TINTS)}; {mistaken} of {films} shots in colour are taken for tinted"
    yield "- recognised as tinted", "", "", found, ""


def _small(frames: np.ndarray) -> np.ndarray:
    """Pictures (n, pixels, 3) as the survey keeps them."""
    pictures = [cv2.resize(frame, proxies.PROXY, interpolation=cv2.INTER_AREA) for frame in frames]
    return np.stack([optical_flow.eight_bits(picture) for picture in pictures]).reshape(len(frames), -1, 3)
