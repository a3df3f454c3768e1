"""The reproduction bench: makes one film again twenty times, each time under other conditions, to check its recipe.

Each run draws its number of cores and parts, which job runs first, and whether a job or Snakemake itself is killed on
the way, after which the documented command continues the run.
"""

from __future__ import annotations

import os
import platform
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from ...archive.reproduce import AGAIN
from ...runtime.files import read_json

RUNS = 20
FRAMES = 28
KILLS = ("nothing", "a job", "snakemake")


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """The conditions of one run."""

    cores: int
    parts: int
    first: int
    """The part whose last stage gets priority."""
    killed: str
    """One of KILLS."""
    after: float
    """Seconds from the start to the kill."""


def drawn_conditions(cores: int, seed: int = 20) -> list[Conditions]:
    """The conditions of twenty runs: every third run is undisturbed, in the others a job or Snakemake is killed."""
    rng = np.random.default_rng(seed)
    runs = []
    for index in range(RUNS):
        parts = int(rng.integers(1, 8))
        runs.append(
            Conditions(
                cores=int(rng.integers(1, cores + 1)),
                parts=parts,
                first=int(rng.integers(parts)),
                killed=KILLS[index % 3],
                after=float(rng.uniform(3, 9)),
            )
        )
    return runs


def excerpt(film: Path, path: Path) -> Path:
    """Write the first frames of a film, unchanged, in FFV1."""
    import av

    from ...film import probe

    with probe.opened(film) as (container, stream), av.open(str(path), "w") as out:
        target: Any = None
        for index, frame in enumerate(container.decode(stream)):
            if index == FRAMES:
                break
            if target is None:
                target = out.add_stream("ffv1", rate=stream.average_rate)
                target.width, target.height, target.pix_fmt = frame.width, frame.height, frame.format.name
            frame.pts, frame.time_base = index, 1 / stream.average_rate
            out.mux(target.encode(frame))
        out.mux(target.encode())
    return path


def table(film: Path, folder: Path, workflow: Path, cores: int) -> str:
    """Restore an excerpt of `film` in `folder`, reproduce it under all conditions, and say which runs were exact."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    reel = excerpt(film, folder / "reel.mkv")
    base = [sys.executable, "-m", "snakemake", "--snakefile", str(workflow), "--quiet", "all"]
    recipe = "results/reel/recipe.yaml"
    options = ["--config", f"film={reel.resolve()}", "editions=restored"]
    subprocess.run([*base, "--cores", str(cores), "--directory", str(folder / "first"), recipe, *options], check=True)
    recipe = str((folder / "first" / recipe).resolve())
    rows = []
    for number, run in enumerate(drawn_conditions(cores)):
        directory = folder / f"{number:02d}"
        options = [f"recipe={recipe}", f"source={reel.resolve()}", f"parts={run.parts}"]
        command = [*base, "--cores", str(run.cores), "--directory", str(directory), "reproduce", "--config", *options]
        exact = "yes" if _reproduce(command, run, directory) else "no"
        rows.append(f"| {number + 1} | {run.cores} | {run.parts} | {run.first + 1} | {run.killed} | {exact} |")
    same = sum(row.endswith("| yes |") for row in rows)
    lines = [
        f"### Made again: {same} of {len(rows)} exact",
        "",
        f"{date.today()}, {platform.machine()}, {cores} cores: {FRAMES} frames of {film.stem}, `restored`.",
        "",
        "| run | cores | parts | part wanted first | killed on the way | exact |",
        "|---:|---:|---:|---:|---|---|",
        *rows,
    ]
    return "\n".join(lines)


def _reproduce(command: list[str], conditions: Conditions, folder: Path) -> bool:
    """Run the command under these conditions; returns whether the result is exact."""
    first = f"results/reel{AGAIN}/restored/denoise/{conditions.first:03d}.zip"
    run = subprocess.Popen([*command, "--prioritize", first], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if conditions.killed != "nothing":
        with suppress(subprocess.TimeoutExpired):
            run.wait(timeout=conditions.after)
        _kill(run, conditions.killed)
        run.wait()
        time.sleep(1)
        subprocess.run([*command, "--unlock"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    run.wait()
    result = folder / f"results/reel{AGAIN}/reproduction.json"
    return run.returncode == 0 and result.exists() and read_json(result)["exact"]


def _kill(run: subprocess.Popen[bytes], what: str) -> None:
    """Kill Snakemake, or one of its jobs, with SIGKILL."""
    if what == "snakemake":
        run.kill()
        return
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, IndexError, ValueError):
            if int((path / "stat").read_text().rpartition(")")[2].split()[1]) == run.pid:
                os.kill(int(path.name), signal.SIGKILL)
                return
