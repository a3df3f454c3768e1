"""Packing: frames bit-shuffled and packed with zstd 1 by Blosc2, and back.

Blosc2's C library is called directly, where its wheel keeps it: its Python package, made for arrays on disk and over
the network, takes 50 ms to load, a third of what a short job takes to start.
(Alted, Why modern CPUs are starving, Computing in Science and Engineering 2010; Masui et al., bitshuffle, 2015.)
"""

from __future__ import annotations

import ctypes
import importlib.util
from functools import cache
from pathlib import Path

import numpy as np

BITSHUFFLE, LEVEL, BLOCK = 2, 1, 131_072
"""Of blocks from 64 to 512 KB those of 128 are packed fastest, by 5 to 15 %."""
OVERHEAD = 32
"""Bytes by which what cannot be packed grows (BLOSC2_MAX_OVERHEAD)."""


@cache
def _library() -> ctypes.CDLL:
    found = importlib.util.find_spec("blosc2")
    folders = [Path(folder, "lib") for folder in found.submodule_search_locations or ()] if found else []
    path = next((path for folder in folders for path in sorted(folder.glob("libblosc2.so*"))), None)
    if path is None:
        raise ImportError("the C library of Blosc2 is not where its wheel keeps it")
    library = ctypes.CDLL(str(path))
    number, size, place = ctypes.c_int, ctypes.c_int32, ctypes.c_void_p
    library.blosc2_compress.argtypes = [number, number, size, place, size, place, size]
    library.blosc2_decompress.argtypes = [place, size, place, size]
    library.blosc1_set_blocksize.argtypes = [ctypes.c_size_t]
    library.blosc2_init()
    library.blosc1_set_compressor(b"zstd")
    library.blosc1_set_blocksize(BLOCK)
    # Parts run beside each other; threads inside one would only get in their way.
    library.blosc2_set_nthreads(1)
    return library


def pack(values: np.ndarray) -> memoryview:
    """An array of integers, packed. Raises ValueError when it does not lie in memory in one piece."""
    _must_be_one_piece(values)
    packed = np.empty(values.nbytes + OVERHEAD, np.uint8)
    size = _library().blosc2_compress(
        LEVEL, BITSHUFFLE, values.itemsize, values.ctypes.data, values.nbytes, packed.ctypes.data, packed.nbytes
    )
    if size <= 0:
        raise ValueError(f"Blosc2 could not pack an array of shape {values.shape}: error {size}")
    return packed[:size].data


def unpack(packed: bytes, into: np.ndarray) -> None:
    """Unpack into an array in one piece. Raises ValueError when what was packed is not of that array's size."""
    _must_be_one_piece(into)
    size = _library().blosc2_decompress(packed, len(packed), into.ctypes.data, into.nbytes)
    if size != into.nbytes:
        raise ValueError(f"{size} bytes were packed where {into.nbytes} are wanted")


def _must_be_one_piece(values: np.ndarray) -> None:
    if not values.flags.c_contiguous:
        raise ValueError(f"an array of shape {values.shape} does not lie in memory in one piece")
