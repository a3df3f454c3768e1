"""The bench of reproduction: one film made again twenty times, each time in another way, and compared with its recipe.

A run draws its number of cores and parts, which job comes first, and whether a job or Snakemake itself is killed on the
way, after which the documented command goes on.
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
class Way:
    """How one run goes."""

    cores: int
    parts: int
    first: int
    """The part whose last stage is wanted first."""
    killed: str
    after: float
    """Seconds from the start to the kill."""


def ways(cores: int, seed: int = 20) -> list[Way]:
    """Twenty ways: every third run is undisturbed, the others lose a job or Snakemake."""
    rng = np.random.default_rng(seed)
    found = []
    for index in range(RUNS):
        parts = int(rng.integers(1, 8))
        found.append(
            Way(
                cores=int(rng.integers(1, cores + 1)),
                parts=parts,
                first=int(rng.integers(parts)),
                killed=KILLS[index % 3],
                after=float(rng.uniform(3, 9)),
            )
        )
    return found


def excerpt(film: Path, path: Path) -> Path:
    """The first frames of a film, as they are, in FFV1."""
    import av

    from ...film import probe

    with probe.opened(film) as (container, stream), av.open(str(path), "w") as out:
        made: Any = None
        for index, frame in enumerate(container.decode(stream)):
            if index == FRAMES:
                break
            if made is None:
                made = out.add_stream("ffv1", rate=stream.average_rate)
                made.width, made.height, made.pix_fmt = frame.width, frame.height, frame.format.name
            frame.pts, frame.time_base = index, 1 / stream.average_rate
            out.mux(made.encode(frame))
        out.mux(made.encode())
    return path


def table(film: Path, folder: Path, workflow: Path, cores: int) -> str:
    """Restore an excerpt of `film` in `folder`, make it again in every way, and say which were exact."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    reel = excerpt(film, folder / "reel.mkv")
    base = [sys.executable, "-m", "snakemake", "--snakefile", str(workflow), "--quiet", "all"]
    recipe = "results/reel/recipe.yaml"
    asked = ["--config", f"film={reel.resolve()}", "editions=restored"]
    subprocess.run([*base, "--cores", str(cores), "--directory", str(folder / "first"), recipe, *asked], check=True)
    recipe = str((folder / "first" / recipe).resolve())
    rows = []
    for number, way in enumerate(ways(cores)):
        run = folder / f"{number:02d}"
        given = [f"recipe={recipe}", f"source={reel.resolve()}", f"parts={way.parts}"]
        command = [*base, "--cores", str(way.cores), "--directory", str(run), "reproduce", "--config", *given]
        exact = _made(command, way, run)
        rows.append(f"| {number + 1} | {way.cores} | {way.parts} | {way.first + 1} | {way.killed} | {_word(exact)} |")
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


def _word(exact: bool) -> str:
    return "yes" if exact else "no"


def _made(command: list[str], way: Way, folder: Path) -> bool:
    """Run the command as `way` says; whether what came out is exact."""
    first = f"results/reel{AGAIN}/restored/denoise/{way.first:03d}.zip"
    run = subprocess.Popen([*command, "--prioritize", first], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if way.killed != "nothing":
        with suppress(subprocess.TimeoutExpired):
            run.wait(timeout=way.after)
        _kill(run, way.killed)
        run.wait()
        time.sleep(1)
        subprocess.run([*command, "--unlock"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    run.wait()
    found = folder / f"results/reel{AGAIN}/reproduction.json"
    return run.returncode == 0 and found.exists() and read_json(found)["exact"]


def _kill(run: subprocess.Popen[bytes], what: str) -> None:
    """kill -9 of Snakemake, or of one of its jobs."""
    if what == "snakemake":
        run.kill()
        return
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, IndexError, ValueError):
            if int((path / "stat").read_text().rpartition(")")[2].split()[1]) == run.pid:
                os.kill(int(path.name), signal.SIGKILL)
                return
