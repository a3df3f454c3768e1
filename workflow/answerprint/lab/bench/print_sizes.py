"""Prints at the quality that each shot needs, against one fixed quality that is nowhere worse: bytes, VMAF, banding."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av

from ...film.facts import Colour
from ...prints import encode, lossy, vmaf
from ...prints.codecs import CODECS
from ...prints.edition_frames import EditionFrames
from ...prints.encode import Look
from ...prints.lossy import LossyJob, LossyPrint
from ...runtime.errors import FilmError
from . import print_clips
from .print_clips import MixedFilm

LOOK = Look(rate=Fraction(24), sar=Fraction(1), colour=Colour())
STEP = 0.25
MARGIN = 6.0
"""CRF by which the fixed quality may have to be better than the best of the searched ones."""
TARGET = 95.0


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One print of the mixed film."""

    qualities: tuple[float, ...]
    sizes: tuple[int, ...]
    """Bytes of each shot."""
    vmaf: tuple[float, ...]
    """The mean of each shot."""
    cambi: tuple[float, ...]
    seconds: float
    """Of processor time, with the search."""

    @property
    def mean(self) -> float:
        """The mean VMAF of the film."""
        return sum(self.vmaf) / len(self.vmaf)


def printed(film: MixedFilm, print_: LossyPrint, path: Path) -> Measured:
    """Encode the film and measure every frame of it, without the grain that a player would draw."""
    frames = EditionFrames([film.path], 0)
    job = LossyJob(frames=frames, groups=film.groups, look=LOOK, label=print_.codec)
    began = _processor_seconds()
    rows = lossy.encode_part(print_, job, path)
    seconds = _processor_seconds() - began
    chroma = CODECS[print_.codec].pixel_format(3, frames.depth)
    shown = frames.run(0, film.groups[-1].stop)
    reference = (encode.picture(planes, frames.depth, chroma, LOOK.colour) for planes in shown)
    scores = vmaf.measure(path, reference, rate=LOOK.rate, banding=True)
    with av.open(str(path)) as container:
        sizes = {round(p.pts * p.time_base * LOOK.rate): p.size for p in container.demux(video=0) if p.pts is not None}
    spans = [range(group.start, group.stop) for group in film.groups]
    return Measured(
        qualities=tuple(row["quality"] for row in rows),
        sizes=tuple(sum(sizes[frame] for frame in span) for span in spans),
        vmaf=tuple(sum(scores.vmaf[frame] for frame in span) / len(span) for span in spans),
        cambi=tuple(max(scores.cambi[frame] for frame in span) for span in spans),
        seconds=seconds,
    )


def _processor_seconds() -> float:
    """Seconds of processors that this process and those it has waited for have used: FFmpeg measures in its own."""
    return sum(os.times()[:4])


def fixed(film: MixedFilm, codec: str, searched: Measured, folder: Path) -> Measured:
    """The print with the worst fixed quality whose mean and lowest VMAF are those of the searched one, or above."""

    def good_enough(print_: Measured) -> bool:
        return print_.mean >= searched.mean and min(print_.vmaf) >= min(searched.vmaf)

    def at(crf: float) -> Measured:
        return printed(film, LossyPrint(codec=codec, quality=crf), folder / "fixed.mp4")

    # Quality falls steadily with CRF, so that half of what is left can be ruled out each time.
    low, high = round((min(searched.qualities) - MARGIN) / STEP), round(max(searched.qualities) / STEP)
    best = at(low * STEP)
    while high - low > 1:
        middle = (low + high) // 2
        tried = at(middle * STEP)
        low, high, best = (middle, high, tried) if good_enough(tried) else (low, middle, best)
    if not good_enough(best):
        raise FilmError(f"No fixed quality of {codec} is as good as the searched one.", "Raise MARGIN.")
    return best


def table(media: Path, folder: Path, codecs: Sequence[str] = ("x264", "x265", "svtav1")) -> str:
    """Markdown tables of the prints of each codec and of the shots of each."""
    folder.mkdir(parents=True, exist_ok=True)
    film = print_clips.write(media, folder)
    if not film.groups:
        return f"No clips for prints in {media}.\n"
    rows = [
        "| codec | quality | CRF | kB | mean VMAF | lowest shot | highest CAMBI | s |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    shots = ["| shot | " + " | ".join(codecs) + " |", "|---|" + "---:|" * len(codecs)]
    cells: list[list[str]] = [[] for _ in film.names]
    for codec in codecs:
        print_ = LossyPrint(codec=codec, quality=18, vmaf=TARGET)
        searched = printed(film, print_, folder / "searched.mp4")
        same = fixed(film, codec, searched, folder)
        saved = 1 - sum(searched.sizes) / sum(same.sizes)
        rows += [_row(codec, f"VMAF {TARGET:g}", searched), _row(codec, "fixed", same)]
        rows.append(f"| {codec} | **saved** | | **{saved:.0%}** | | | | |")
        for cell, quality, score in zip(cells, searched.qualities, searched.vmaf, strict=True):
            cell.append(f"{quality:g} ({score:.1f})")
    shots += [f"| {name} | {' | '.join(cell)} |" for name, cell in zip(film.names, cells, strict=True)]
    return "\n".join([*rows, "", "CRF of each shot, and its VMAF:", "", *shots, ""])


def _row(codec: str, name: str, print_: Measured) -> str:
    low, high = min(print_.qualities), max(print_.qualities)
    crf = f"{low:g}" if low == high else f"{low:g} to {high:g}"
    size = sum(print_.sizes) / 1000
    return (
        f"| {codec} | {name} | {crf} | {size:.0f} | {print_.mean:.2f} | {min(print_.vmaf):.2f} | "
        f"{max(print_.cambi):.2f} | {print_.seconds:.0f} |"
    )
