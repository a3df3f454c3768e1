"""Measures the frames of one section, for a stage that plans over the shot or for the analysis."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from .. import engines
from ..engines import Clip, Measures
from ..frames.window import FrameWindow
from ..plan.fingerprint import Bounds, MeasureFingerprint
from ..runtime.files import write_json
from ..runtime.progress import Progress
from . import measures
from .blocks import block_edges


@dataclass(frozen=True, kw_only=True)
class SectionJob:
    """One section to measure, and the files to read and write."""

    first: int
    stop: int
    frames: Sequence[Path]
    """Part files of the section and of the parts on either side, in order."""
    bounds: Bounds
    """First frame and stop of each of them."""
    output: Path
    record: Path
    label: str
    cuts: Sequence[int] = ()
    """Frames that begin a shot, across which nothing is looked at; in order."""


def for_stage(fingerprint: MeasureFingerprint, job: SectionJob) -> None:
    """Write the measures of a section for a stage, by its engine."""
    options = engines.options.read(engines.find(fingerprint.stage, fingerprint.engine), fingerprint.options)
    engine: Any = engines.find(fingerprint.stage, fingerprint.engine)(options, device=fingerprint.device)
    engine.load()
    measure(engine.measure, engine.card.measure_radius, job)


def measure(function: Callable[[Clip], Measures], radius: int, job: SectionJob) -> None:
    """Write what `function` measures in the frames of a section, each with `radius` neighbours, to an .npz.

    The neighbours are of the same shot where the job says where shots begin.
    """
    window = FrameWindow(job.frames, job.bounds)
    progress = Progress(job.label, job.stop - job.first)
    pieces: list[Measures] = []
    for start, stop in block_edges(job.first, job.stop, window.block_length(radius)):
        for first, end in pairwise([start, *(cut for cut in job.cuts if start < cut < stop), stop]):
            low = max(window.first, first - radius, *(cut for cut in job.cuts if cut <= first))
            high = min(window.stop, end + radius, *(cut for cut in job.cuts if cut >= end))
            clip = Clip(frames=window.frames(low, high), core=slice(first - low, end - low), first=low)
            with progress.working():
                pieces.append(function(clip))
        progress.add(stop - start)
    measures.save(job.output, measures.concatenate(pieces))
    seconds, work = round(progress.seconds, 3), round(progress.work, 3)
    write_json(job.record, {"frames": job.stop - job.first, "seconds": seconds, "work": work})
