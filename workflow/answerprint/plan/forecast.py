"""The forecast: what a restoration will cost in jobs, hours, memory and disk space, before it runs.

Each engine's card says what a million values (pixels times channels of a frame that it reads) cost on one core. Records
of earlier runs in the same folder correct that for this machine. Whatever a header leaves open is assumed to be the
dearest case: a film counts as colour until its survey finds that it is grey.
"""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from ..film.frame_rates import out_rate, output_frames
from ..runtime.errors import FilmError
from ..runtime.files import read_json
from . import job_memory
from .chain import SOURCE, Stage
from .config import Project
from .paths import ROOT, Paths

START = 0.5
"""Seconds of one core that it takes to start a job."""
FRAME = 0.02
"""Seconds per million values that a stage's job spends on reading, checking, packing and writing."""
OUTSIDE = {"survey": 0.012, "ingest": 0.02, "analyse": 0.04, "detect_faces": 0.17}
"""Seconds of one core per million values for steps without an engine's card, measured on grey 640x360 film."""
ENCODE = 0.11
"""The same for all prints of an edition together."""
LISTENING = 1.0
"""Seconds of one core per second of sound, for finding voices, words and the faces that speak."""
SHARED = 19
"""Jobs of a film whose number does not depend on its length, sounds or editions."""
PACKED = 0.08
"""Bytes per value and bit of the working files: grainy film of 10 bits packs to 0.77 bytes a value."""
COPIES = 2
"""A film's prints, and their copies in its package."""
PIECES = {"master": 0.062, "mezzanine": 0.068, "access": 0.004, "television": 0.004, "changes": 0.004}
"""Bytes per value and bit of each print."""
AT_ONCE = 2
"""Films being worked on at a time when working files are discarded; the next one waits until one is finished."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """What one edition of a film costs beyond the editions that it grows from; `source` is what all of them share."""

    film: str
    edition: str
    frames: int
    jobs: int
    cpu: float
    """Seconds of one core."""
    gpu: float
    """Seconds of one GPU, taken to be as slow as one core until an earlier run has shown its speed."""
    kept: float
    """Bytes of results that are kept."""
    working: float
    """Bytes of working files, which are kept too unless the configuration discards them."""
    memory: float
    """Megabytes of the largest job."""


@dataclass(frozen=True, kw_only=True)
class MeasuredCosts:
    """Seconds per million values by (stage, engine, device), from the records of earlier runs."""

    costs: Mapping[tuple[str, str, str], float]

    @classmethod
    def in_folder(cls, results: Path) -> MeasuredCosts:
        """The costs that the records of the first parts under a folder of results give."""
        sums: dict[tuple[str, str, str], list[float]] = {}
        for path in results.glob("*/*/*/000.json"):
            record = read_json(path)
            if record.get("megavalues"):
                key = (record["stage"], record["engine"]["name"], record["device"])
                total = sums.setdefault(key, [0.0, 0.0])
                total[0] += record["work"]
                total[1] += record["megavalues"]
        return cls(costs={key: work / values for key, (work, values) in sums.items() if values})


@dataclass(frozen=True, kw_only=True)
class Size:
    """The size of a film's frames, their number, and the length of its sound."""

    frames: int
    height: int
    width: int
    channels: int
    depth: int
    """Bits of the working files."""
    sound: float
    """Seconds of sound to listen to; 0 for a silent film."""
    pixel_aspect: Fraction = Fraction(1)
    """How many times as wide as high its pixels are."""

    @property
    def pixels(self) -> float:
        """Million pixels per frame."""
        return self.height * self.width / 1e6

    @property
    def values(self) -> float:
        """Million values per frame."""
        return self.pixels * self.channels

    @property
    def bytes(self) -> float:
        """Bytes of all frames as working files."""
        return 1e6 * self.frames * self.values * PACKED * self.depth


@dataclass(frozen=True, kw_only=True)
class Step:
    """One stage of one film: the frames that go in and come out, and the cost of all its jobs together."""

    edition: str
    stage: Stage
    read: Size
    made: Size
    device: str
    work: float
    """Seconds of one core, or of one GPU, within the engine."""

    @property
    def cpu(self) -> float:
        """Seconds of one core, without the time to start the jobs."""
        moved = (self.read.frames * self.read.values + self.made.frames * self.made.values) / 2
        return FRAME * moved + (self.work if self.device == "cpu" else 0.0)

    @property
    def seconds(self) -> float:
        """Seconds of all its jobs, run one after another."""
        return self.cpu + (self.work if self.device != "cpu" else 0.0)

    @property
    def memory(self) -> float:
        """Megabytes of one of its jobs."""
        return job_memory.of_job(self.stage.card.memory, max(self.read.values, self.made.values))


