"""The environment that every process of a run needs."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
from pathlib import Path


def prepare(library: Path) -> None:
    """Set the environment variables that let jobs find this library, keep memory, and compute the same everywhere.

    The allocator keeps freed memory, because large arrays come and go all the time: returning them to the system each
    time costs a small network three quarters of its speed.
    """
    paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    os.environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys([str(library), *filter(None, paths)]))
    os.environ.setdefault("MALLOC_MMAP_THRESHOLD_", "4000000000")
    os.environ.setdefault("MALLOC_TRIM_THRESHOLD_", "8000000000")
    # Libraries that split work by the machine's cores would sum in another order on another machine.
    # Parts run side by side; threads inside one would only slow down the others.
    os.environ.setdefault("OPENCV_FOR_THREADS_NUM", "1")
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("MKL_NUM_THREADS", "1")
    # OpenBLAS picks its order of summation by the processor; this picks one for all processors with AVX2.
    if "avx2" in _processor_flags():
        os.environ["OPENBLAS_CORETYPE"] = "Haswell"
    # cuBLAS keeps one order of summation only with a workspace of its own.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")


def _processor_flags() -> set[str]:
    """The processor's features as Linux lists them; empty elsewhere."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return set()
    return set(next((line for line in lines if line.startswith("flags")), "").split())


def limit_memory(megabytes: int) -> None:
    """Let this process take at most so much memory: a broken file may make a decoder ask for all there is."""
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = megabytes * 1_000_000
    resource.setrlimit(resource.RLIMIT_DATA, (wanted if hard < 0 else min(wanted, hard), hard))


def die_with_parent() -> None:
    """Ask the kernel to end this process when its parent ends, so that no orphan goes on writing."""
    try:
        libc = ctypes.CDLL("libc.so.6", use_errno=True)
    except OSError:
        return
    libc.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
