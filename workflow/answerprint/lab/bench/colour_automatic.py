"""Automatic colour of clips that no network of this project has seen: does it flicker, and is it nearer than grey?"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from ... import engines
from ...frames import lab, optical_flow
from . import colour_clips
from .colour_difference import ciede2000

FRAMES = 24
FOLLOWED = 1.0
"""Pixels by which motion there and back may miss the start, for a place to count."""


def automatic(media: Path) -> Iterator[tuple[str, str, str, str, str]]:
    """Colour flicker against each frame coloured alone, and CIEDE2000 to the truth beside that of grey."""
    engine = engines.load("colorize", "automatic")
    steady, alone, coloured, grey = [], [], [], []
    for clip in colour_clips.UNSEEN:
        film = colour_clips.frames(media, dataclasses.replace(clip, step=1), FRAMES)
        luma = np.stack([optical_flow.luma(frame) for frame in film])
        whole = engine(luma[..., None])
        steady.append(_flicker(whole, luma))
        alone.append(_flicker(np.concatenate([engine(frame[None, ..., None]) for frame in luma]), luma))
        truth = lab.from_rgb(film[::4])
        coloured.append(float(ciede2000(_with_light_of(truth, lab.from_rgb(whole[::4])), truth).mean()))
        grey.append(float(ciede2000(truth * np.array([1, 0, 0], np.float32), truth).mean()))
    share = np.array(steady) / np.array(alone)
    found = f"{np.mean(share):.2f}; worst {share.max():.2f} ({np.mean(steady):.2f} for {np.mean(alone):.2f})"
    what = f"colour flicker of automatic colour ({len(share)} unseen clips), against each frame coloured alone"
    yield what, "< 0.5", "< 0.25", found, ""
    nearer = sum(one < other for one, other in zip(coloured, grey, strict=True))
    found = f"{np.mean(coloured):.1f}; nearer than grey in {nearer} of {len(grey)}"
    yield "- CIEDE2000 of its colours to the true ones", "", "", found, f"left grey {np.mean(grey):.1f}"
    clips = zip(colour_clips.UNSEEN, coloured, grey, strict=True)
    yield (
        "- clip by clip, left grey in brackets",
        "",
        "",
        "; ".join(f"{clip.name} {one:.1f} ({other:.1f})" for clip, one, other in clips),
        "",
    )


def _with_light_of(truth: np.ndarray, colours: np.ndarray) -> np.ndarray:
    """Colours L*a*b* with the lightness of the true ones, which a grey film does not say."""
    return np.concatenate([truth[..., :1], colours[..., 1:]], axis=-1)


def _flicker(frames: np.ndarray, luma: np.ndarray) -> float:
    """Mean CIEDE2000 between the colours of each frame and those of the frame before it, followed along motion."""
    looks = [optical_flow.eight_bits(one) for one in luma]
    colours = lab.from_rgb(frames)
    changes = []
    for i in range(1, len(frames)):
        steps, back = optical_flow.flow(looks[i], looks[i - 1]), optical_flow.flow(looks[i - 1], looks[i])
        before = optical_flow.warp(colours[i - 1], steps, cv2.INTER_LINEAR)
        followed = (optical_flow.disagreement(steps, back) < FOLLOWED) & optical_flow.inside(steps)
        changes.append(ciede2000(_with_light_of(colours[i], before), colours[i])[followed].mean())
    return float(np.mean(changes))
