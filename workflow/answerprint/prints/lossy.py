"""Lossy prints of one part: its groups, each encoded at one fixed quality or at the one that it needs."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ..film.groups import Group
from ..runtime.progress import Progress
from ..stages.still_faults import noise_of
from . import encode, quality
from .codecs import Settings
from .edition_frames import EditionFrames
from .encode import Look, Run
from .probe_encodes import Probe

GRAIN_OF_NOISE = 2000
"""Strength per standard deviation: at 40, noise of 2 % of white is reduced to a tenth, and drawn at nine tenths."""


@dataclass(frozen=True, kw_only=True)
class LossyPrint:
    """How a lossy print is encoded."""

    codec: str
    """Its key in CODECS."""
    quality: float
    """CRF, where no VMAF is asked for."""
    vmaf: float | None = None
    """The VMAF that each group is to have, 0 to 100; None: every group has the fixed quality."""
    max_bitrate: int | None = None
    """Kilobits a second that no group may take on average."""
    grain: int | Literal["auto"] = 0
    """For SVT-AV1, 0 to 50, see `Settings`; auto: by the noise of each group."""

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> LossyPrint:
        """The print that the configuration describes; AV1 that is to have a VMAF describes its grain."""
        described = values["codec"] == "svtav1" and values.get("vmaf") is not None
        return cls(**{"grain": "auto" if described else 0, **values})


@dataclass(frozen=True, kw_only=True)
class LossyJob:
    """The groups that begin in one part of an edition, and what is known of them."""

    frames: EditionFrames
    groups: Sequence[Group]
    look: Look
    label: str
    known: Mapping[int, float] = dataclasses.field(default_factory=dict)
    """Qualities by the first frame of their group, as a recipe holds them: they are not searched again."""


def encode_part(print_: LossyPrint, job: LossyJob, output: Path) -> list[dict[str, Any]]:
    """Encode the groups that begin in a part as one piece.

    Returns `start`, `stop`, `quality` and `grain` of each group, and the `vmaf` that it is expected to have where that
    was searched. Raises FilmError when the disk is full, or FFmpeg cannot measure.
    """
    own = [group for group in job.groups if group.start in job.frames.own]
    progress = Progress(job.label, sum(group.stop - group.start for group in own))
    rows: list[dict[str, Any]] = []

    def runs() -> Iterator[Run]:
        for group in own:
            row, settings = _settings(print_, job, group)
            rows.append(row)
            yield Run(frames=_counted(job.frames.run(group.start, group.stop), progress), settings=settings)

    encode.piece(print_.codec, runs(), output, job.look, job.frames.depth)
    return rows


def _settings(print_: LossyPrint, job: LossyJob, group: Group) -> tuple[dict[str, Any], Settings]:
    """How a group is encoded, as a row for the record and for its encoder."""
    grain = grain_of(job.frames, group) if print_.grain == "auto" else print_.grain
    row = {"start": group.start, "stop": group.stop, "quality": print_.quality, "grain": grain}
    settings = Settings(quality=print_.quality, grain=grain)
    probe = Probe(codec=print_.codec, settings=settings, frames=job.frames, group=group, look=job.look)
    if group.start in job.known:
        row["quality"] = job.known[group.start]
    else:
        if print_.vmaf is not None:
            scale = quality.SCALES[print_.codec]
            row |= dataclasses.asdict(quality.choose(probe.vmaf_of_few, probe.vmaf, scale, print_.vmaf))
        if print_.max_bitrate is not None:
            row["quality"] = quality.within(probe.bitrate, row["quality"], print_.max_bitrate)
    return row, dataclasses.replace(settings, quality=row["quality"])


def grain_of(frames: EditionFrames, group: Group) -> int:
    """How strongly SVT-AV1 must reduce the noise of a group so that it is described: 1 to 50.

    Never 0, which would say in the headers that no group has grain.
    """
    white = np.float32((1 << 16) - 1)
    middle = (group.start + group.stop) // 2
    noise = [noise_of(planes.mean(axis=0, dtype=np.float32) / white) for planes in frames.run(middle, middle + 1)]
    return int(np.clip(round(GRAIN_OF_NOISE * noise[0]), 1, 50))


def _counted(frames: Iterator[np.ndarray], progress: Progress) -> Iterator[np.ndarray]:
    for frame in frames:
        yield frame
        progress.add()
