"""The fingerprints of all films of a run, recomputed when the cut of a film or the decisions on it change."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..runtime.errors import FilmError
from . import auto_decisions, decisions, film_cut, painted, people, shot_colours
from .chain import Chain
from .decisions import Decisions
from .film_fingerprints import Fingerprints

State = tuple[tuple[int, int], ...]
"""Modification time (ns) and length of each file."""


@dataclass(frozen=True, kw_only=True)
class Given:
    """What a run is given of a film, before it knows how the film is cut."""

    folder: str
    """The folder of the film's results."""
    decisions: Path | None = None
    """The file of decisions on it, if there is one."""
    pictures: Path | None = None
    """The folder of coloured pictures, if there is one."""
    matte: bool = False
    elements: int = 0
    """How many other elements it has."""
    parts: int | None = None
    """How many parts the run wants; None takes the film as it was cut."""
    shortest: int | None = None
    """The fewest frames that a part may have; None: as few as one has."""


class FingerprintCache:
    """Fingerprints by film; a run asks for them once for each job."""

    def __init__(self, chain: Chain, device: str = "cpu") -> None:
        self._chain, self._device = chain, device
        self._fingerprints: dict[tuple[Given, bool, bool], tuple[State, Fingerprints]] = {}

    def of(self, film: Given, *, resolved: bool = False, named: bool = True) -> Fingerprints:
        """The fingerprints of a film.

        `resolved`: include the decisions that `stages: auto` resolved to, overruled by a person's. `named`: include the
        decisions on the faces of people. Raises FileNotFoundError while the files that say how the film is cut, what
        was resolved, who is where, or what elements show, are missing, or cut it into another number of parts.
        """
        key = (film, resolved, named)
        coloured = painted.files(film.pictures)
        wishes = decisions.read(film.decisions).people if named else ()
        needed = [*([auto_decisions.FILE] if resolved else []), *(people.FILES if wishes else [])]
        needed += film_cut.element_files(film.elements)
        state = _state(film, coloured, needed)
        if key not in self._fingerprints or self._fingerprints[key][0] != state:
            folder, decided = Path(film.folder), decisions.read(film.decisions)
            try:
                cut = film_cut.read(folder, decided.cuts, matte=film.matte, elements=film.elements)
                if film.parts not in (None, len(cut.parts)):
                    raise _missing(f"{folder}/{film_cut.SHOTS}")
                drawn = painted.decisions(coloured, cut.shots)
                names = decided.speakers.get("names") or {}
                of_people = people.decisions(folder, wishes, names, cut.shots, cut.size)
                decided = decisions.after(Decisions(shots=(*drawn, *of_people)), decided)
                automatic = decisions.read(folder / auto_decisions.FILE).shots if resolved else ()
                left = shot_colours.standing(automatic, decided.shots, cut.shots, self._chain)
                made = Fingerprints(
                    cut, self._chain, decided, resolved=left, device=self._device, shortest=film.shortest
                )
                self._fingerprints[key] = state, made
            except FilmError as error:
                place = f"{film.decisions}: " if film.decisions else ""
                raise type(error)(f"{place}{error.message}", error.hint) from error
        return self._fingerprints[key][1]


def _state(film: Given, pictures: Sequence[Path], needed: Sequence[str]) -> State:
    """The state of the files that fingerprints depend on; of the film's folder those `needed` must be there."""
    files = [f"{film.folder}/{name}" for name in (film_cut.FACTS, film_cut.PARTS, film_cut.DETECTED)]
    optional = [film.decisions, Path(film.folder, film_cut.MATTE)]
    files += [str(path) for path in (*optional, *pictures) if path and path.exists()]
    for name in needed:
        files.append(f"{film.folder}/{name}")
        if not os.path.exists(files[-1]):
            raise _missing(files[-1])
    try:
        states = [os.stat(file) for file in files]
    except FileNotFoundError as error:
        # Snakemake defers params that lack an input of the job, and of these files only this one is an input.
        raise _missing(f"{film.folder}/{film_cut.SHOTS}") from error
    return tuple((state.st_mtime_ns, state.st_size) for state in states)


def _missing(file: str) -> FileNotFoundError:
    return FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), file)
