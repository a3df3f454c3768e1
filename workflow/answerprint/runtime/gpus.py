"""Leases: which GPU a job runs on. Snakemake only counts GPUs; a job takes one for itself by a lock.

A lease is an advisory lock (flock) on a small file a device. The kernel gives it back when the process that holds it
ends, however it ends, so that no crash leaves a device taken.
"""

from __future__ import annotations

import fcntl
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from .errors import FilmError

VISIBLE_DEVICES = "CUDA_VISIBLE_DEVICES"
JOBS_PER_GPU = "ANSWERPRINT_GPU_SHARE"
"""How many jobs may share a device; the workflow sets it from `gpu_share`."""
AGAIN = 0.2
"""Seconds between two looks at devices that are all taken: jobs last many seconds."""
PATIENCE = 20.0
"""Seconds after which a waiting job says so. Snakemake starts no more GPU jobs than it counts, so it rarely waits."""


def devices(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The GPUs of this machine that this process may use, as CUDA names them.

    What CUDA_VISIBLE_DEVICES says holds: a person, Slurm or a container has set it. Otherwise all that `nvidia-smi -L`
    lists: of a GPU that is cut into MIG instances, the instances. Empty when there is none.
    """
    if VISIBLE_DEVICES in environment:
        # CUDA itself stops reading at the first entry that is no device, such as -1.
        names = [name.strip() for name in environment[VISIBLE_DEVICES].split(",")]
        stop = next((k for k, name in enumerate(names) if not name or name.startswith("-")), len(names))
        return tuple(dict.fromkeys(names[:stop]))
    try:
        listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, timeout=30, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return ()
    return listed_devices(listed)


def listed_devices(listed: str) -> tuple[str, ...]:
    """The devices of what `nvidia-smi -L` prints: one UUID a GPU, or one a MIG instance of it."""
    found: dict[str, list[str]] = {}
    gpu = ""
    for line in listed.splitlines():
        match = re.search(r"\(UUID: ([^)]+)\)", line)
        if not match:
            continue
        if line.lstrip().startswith("MIG"):
            found[gpu].append(match[1])
        else:
            gpu = match[1]
            found[gpu] = []
    return tuple(name for gpu, instances in found.items() for name in instances or [gpu])


@contextmanager
def reserve_gpu(environment: Mapping[str, str] | None = None, *, folder: Path | None = None) -> Iterator[str]:
    """One GPU for the length of the block, by its name; waits while all are taken.

    Inside the block CUDA_VISIBLE_DEVICES names it alone; torch must not have looked for GPUs before. The locks lie in
    `folder`, by default one a person in the machine's temporary folder. Raises FilmError when there is no GPU.
    """
    environment = os.environ if environment is None else environment
    names = devices(environment)
    if not names:
        raise FilmError(
            "No GPU was found, but the configuration says `device: cuda`.", "Set `device: cpu`, or look at nvidia-smi."
        )
    folder = folder or Path(tempfile.gettempdir()) / f"answerprint-gpus-{os.getuid()}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    share = max(1, int(environment.get(JOBS_PER_GPU, "1")))
    # Devices first, places on a device second: a device is only shared when none is free.
    places = [(name, f"{re.sub(r'[^A-Za-z0-9-]', '_', name)}.{place}") for place in range(share) for name in names]
    begun, said = time.monotonic(), False
    while True:
        for name, place in places:
            lock = os.open(folder / place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(lock)
                continue
            before = os.environ.get(VISIBLE_DEVICES)
            os.environ[VISIBLE_DEVICES] = name
            try:
                yield name
            finally:
                if before is None:
                    del os.environ[VISIBLE_DEVICES]
                else:
                    os.environ[VISIBLE_DEVICES] = before
                os.close(lock)
            return
        if not said and time.monotonic() - begun > PATIENCE:
            said = True
            print(f"  waiting for a GPU: all of {', '.join(names)} are taken", file=sys.stderr, flush=True)
        time.sleep(AGAIN)
