"""Measures of frames on disk: arrays by name whose first axis runs over frames."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..runtime.files import atomic_write

if TYPE_CHECKING:
    from ..engines import Measures


def gather(paths: list[Path], output: Path) -> None:
    """Join the measures of all sections into those of the film; those of a single one are the film's."""
    if len(paths) > 1:
        save(output, joined(paths))
        return
    with atomic_write(output) as temporary:
        shutil.copyfile(paths[0], temporary)


def joined(paths: list[Path]) -> Measures:
    """The measures of a film from those of its sections."""
    import numpy as np

    return in_a_row([dict(np.load(path)) for path in paths])


def in_a_row(found: list[Measures]) -> Measures:
    """Measures of runs of frames, one after another, as those of all of them."""
    import numpy as np

    return {key: np.concatenate([measures[key] for measures in found]) for key in found[0]}


def save(output: Path, measures: Measures) -> None:
    """Write measures whole, as an .npz."""
    import numpy as np

    arrays: dict[str, Any] = dict(measures)
    with atomic_write(output) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, **arrays)
