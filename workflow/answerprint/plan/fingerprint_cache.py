"""The fingerprints of all films of a run, recomputed when the cut of a film or the decisions on it change."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from pathlib import Path

from ..runtime.errors import FilmError
from . import auto_decisions, decisions, film_cut, painted, people
from .chain import Chain
from .decisions import Decisions
from .film_fingerprints import Fingerprints

State = tuple[tuple[int, int], ...]
"""Modification time (ns) and length of each file."""


class FingerprintCache:
    """Fingerprints by film; a run asks for them once for each job."""

    def __init__(self, chain: Chain, device: str = "cpu") -> None:
        self._chain, self._device = chain, device
        self._fingerprints: dict[tuple[str, bool, bool, bool, int], tuple[State, Fingerprints]] = {}

    def of(
        self,
        folder: str,
        decisions_file: Path | None,
        *,
        matte: bool = False,
        resolved: bool = False,
        pictures: Path | None = None,
        named: bool = True,
        elements: int = 0,
    ) -> Fingerprints:
        """The fingerprints of the film whose results are in `folder`; `matte` says whether it has one.

        `resolved`: include the decisions that `stages: auto` resolved to, overruled by a person's. `pictures`: the
        folder of coloured pictures, if there is one. `named`: include the decisions on the faces of people.
        `elements`: how many other elements it has. Raises FileNotFoundError while the files that say how the film is
        cut, what was resolved, who is where, or what elements show, are missing.
        """
        key = (folder, matte, resolved, named, elements)
        coloured = painted.files(pictures)
        wishes = decisions.read(decisions_file).people if named else ()
        needed = [*([auto_decisions.FILE] if resolved else []), *(people.FILES if wishes else [])]
        needed += film_cut.element_files(elements)
        state = _state(folder, decisions_file, coloured, needed)
        if key not in self._fingerprints or self._fingerprints[key][0] != state:
            decided = decisions.read(decisions_file)
            try:
                cut = film_cut.read(Path(folder), decided.cuts, matte=matte, elements=elements)
                drawn = painted.decisions(coloured, cut.shots)
                names = decided.speakers.get("names") or {}
                of_people = people.decisions(Path(folder), wishes, names, cut.shots, cut.size)
                decided = decisions.after(Decisions(shots=(*drawn, *of_people)), decided)
                if resolved:
                    decided = decisions.after(decisions.read(Path(folder, auto_decisions.FILE)), decided)
                self._fingerprints[key] = state, Fingerprints(cut, self._chain, decided, self._device)
            except FilmError as error:
                raise FilmError(f"{decisions_file}: {error.message}", error.hint) from error
        return self._fingerprints[key][1]


def _state(folder: str, decisions_file: Path | None, pictures: Sequence[Path], needed: Sequence[str]) -> State:
    """The state of the files that fingerprints depend on; of the film's folder those `needed` must be there."""
    files = [f"{folder}/{name}" for name in (film_cut.FACTS, film_cut.PARTS, film_cut.DETECTED)]
    optional = [decisions_file, Path(folder, film_cut.MATTE)]
    files += [str(path) for path in (*optional, *pictures) if path and path.exists()]
    for name in needed:
        files.append(f"{folder}/{name}")
        if not os.path.exists(files[-1]):
            raise _missing(files[-1])
    try:
        states = [os.stat(file) for file in files]
    except FileNotFoundError as error:
        # Snakemake defers params that lack an input of the job, and of these files only this one is an input.
        raise _missing(f"{folder}/{film_cut.SHOTS}") from error
    return tuple((state.st_mtime_ns, state.st_size) for state in states)


def _missing(file: str) -> FileNotFoundError:
    return FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), file)
