"""What every process of a run needs from its surroundings."""

from __future__ import annotations

import ctypes
import os
import signal
from pathlib import Path


def prepare(library: Path) -> None:
    """Let jobs find this library, and let the allocator keep memory.

    Large arrays come and go all the time; giving them back to the system each time costs a small network three
    quarters of its speed.
    """
    paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    os.environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys([str(library), *filter(None, paths)]))
    os.environ.setdefault("MALLOC_MMAP_THRESHOLD_", "4000000000")
    os.environ.setdefault("MALLOC_TRIM_THRESHOLD_", "8000000000")
    # Libraries that count the machine's cores would give other sums on another machine.
    # Parts run beside each other; threads inside one would only get in their way.
    os.environ.setdefault("OPENCV_FOR_THREADS_NUM", "1")
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("MKL_NUM_THREADS", "1")
    # OpenBLAS chooses by the processor in which order it sums: the same on all that have AVX2.
    if "avx2" in _flags():
        os.environ["OPENBLAS_CORETYPE"] = "Haswell"
    # cuBLAS sums in one order only with a workspace of its own.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")


def _flags() -> set[str]:
    """What the processor can do, as Linux says."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return set()
    return set(next((line for line in lines if line.startswith("flags")), "").split())


def die_with_parent() -> None:
    """Ask the kernel to end this process when the one that started it ends, so that no orphan goes on writing."""
    try:
        libc = ctypes.CDLL("libc.so.6", use_errno=True)
    except OSError:
        return
    libc.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
