"""Measures on disk: arrays by name whose first axis runs over frames.

Those of a film are a zip file of the .npz files of its sections, so that the job of a part reads those that it needs.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile, ZipInfo

from ..runtime.files import atomic_write

if TYPE_CHECKING:
    from ..engines import Measures


def join(paths: Iterable[Path], output: Path) -> None:
    """Write the measures of a film from those of its sections, each named by its first frame and its stop."""
    first = 0
    with atomic_write(output) as temporary, ZipFile(temporary, "w") as file:
        for path in paths:
            content = path.read_bytes()
            stop = first + _frames(content)
            file.writestr(ZipInfo(f"{first}-{stop}.npz"), content)
            first = stop


def between(path: Path, start: int = 0, stop: int | None = None, names: Collection[str] | None = None) -> Measures:
    """The measures of a film in frames start..stop, to its end if None; those of some names, or all."""
    pieces = []
    with ZipFile(path) as file:
        for name in file.namelist():
            first, last = (int(number) for number in name.removesuffix(".npz").split("-"))
            if first < (last if stop is None else stop) and last > start:
                section = _read(file.read(name), names)
                frames = slice(max(start - first, 0), None if stop is None else stop - first)
                pieces.append({key: values[frames] for key, values in section.items()})
    return concatenate(pieces)


def read(paths: Sequence[Path]) -> Measures:
    """The measures of a film from the files of its sections, in order."""
    return concatenate([_read(path.read_bytes()) for path in paths])


def concatenate(pieces: Sequence[Measures]) -> Measures:
    """The measures of consecutive runs of frames as one."""
    import numpy as np

    return {key: np.concatenate([measures[key] for measures in pieces]) for key in pieces[0]}


def save(output: Path, measures: Measures) -> None:
    """Write measures atomically, as an .npz."""
    import numpy as np

    arrays: dict[str, Any] = dict(measures)
    with atomic_write(output) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, **arrays)


def _read(content: bytes, names: Collection[str] | None = None) -> Measures:
    """The arrays of an .npz, those of some names, or all."""
    import numpy as np

    with np.load(io.BytesIO(content)) as arrays:
        return {key: arrays[key] for key in arrays.files if names is None or key in names}


def _frames(content: bytes) -> int:
    """Over how many frames the arrays of an .npz run."""
    import numpy as np

    with np.load(io.BytesIO(content)) as arrays:
        return len(arrays[arrays.files[0]])