def size_of(paths: Paths, film: str, results: Path = Path(ROOT)) -> Size:
    """The size of a film by its survey if that has run, else by its header."""
    facts, settings = paths.facts(film), paths.project.values
    surveyed = results / film / "survey" / "facts.json"
    survey: dict[str, Any] = read_json(surveyed) if surveyed.exists() else {}
    grey = survey.get("grey", str(settings["grey"]).lower() == "true" or facts.pixel_format.startswith("gray"))
    frames = survey.get("frames", facts.frames)
    return Size(
        frames=frames,
        height=facts.height,
        width=facts.width,
        pixel_aspect=facts.sar,
        channels=1 if grey else 3,
        depth=survey.get("working_depth", 10 if settings["depth"] == "auto" else settings["depth"]),
        sound=float(frames / facts.rate) if facts.audio else 0.0,
    )


def steps(project: Project, rate: Fraction, size: Size, edition: str, measured: MeasuredCosts) -> list[Step]:
    """The stages from the source to the end of an edition."""
    lineage = []
    for owner, name in project.chain.lineage(edition)[1:]:
        stage, made = project.chain.stages[name], size
        height, width = stage.enlargement.size(made.height, made.width, made.pixel_aspect)
        aspect = stage.enlargement.aspect(made.pixel_aspect)
        made = dataclasses.replace(made, height=height, width=width, pixel_aspect=aspect)
        made = dataclasses.replace(made, channels=stage.card.output_channels or made.channels)
        if stage.rate:
            made = dataclasses.replace(made, frames=output_frames(size.frames, rate, out_rate(rate, stage.rate)))
        device = project.values["device"] if stage.card.gpu else "cpu"
        cost = measured.costs.get((name, stage.engine, device), stage.card.cost)
        work = cost * max(size.frames, made.frames) * size.values
        lineage.append(Step(edition=owner, stage=stage, read=size, made=made, device=device, work=work))
        size = made
    return lineage


def shown(paths: Paths, film: str, edition: str) -> Size:
    """The size of an edition's frames."""
    size = size_of(paths, film)
    lineage = steps(paths.project, paths.facts(film).rate, size, edition, MeasuredCosts(costs={}))
    return lineage[-1].made if lineage else size


def film(paths: Paths, name: str, measured: MeasuredCosts, results: Path = Path(ROOT)) -> list[Row]:
    """The costs of one film: what its editions share, and each edition that is asked for or that one grows from."""
    project, rate = paths.project, paths.facts(name).rate
    size, asked = size_of(paths, name, results), project.films[name].editions
    owners = dict.fromkeys(owner for edition in asked for owner, _ in project.chain.lineage(edition)[1:])
    lineages = {edition: steps(project, rate, size, edition, measured) for edition in owners}
    editions = [_edition_row(paths, name, edition, lineage) for edition, lineage in lineages.items()]
    return [_shared_row(paths, name, size), *editions]


def _shared_row(paths: Paths, name: str, size: Size) -> Row:
    """The costs of a film that do not depend on its editions."""
    film = paths.project.films[name]
    extra = bool(film.matte) + bool(paths.project.values.get("auto"))
    # Each other element is surveyed, placed, and decoded part by part.
    extra += len(film.elements) * (2 + len(paths.parts(name)))
    jobs = SHARED + extra + len(paths.parts(name)) + 2 * len(paths.sections(name)) + len(paths.sounds(name))
    work = size.frames * size.values * sum(OUTSIDE.values())
    return Row(
        film=name,
        edition=SOURCE,
        frames=size.frames,
        jobs=jobs,
        cpu=jobs * START + LISTENING * size.sound + work,
        gpu=0.0,
        kept=0.0,
        working=size.bytes,
        memory=job_memory.of_source(size.values),
    )


