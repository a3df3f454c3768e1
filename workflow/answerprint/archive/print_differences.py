"""How the masters of two restorations differ: shot by shot, and in which frames most."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import zip_longest
from pathlib import Path
from typing import Any

import av
import numpy as np

from ..prints import decoded

MOST = 8
"""Worst frames shown of an edition."""
APART = Fraction(1, 4)
"""Seconds between two of them, at least."""


@dataclass(frozen=True, kw_only=True)
class FrameDifference:
    """How far one frame of two masters differs."""

    frame: int
    """Its number in the edition."""
    shot: int
    """The number of its shot, from 1."""
    share: float
    """Pixels that differ, 0..1."""
    error: float
    """Mean square of the difference, white being 1."""

    @property
    def psnr(self) -> float:
        """Peak signal-to-noise ratio in decibels; infinite for equal frames."""
        return float(-10 * np.log10(self.error)) if self.error else float("inf")


@dataclass(frozen=True, kw_only=True)
class ShotDifference:
    """How far a shot differs."""

    shot: int
    first: int
    """Its first frame in the edition."""
    frames: int
    differing: int
    """Frames with any difference."""
    share: float
    """Mean share of pixels that differ, 0..1."""
    worst: FrameDifference


@dataclass(frozen=True, kw_only=True)
class EditionDifference:
    """How far an edition of two restorations differs."""

    edition: str
    unlike: str = ""
    """Why the pixels cannot be compared, in words; empty where they can."""
    shots: Sequence[ShotDifference] = ()
    worst: Sequence[FrameDifference] = ()
    """The frames that differ most, at most MOST, apart from each other."""

    def __str__(self) -> str:
        if self.unlike:
            return f"{self.edition}: not compared pixel by pixel: {self.unlike}"
        if self.equal:
            return f"{self.edition}: the same, bit for bit"
        differing, worst = sum(shot.differing > 0 for shot in self.shots), self.worst[0]
        return (
            f"{self.edition}: {differing} of {len(self.shots)} shots differ; the worst frame is {worst.frame} "
            f"(shot {worst.shot}), {worst.psnr:.1f} dB apart"
        )

    @property
    def equal(self) -> bool:
        """Whether all frames are the same, bit for bit."""
        return not self.unlike and not any(shot.differing for shot in self.shots)


def compare(
    edition: str, first: Path, second: Path, shots: Sequence[Mapping[str, Any]], rate: Fraction
) -> EditionDifference:
    """The difference of two masters of an edition; `shots` are those of the film at `rate` frames a second."""
    unlike = _unlike(first, second)
    if unlike:
        return EditionDifference(edition=edition, unlike=unlike)
    frames = list(_frames(first, second, shots, rate))
    if any(one is None for one in frames):
        return EditionDifference(edition=edition, unlike="one of them ends before the other")
    known = [one for one in frames if one is not None]
    return EditionDifference(edition=edition, shots=list(_by_shot(known)), worst=_worst(known, _rate(first)))


def _unlike(first: Path, second: Path) -> str:
    """Why two masters cannot be compared pixel by pixel; empty where they can."""
    facts = []
    for path in (first, second):
        with av.open(f"file:{path}") as container:
            stream = container.streams.video[0]
            context = stream.codec_context
            size = f"{context.width} × {context.height} pixels"
            facts.append((size, f"{float(stream.average_rate or 0):.5g} frames a second"))
    different = [f"{old} and {new}" for old, new in zip(*facts, strict=True) if old != new]
    return "; ".join(different)


def _rate(path: Path) -> Fraction:
    with av.open(f"file:{path}") as container:
        return Fraction(container.streams.video[0].average_rate or 1)


def _frames(
    first: Path, second: Path, shots: Sequence[Mapping[str, Any]], rate: Fraction
) -> Iterator[FrameDifference | None]:
    """The difference of each frame; None once one of the masters has ended."""
    starts = [int(shot["start"]) for shot in shots] or [0]
    ratio = rate / _rate(first)
    with av.open(f"file:{first}") as old, av.open(f"file:{second}") as new:
        for number, (a, b) in enumerate(zip_longest(old.decode(video=0), new.decode(video=0))):
            if a is None or b is None:
                yield None
                return
            # Rounded: readers of Matroska take the rate from a duration in whole nanoseconds.
            film_frame = int(number * ratio + Fraction(1, 1000))
            shot = max(1, sum(start <= film_frame for start in starts))
            error = difference(decoded.planes(a), decoded.planes(b))
            power = float(np.mean(np.square(error, dtype=np.float64)))
            share = float(np.count_nonzero(error.any(axis=0))) / error[0].size
            yield FrameDifference(frame=number, shot=shot, share=share, error=power)


def difference(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """How far stored values (channels, h, w) are apart, white being 1; grey is compared with each colour."""
    channels = max(len(first), len(second))
    wide = [np.broadcast_to(one, (channels, *one.shape[1:])).astype(np.float32) for one in (first, second)]
    return np.asarray(np.abs(wide[0] - wide[1]) / np.float32(65535))


def _by_shot(frames: Sequence[FrameDifference]) -> Iterator[ShotDifference]:
    shots: dict[int, list[FrameDifference]] = {}
    for frame in frames:
        shots.setdefault(frame.shot, []).append(frame)
    for shot, within in shots.items():
        yield ShotDifference(
            shot=shot,
            first=within[0].frame,
            frames=len(within),
            differing=sum(frame.share > 0 for frame in within),
            share=sum(frame.share for frame in within) / len(within),
            worst=max(within, key=lambda frame: frame.error),
        )


def _worst(frames: Sequence[FrameDifference], rate: Fraction) -> list[FrameDifference]:
    chosen: list[FrameDifference] = []
    for frame in sorted((one for one in frames if one.error), key=lambda one: (-one.error, one.frame)):
        if all(abs(frame.frame - other.frame) >= APART * rate for other in chosen):
            chosen.append(frame)
        if len(chosen) == MOST:
            break
    return chosen
