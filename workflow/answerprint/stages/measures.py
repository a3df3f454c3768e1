"""Measures on disk: arrays by name whose first axis runs over frames."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..runtime.files import atomic_write

if TYPE_CHECKING:
    from ..engines import Measures


def join(paths: Sequence[Path], output: Path) -> None:
    """Write the measures of a film from those of its sections; of a single section the file is copied."""
    if len(paths) > 1:
        save(output, read(paths))
        return
    with atomic_write(output) as temporary:
        shutil.copyfile(paths[0], temporary)


def read(paths: Sequence[Path]) -> Measures:
    """The measures of a film from the files of its sections, in order."""
    import numpy as np

    return concatenate([dict(np.load(path)) for path in paths])


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
