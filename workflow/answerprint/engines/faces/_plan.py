"""What is done to the faces of a shot, frame by frame, from one choice for each of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .. import Measures
from ._choices import DETAIL, NETWORK, PORTRAIT, PROTECTED, Choice
from ._quality import SIGMAS, Condition

FADE = 6
"""Frames over which the effect begins and ends with the track of a face within a shot."""


@dataclass(frozen=True, kw_only=True, eq=False)
class PlannedFace:
    """What the plan says about one face in one frame."""

    row: int
    box: np.ndarray
    landmarks: np.ndarray
    share: float
    condition: Condition
    likeness: float
    network: bool
    lend: int
    portrait: int


def planned_faces(plan: Measures, index: int) -> Iterator[PlannedFace]:
    """The faces of the frame at that place of a plan with which something is to be done."""
    for row in np.flatnonzero(np.isfinite(plan["boxes"][index, :, 0]) & (plan["share"][index] != 0)):
        yield PlannedFace(
            row=int(row),
            box=plan["boxes"][index, row],
            landmarks=plan["landmarks"][index, row],
            share=float(plan["share"][index, row]),
            condition=Condition(blur=float(plan["blur"][index, row]), grain=plan["grain"][index, row]),
            likeness=float(plan["likeness"][index, row]),
            network=bool(plan["network"][index, row]),
            lend=int(plan["lend"][index, row]),
            portrait=int(plan["portrait"][index, row]),
        )


def plan(made: list[Choice], length: int, faces: int) -> Measures:
    """What `run` needs for each of `length` frames of a shot: at most so many faces, a row each.

    `boxes` float32 (n, faces, 4), NaN without a face; `landmarks` (n, faces, 5, 2); `share` (n, faces): of the change,
    less where the face appears or disappears within the shot, or `PROTECTED`; `blur` (n, faces); `grain` (n, faces,
    bands); `likeness` (n, faces); `network` bool (n, faces): whether the engine's network draws it; `lend` int16
    (n, faces): how many frames further a frame lies that lends it detail; `portrait` int16 (n, faces): the number of
    the portrait that does, or -1.
    """
    from scipy.ndimage import gaussian_filter1d

    rows: Measures = {
        "boxes": np.full((length, faces, 4), np.nan, np.float32),
        "landmarks": np.full((length, faces, 5, 2), np.nan, np.float32),
        "share": np.zeros((length, faces), np.float32),
        "blur": np.zeros((length, faces), np.float32),
        "grain": np.zeros((length, faces, len(SIGMAS)), np.float32),
        "likeness": np.ones((length, faces), np.float32),
        "lend": np.zeros((length, faces), np.int16),
        "network": np.zeros((length, faces), bool),
        "portrait": np.full((length, faces), -1, np.int16),
    }
    for choice, row in _placed(made, length, faces):
        span, track = choice.span, choice.track
        before, after = int(track.frames[0]) - span.start, span.stop - int(track.frames[-1]) - 1
        # Two frames: a detector's box trembles by 2 % of its width, a head does not.
        for name in ("boxes", "landmarks"):
            steady = gaussian_filter1d(getattr(track, name), 2.0, axis=0, mode="nearest")
            edges = ((before, after), *((0, 0),) * (steady.ndim - 1))
            rows[name][span, row] = np.pad(steady, edges, mode="edge")
        protected = choice.share == PROTECTED
        rows["share"][span, row] = PROTECTED if protected else choice.share * fading(span, length)
        lent = choice.method == DETAIL and choice.lenders.any()
        rows["blur"][span, row] = choice.blurs if lent else choice.condition.blur
        rows["grain"][span, row] = choice.condition.grain
        rows["likeness"][span, row] = 1.0 if choice.likeness is None else choice.likeness
        rows["network"][span, row] = choice.method == NETWORK
        rows["lend"][span, row] = choice.lenders if choice.method == DETAIL else 0
        rows["portrait"][span, row] = choice.sitter.number if choice.method == PORTRAIT else -1
    return rows


def _placed(made: list[Choice], length: int, faces: int) -> Iterator[tuple[Choice, int]]:
    """Each face that something is said about, and its row; none where all rows are taken in one of its frames."""
    taken = np.zeros((length, faces), bool)
    for choice in made:
        free = ~taken[choice.span].any(axis=0)
        if (choice.method or choice.share == PROTECTED) and free.any():
            row = int(free.argmax())
            taken[choice.span, row] = True
            yield choice, row


def fading(span: slice, length: int) -> np.ndarray:
    """How much of the effect a face gets in the frames of its track in a shot of `length` frames: float32 (n,)."""
    frames = np.arange(span.start, span.stop)
    begins = (frames - span.start + 1) / (FADE + 1) if span.start > 0 else np.ones(len(frames))
    ends = (span.stop - frames) / (FADE + 1) if span.stop < length else np.ones(len(frames))
    return np.minimum(1, np.minimum(begins, ends)).astype(np.float32)
