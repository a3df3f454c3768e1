"""The speed bench: the speed and memory of each stage, and the cost of input, output and start-up.

The workflow itself restores a film in a separate folder. Snakemake's benchmark files give the time and memory of each
job; the records of the stages give the time within the engine. The rest of a job is start-up, reading and writing.
"""

from __future__ import annotations

import csv
import platform
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import cv2
import numpy as np

from ...plan.chain import STAGES
from ...runtime.files import atomic_write, read_json

TRUNK = (
    *("survey", "detect_shots", "apply_cut_decisions", "cut_parts", "ingest", "analyse_section", "analyse_film"),
    *("suggest_stages", "measure_section", "join_measures", *STAGES),
)
"""The steps up to the frames of an edition: no prints, sound, faces or report."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One step of one film, summed over its jobs."""

    step: str
    jobs: int
    frames: int
    seconds: float
    """Of all its jobs, start-up included."""
    work: float
    """Seconds of these within the engine."""
    peak: float
    """Megabytes of its largest job."""


def draw_large(path: Path, frames: int = 24) -> None:
    """Write a 1080p colour film: a pan over a photograph, with grain."""
    import av

    from ..demo.scenes import photograph

    # scikit-image's coffee.png is 600x400: enlarged fourfold, it leaves room for a pan.
    scene = cv2.resize(photograph("coffee.png"), (2400, 1600), interpolation=cv2.INTER_CUBIC)
    grain = np.random.default_rng(0)
    with atomic_write(path) as temporary, av.open(str(temporary), "w", format="matroska") as container:
        stream = container.add_stream("libx264", rate=24, options={"crf": "12", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = 1920, 1080, "yuv420p"
        for index in range(frames):
            picture = scene[100 : 100 + 1080, 40 + 4 * index : 40 + 4 * index + 1920]
            noisy = picture + grain.normal(0, 4, picture.shape[:2])[..., None]
            frame = av.VideoFrame.from_ndarray(np.clip(noisy, 0, 255).astype(np.uint8), format="bgr24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def restore(film: Path, folder: Path, workflow: Path, cores: int, settings: dict[str, str]) -> float:
    """Restore a film from scratch in `folder`; returns the seconds it took. Raises CalledProcessError if it fails."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    values = {"film": str(film.resolve()), **settings}
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(workflow), "--directory", str(folder)]
    command += ["--cores", str(cores), "--quiet", "all", "--config", *(f"{k}={v}" for k, v in values.items())]
    begun = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - begun


def rows(folder: Path) -> list[Row]:
    """The cost of every step of the restoration in `folder`, in the order of the workflow."""
    jobs_of: dict[str, list[tuple[Path, float, float]]] = {}
    for path in sorted(folder.glob("benchmarks/*/**/*.tsv")):
        with path.open() as file:
            last = list(csv.DictReader(file, delimiter="\t"))[-1]
        steps = path.relative_to(folder / "benchmarks").parts[1:]
        step = next((s for s in steps if s in TRUNK), steps[-1].removesuffix(".tsv") if len(steps) == 1 else steps[-2])
        jobs_of.setdefault(step, []).append((path, float(last["s"]), _number(last["max_rss"])))
    order = {step: index for index, step in enumerate(TRUNK)}
    return [
        _row(folder, step, jobs)
        for step, jobs in sorted(jobs_of.items(), key=lambda item: (order.get(item[0], len(order)), item[0]))
    ]


def _row(folder: Path, step: str, jobs: list[tuple[Path, float, float]]) -> Row:
    records = [
        read_json(record)
        for path, _, _ in jobs
        for record in [folder / "results" / path.relative_to(folder / "benchmarks").with_suffix(".json")]
        if record.exists()
    ]
    records = [record for record in records if isinstance(record, dict) and "work" in record]
    seconds = sum(s for _, s, _ in jobs)
    return Row(
        step=step,
        jobs=len(jobs),
        frames=sum(record["frames"] for record in records),
        seconds=seconds,
        # Finding shots is all one network, which keeps no record of its work.
        work=seconds if step == "detect_shots" else sum(record["work"] for record in records),
        peak=max(peak for _, _, peak in jobs),
    )


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def overhead(steps: list[Row]) -> tuple[float, float]:
    """Start-up, input and output of the jobs up to an edition's frames, as shares: of their time, of all jobs' time."""
    trunk = [row for row in steps if row.step in TRUNK]
    seconds = sum(row.seconds for row in trunk)
    idle = seconds - sum(row.work for row in trunk)
    return idle / seconds, idle / sum(row.seconds for row in steps)


def table(title: str, steps: list[Row], elapsed: float, cores: int) -> str:
    """The steps as a Markdown table, with the share of start-up, input and output."""
    lines = [
        f"### {title}",
        "",
        f"{date.today()}, {_machine()}, {cores} cores, {elapsed:.0f} s for everything.",
        "",
        "| step | jobs | frames/s of the engine, one core | s of its jobs | peak MB |",
        "|---|---:|---:|---:|---:|",
    ]
    for row in steps:
        speed = f"{row.frames / row.work:.1f}" if row.frames and row.work else ""
        lines.append(f"| {row.step} | {row.jobs} | {speed} | {row.seconds:.1f} | {row.peak:.0f} |")
    of_trunk, of_all = overhead(steps)
    share = f"{of_trunk:.0%} of the time up to the editions' frames, {of_all:.0%} of the time of all jobs."
    lines += ["", f"Start-up, input and output: {share}"]
    return "\n".join(lines)


def _machine() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
