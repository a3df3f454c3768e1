"""The largest pieces of a frame that an enlarging network can see in a machine's memory, measured by running it there.

The answer becomes a line of the configuration, and so of the recipe: a run that is repeated sees the same pieces.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .. import engines
from ..runtime.errors import FilmError
from ..runtime.inference import is_gpu
from ..runtime.text import shortened

SIDE = 192
"""Side of the piece that is measured, pixels: large enough for what a network takes besides it not to count."""
SHARE = 0.5
"""Of a job's memory that pieces may take: the rest is for frames and for what else runs."""
STEP, LEAST, MOST = 64, 128, 1024
"""Sides are multiples of STEP within these; larger pieces gain nothing."""
CGROUP = Path("/sys/fs/cgroup/memory.max")


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What pieces take, and how large they may be."""

    piece: float
    """Bytes that pieces of SIDE pixels take, all that the network sees at a time."""
    memory: float
    """Bytes that a job may take."""
    overlap: int
    """Pixels of a piece on each side that are discarded."""

    @property
    def tile(self) -> int:
        """The side of the largest pieces that fit, pixels. Raises FilmError where none does."""
        side = SIDE * (SHARE * self.memory / self.piece) ** 0.5
        tile = min(int(side) // STEP * STEP, MOST)
        if tile < max(LEAST, 2 * self.overlap + 16):
            raise FilmError(
                f"Pieces of {SIDE} pixels take {self.piece / 1e6:.0f} MB, of {self.memory / 1e6:.0f} MB for a job.",
                "Run fewer jobs at a time, or choose a smaller network.",
            )
        return tile

    def yaml(self) -> str:
        """The setting, and how it was found, to be laid over a configuration."""
        piece, memory = (f"{count / 1e6:.0f} MB" for count in (self.piece, self.memory))
        return (
            f"# Measured: pieces of {SIDE} pixels take {piece}; a job has {memory}, half of which they may take.\n"
            "# Give this file after the run's own with --configfile: the size is then part of the recipe.\n"
            f"stages: {{upscale: {{tile: {self.tile}}}}}\n"
        )


def measure(engine: str, options: Mapping[str, Any], device: str, jobs: int) -> Measured:
    """What pieces take of an engine of `upscale` with those options, beside what each of so many jobs at a time has.

    Raises FilmError for an engine that does not cut frames into pieces of a chosen size.
    """
    if "tile" not in options:
        raise FilmError(
            f"The engine {engine} of upscale has no pieces whose size could be chosen.",
            "Measure for engine: spandrel.",
        )
    piece, total = _in_a_process_of_its_own(engine, options, device)
    scale = engines.options.read(engines.find("upscale", engine), dict(options)).scale
    least = 4 * 3 * SIDE**2 * (1 + scale**2)
    memory = total if is_gpu(device) else total / max(1, jobs)
    return Measured(piece=max(piece, least), memory=memory, overlap=int(options["overlap"]))


def _in_a_process_of_its_own(engine: str, options: Mapping[str, Any], device: str) -> tuple[float, float]:
    """What `_measured` says, since the most memory that a process has ever taken counts."""
    done = subprocess.run(
        [sys.executable, "-m", __name__, json.dumps([engine, dict(options), device])],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise FilmError(
            f"The memory of the engine {engine} could not be measured: {shortened(done.stderr.strip()[-200:])}.",
            "Its network may need more than there is; set stages.upscale.tile yourself.",
        )
    piece, total = json.loads(done.stdout.splitlines()[-1])
    return piece, total


def _measured(engine: str, options: dict[str, Any], device: str) -> tuple[float, float]:
    """Bytes that pieces take on the device, and the bytes that it has."""
    loaded = engines.load(
        "upscale", engine, device=device, **{**options, "tile": max(SIDE, 2 * options["overlap"] + 16)}
    )
    side = loaded.options.tile - 2 * loaded.options.overlap
    frame = np.random.default_rng(1).random((1, side, side, 3), np.float32)
    if not is_gpu(device):
        loaded(frame[:, :16, :16])
        before = _peak()
        loaded(frame)
        return float(_peak() - before), float(_memory())
    import torch

    wide = np.tile(frame, (1, 1, loaded.inference.batch, 1))
    loaded(wide)
    return float(torch.cuda.max_memory_allocated()), float(torch.cuda.get_device_properties(0).total_memory)


def _peak() -> int:
    """The most bytes of memory that this program has taken.

    Not `ru_maxrss`, which a program inherits from the one that started it.
    """
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


def _memory() -> int:
    """Bytes of memory of this machine, or of the container that this process runs in."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = CGROUP.read_text().strip() if CGROUP.is_file() else ""
    return min(machine, int(limit)) if limit.isdigit() else machine


if __name__ == "__main__":
    print(json.dumps(_measured(*json.loads(sys.argv[1]))))
