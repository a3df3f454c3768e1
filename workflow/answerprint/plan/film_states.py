"""How far each film of a run is: finished, begun or not, the time left by the forecast, and the disk it takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..runtime.errors import FilmError
from . import forecast
from .forecast import MeasuredCosts
from .paths import ROOT, Paths

FINISHED, NOT_BEGUN = "finished", "not begun"


@dataclass(frozen=True, kw_only=True)
class FilmState:
    """How far one film is."""

    film: str
    state: str
    """finished, not begun, how many percent of the work is done, or why the film cannot be restored."""
    left: float
    """Seconds of one core and one GPU that are still to come."""


def left_out(film: str, error: FilmError) -> FilmState:
    """The state of a film whose source cannot be read."""
    return FilmState(film=film, state=f"cannot be restored: {error.message}", left=0.0)


def state(paths: Paths, film: str, measured: MeasuredCosts, root: Path = Path(ROOT)) -> FilmState:
    """The state of one film by the files in its folder of results."""
    if all((root.parent / path).exists() for path in paths.results(film)):
        return FilmState(film=film, state=FINISHED, left=0.0)
    rows = forecast.film(paths, film, measured, root)
    whole, done = sum(row.cpu + row.gpu for row in rows), _done(paths, film, measured, root)
    if not (root / film / "survey").exists():
        return FilmState(film=film, state=NOT_BEGUN, left=whole)
    share = min(1.0, done / whole)
    return FilmState(film=film, state=f"{100 * share:.0f} % done", left=whole - done)


def disk(film: str, root: Path = Path(ROOT)) -> int:
    """Bytes of a film's results and working files."""
    folder = root / film
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _done(paths: Paths, film: str, measured: MeasuredCosts, root: Path) -> float:
    """Seconds of work that the records of finished jobs stand for."""
    size, rate = forecast.size_of(paths, film, root), paths.facts(film).rate
    parts = paths.parts(film)
    seconds: dict[tuple[str, str], float] = {}
    for edition in paths.project.films[film].editions:
        for step in forecast.steps(paths.project, rate, size, edition, measured):
            folder = root / film / step.edition / step.stage.name
            there = sum((folder / f"{part}.json").exists() for part in parts)
            seconds[step.edition, step.stage.name] = step.seconds * there / len(parts)
    return sum(seconds.values())


def table(states: Sequence[FilmState], root: Path = Path(ROOT)) -> str:
    """The states and the disk that each film takes as a table for the terminal, with their sum."""
    rows = [("film", "hours left", "GB on disk", "state")]
    taken = [disk(one.film, root) for one in states]
    for one, size in zip(states, taken, strict=True):
        rows.append((one.film, f"{one.left / 3600:.2f}", f"{size / 1e9:.2f}", one.state))
    rows.append(("all", f"{sum(one.left for one in states) / 3600:.2f}", f"{sum(taken) / 1e9:.2f}", ""))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return "\n".join(
        f"{row[0]:{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]:>{widths[2]}}  {row[3]}".rstrip() for row in rows
    )