def _edition_row(paths: Paths, name: str, edition: str, lineage: Sequence[Step]) -> Row:
    """The costs of the stages that an edition adds, and of its prints if it is asked for."""
    parts, sections = len(paths.parts(name)), len(paths.sections(name))
    added, shown = [step for step in lineage if step.edition == edition], lineage[-1].made
    # For each stage one more job joins the records of the parts. Sections are measured, and their measures joined.
    measured = sum(bool(paths.measures(name, edition, step.stage.name)) for step in added)
    jobs = len(added) * (parts + 1) + measured * (sections + 1)
    cpu, memory, kept = sum(step.cpu for step in added), [step.memory for step in added], 0.0
    if edition in paths.project.films[name].editions:
        prints = paths.project.prints()
        # Lossless prints of a part are one job, lossy ones another; each print is joined, and all are checked.
        jobs += parts * (2 if paths.project.lossy() else 1) + len(prints) + 1
        cpu += shown.frames * shown.values * ENCODE
        memory.append(job_memory.of_lossless_prints(shown.values))
        memory.append(job_memory.of_lossy_prints(paths.project.lossy(), shown.pixels))
        kept = 1e6 * shown.frames * shown.values * shown.depth * sum(PIECES[print_] for print_ in prints)
    return Row(
        film=name,
        edition=edition,
        frames=shown.frames,
        jobs=jobs,
        cpu=cpu + jobs * START,
        gpu=sum(step.work for step in added if step.device != "cpu"),
        kept=COPIES * kept,
        # While the pieces of a print are joined, they exist twice.
        working=sum(step.made.bytes for step in added) + kept,
        memory=max(memory),
    )


def peak(rows: Sequence[Row], *, discard: bool) -> float:
    """Bytes that a run takes at most: everything, or what is kept and a few films' working files."""
    working: dict[str, float] = {}
    for row in rows:
        working[row.film] = working.get(row.film, 0.0) + row.working
    fullest = sorted(working.values(), reverse=True)[: AT_ONCE if discard else None]
    return sum(row.kept for row in rows) + sum(fullest)


def require_room(rows: Sequence[Row], folder: Path, results: Path, *, discard: bool) -> None:
    """Raises FilmError when the disk of `folder` cannot hold what is still to be written."""
    existing = sum(path.stat().st_size for name in {row.film for row in rows} for path in (results / name).rglob("*.*"))
    need, free = peak(rows, discard=discard) - existing, shutil.disk_usage(folder).free
    if need > free:
        hint = "Free some space" if discard else "Set `working_files: discard`, which takes less"
        raise FilmError(
            f"This run needs about {_gigabytes(need)} GB more on the disk of {folder.resolve()}, which has "
            f"{_gigabytes(free)} GB free.",
            f"{hint}, or run elsewhere with --directory; `disk: ignore` starts it all the same.",
        )


def table(rows: Sequence[Row], folder: Path, *, discard: bool) -> str:
    """The rows as a table for the terminal, with their sum, and the space on the disk."""
    titles = ("film", "edition", "frames", "jobs", "CPU hours", "GPU hours", "GB kept", "GB working", "largest job, MB")
    cells = [titles, *(_cells(row) for row in rows), _cells(_sum(rows))]
    widths = [max(len(row[k]) for row in cells) for k in range(len(titles))]
    lines = [
        "  ".join(
            cell.ljust(width) if k < 2 else cell.rjust(width)
            for k, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in cells
    ]
    free = _gigabytes(shutil.disk_usage(folder).free)
    return "\n".join(
        [*lines, "", f"Disk at its fullest: {_gigabytes(peak(rows, discard=discard))} GB; free: {free} GB."]
    )


def _sum(rows: Sequence[Row]) -> Row:
    return Row(
        film="all",
        edition="",
        frames=sum(row.frames for row in rows if row.edition == SOURCE),
        jobs=sum(row.jobs for row in rows) + 1,
        cpu=sum(row.cpu for row in rows),
        gpu=sum(row.gpu for row in rows),
        kept=sum(row.kept for row in rows),
        working=sum(row.working for row in rows),
        memory=max((row.memory for row in rows), default=0.0),
    )


def _cells(row: Row) -> tuple[str, ...]:
    hours = [f"{seconds / 3600:.2f}" for seconds in (row.cpu, row.gpu)]
    space = [_gigabytes(row.kept), _gigabytes(row.working)]
    return (row.film, row.edition, str(row.frames), str(row.jobs), *hours, *space, f"{row.memory:.0f}")


def _gigabytes(size: float) -> str:
    return f"{size / 1e9:.1f}" if size >= 1e8 or size <= 0 else f"{size / 1e9:.3f}"
