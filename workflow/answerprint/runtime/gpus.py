"""Reserves a GPU for a job. Snakemake only counts GPUs; each job picks one and locks it.

The lock is advisory (flock), on a small file for each device. The kernel releases it when the process that holds it
ends, however it ends, so a crash never leaves a device taken.
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
RETRY_SECONDS = 0.2
"""Pause before looking again when every device is taken: jobs last many seconds."""
NOTICE_SECONDS = 20.0
"""A job that has waited this long says so. It rarely happens: Snakemake starts no more GPU jobs than it counts GPUs."""


def devices(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The GPUs of this machine that this process may use, as CUDA names them; empty when there is none.

    CUDA_VISIBLE_DEVICES decides where it is set, be it by a person, Slurm or a container. Otherwise these are all GPUs
    that `nvidia-smi -L` lists; of a GPU divided into MIG instances, its instances.
    """
    if VISIBLE_DEVICES in environment:
        # CUDA itself stops reading at the first invalid entry, such as -1.
        names = [name.strip() for name in environment[VISIBLE_DEVICES].split(",")]
        stop = next((k for k, name in enumerate(names) if not name or name.startswith("-")), len(names))
        return tuple(dict.fromkeys(names[:stop]))
    try:
        listing = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, timeout=30, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return ()
    return listed_devices(listing)


def listed_devices(listing: str) -> tuple[str, ...]:
    """The UUIDs in the output of `nvidia-smi -L`: one for each GPU, or for each of its MIG instances."""
    instances_of: dict[str, list[str]] = {}
    gpu = ""
    for line in listing.splitlines():
        match = re.search(r"\(UUID: ([^)]+)\)", line)
        if not match:
            continue
        if line.lstrip().startswith("MIG"):
            instances_of[gpu].append(match[1])
        else:
            gpu = match[1]
            instances_of[gpu] = []
    return tuple(name for gpu, instances in instances_of.items() for name in instances or [gpu])


def usable(environment: Mapping[str, str] | None = None) -> bool:
    """Whether this machine has a GPU that this process may use, and a PyTorch that can use one."""
    if not devices(os.environ if environment is None else environment):
        return False
    try:
        import torch
    except ImportError:
        return True  # the environments of jobs have one of their own
    return torch.version.cuda is not None


@contextmanager
def reserve_gpu(environment: Mapping[str, str] | None = None, *, folder: Path | None = None) -> Iterator[str]:
    """One GPU for the length of the block, by its name; waits while all are taken.

    Inside the block CUDA_VISIBLE_DEVICES names this GPU alone; torch must not have looked for GPUs before. The lock
    files are in `folder`, by default one for each user in the machine's temporary folder. Raises FilmError when there
    is no GPU.
    """
    environment = os.environ if environment is None else environment
    names = devices(environment)
    if not names:
        raise FilmError(
            "No GPU was found, but the configuration says `device: cuda`.", "Set `device: cpu`, or check nvidia-smi."
        )
    folder = folder or Path(tempfile.gettempdir()) / f"answerprint-gpus-{os.getuid()}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name, lock = _locked_device(names, max(1, int(environment.get(JOBS_PER_GPU, "1"))), folder)
    try:
        with _only_visible(name):
            yield name
    finally:
        os.close(lock)


def _locked_device(names: tuple[str, ...], jobs_per_gpu: int, folder: Path) -> tuple[str, int]:
    """A device and the file descriptor that holds its lock. Devices are shared only when none is free."""
    slots = [
        (name, folder / f"{re.sub(r'[^A-Za-z0-9-]', '_', name)}.{slot}")
        for slot in range(jobs_per_gpu)
        for name in names
    ]
    start, noticed = time.monotonic(), False
    while True:
        for name, path in slots:
            lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(lock)
                continue
            return name, lock
        if not noticed and time.monotonic() - start > NOTICE_SECONDS:
            noticed = True
            print(f"  waiting for a GPU: all of {', '.join(names)} are taken", file=sys.stderr, flush=True)
        time.sleep(RETRY_SECONDS)


@contextmanager
def _only_visible(name: str) -> Iterator[None]:
    """Sets CUDA_VISIBLE_DEVICES to one device within the block."""
    before = os.environ.get(VISIBLE_DEVICES)
    os.environ[VISIBLE_DEVICES] = name
    try:
        yield
    finally:
        if before is None:
            del os.environ[VISIBLE_DEVICES]
        else:
            os.environ[VISIBLE_DEVICES] = before
