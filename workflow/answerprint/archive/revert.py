"""Reverting: the original pixels put back into a packaged print.

What a stage changed is in the change map of the package. The pixels before that stage come from the film itself: the
recipe in the package makes them again. They are compared with the digests that the recipe holds, and with every pixel
of the print that no stage has changed since.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np

from ..film.facts import read_film
from ..frames.part_file import Reader
from ..plan.chain import STAGES
from ..prints import change_maps, reprint
from ..prints.change_maps import bit
from ..prints.prints import look_of
from ..runtime.errors import FilmError
from ..runtime.files import sha256, write_json
from .recipe import SHORT
from .reversion import Reversion

MASTER, CHANGES, RECORD = "master.mkv", "changes.mkv", "reverted.json"


def require_intact(package: Path, *names: str) -> None:
    """Raises FilmError for a file of a package that is missing, or not what its manifest says."""
    lines = (package / "manifest-sha256.txt").read_text(encoding="utf-8").splitlines()
    manifest = {name: digest for digest, name in (line.split(maxsplit=1) for line in lines)}
    for name in names:
        path = package / "data" / name
        if not path.is_file():
            raise FilmError(f"The package {package} has no {name}.", "It is needed to revert; see `prints`.")
        if sha256(path) != manifest.get(f"data/{name}"):
            raise FilmError(f"{path} is damaged.", "Restore it from another copy of the package.")


class Originals:
    """The original pixels of the frames to revert, from the part files that hold them."""

    def __init__(self, reversion: Reversion, recipe: Mapping[str, Any], files: Mapping[int, Path]) -> None:
        """files: the part files by number. Raises FilmError where their frames are not those of the recipe."""
        self._parts = [(range(*recipe["parts"][number]), Reader(path)) for number, path in sorted(files.items())]
        edition, stage = reversion.before
        digests = (recipe["frames"].get(edition) or {}).get(stage) or {}
        for number, (frames, reader) in zip(sorted(files), self._parts, strict=True):
            # Ingested frames have no digests: the source's own tells that they are the same.
            expected = (digests.get(str(number)) or digests.get(number) or {}).get("frames", "").split()
            made = [digest[:SHORT] for digest in reader.digests]
            if len(made) != len(frames) or (digests and made != expected):
                raise FilmError(
                    f"The frames before {reversion.stage or 'the first stage'} were not reproduced exactly, so that "
                    "nothing can be put back.",
                    "Run `reproduce` with the same package to see what differs.",
                )

    def frame(self, number: int) -> np.ndarray:
        """The stored values (channels, h, w) of a frame of the film."""
        frames, reader = next(one for one in self._parts if number in one[0])
        index = number - frames.start
        return reader.integers(index, index + 1)[0]


@dataclass(frozen=True, kw_only=True)
class Reverting:
    """One print of a package to be reverted."""

    package: Path
    reversion: Reversion
    originals: Originals

    @property
    def data(self) -> Path:
        """Where the package's files are."""
        return self.package / "data"


def write(job: Reverting, folder: Path) -> dict[str, Any]:
    """Write the reverted master and its change map to `folder`, and a record of it; returns the record.

    Raises FilmError when the package is damaged, or the originals are not those of its print.
    """
    reversion = job.reversion
    master, changes = (f"{reversion.edition}/{name}" for name in (MASTER, CHANGES))
    require_intact(job.package, "source.json", master, changes)
    _require_same_bits(job.data / changes)
    film = read_film(job.data / "source.json")
    look = look_of(film, "", enlargements=reversion.enlargements)
    marks = reprint.decoded_frames(job.data / changes, reversion.frames)
    count = 0

    def put_back(number: int, values: np.ndarray) -> np.ndarray:
        nonlocal count
        map_ = next(marks)[1][0]
        original = np.broadcast_to(job.originals.frame(number), values.shape)
        _require_same_film(number, values, original, map_ & np.uint16(reversion.cleared) == 0)
        where = reversion.pixels(map_)
        count += int(np.count_nonzero(where))
        return np.where(where, original, values)

    def clear(number: int, map_: np.ndarray) -> np.ndarray:
        return np.where(reversion.pixels(map_[0]), map_ & np.uint16(0xFFFF - reversion.cleared), map_)

    for print_, name, change in (("master", master, put_back), ("changes", changes, clear)):
        again = reprint.Reprint(
            print_=print_,
            original=job.data / name,
            look=look,
            changed=reversion.frames,
            comment=f"{_comment(job.data / name)} Reverted: {reversion}.",
        )
        reprint.write(again, folder / Path(name).name, change)
    record = _record(job, count) | {"master": sha256(job.data / master), "source": film.sha256}
    write_json(folder / RECORD, record)
    return record


def _record(job: Reverting, pixels: int) -> dict[str, Any]:
    frames = job.reversion.frames
    return {**dataclasses.asdict(job.reversion), "frames": [frames.start, frames.stop], "pixels": pixels}


def _require_same_bits(changes: Path) -> None:
    """Raises FilmError for a change map whose bits stand for other stages than here."""
    if any(bit(stage) != value for stage, value in change_maps.stages_of(changes).items() if stage in STAGES):
        raise FilmError(
            f"{changes} gives the stages other bits than this version of answerprint.",
            "Use the version that wrote the package: its bundle.tar.gz holds it.",
        )


def _require_same_film(number: int, values: np.ndarray, original: np.ndarray, unchanged: np.ndarray) -> None:
    """Raises FilmError where a print differs from the film in pixels that nothing has changed."""
    if (values != original)[:, unchanged].any():
        raise FilmError(
            f"Frame {number} of the print is not the film's where nothing was changed, so that the package and the "
            "film do not belong together.",
            "Run `reproduce` with the same package to see what differs.",
        )


def _comment(path: Path) -> str:
    with av.open(f"file:{path}") as container:
        tags = {name.lower(): value for name, value in container.metadata.items()}
    return str(tags.get("comment", ""))
