"""Runs one engine over one part: reads windows of frames, never across a cut, and writes what comes out.

The pixels depend on the brief and on the frames, and on nothing else: not on how a film is cut into parts or a
part into blocks.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from .. import engines
from ..engines import Clip, Measures, PixelEngine
from ..film.frame_rates import out_rate, positions
from ..frames import part_file
from ..frames.part_file import Reader, Writer
from ..runtime.files import digest, write_json
from ..runtime.progress import Progress
from .masks import Marks
from .measures import in_a_row, save

BLOCK_BYTES = 64_000_000
"""Memory for the frames handed to an engine at once: 24 frames of 640x360 grey and more, 2 to 5 of 1080p."""
MOST_BLOCK = 24


class Window:
    """Film frames read from a part and its neighbours."""

    def __init__(self, paths: list[Path], bounds: list[list[int]]) -> None:
        self._readers = [(first, stop, Reader(path)) for path, (first, stop) in zip(paths, bounds, strict=True)]
        self.first = bounds[0][0]
        self.stop = bounds[-1][1]
        reader = self._readers[0][2]
        self.channels, self.size, self.depth = reader.channels, reader.size, reader.depth

    def integers(self, start: int, stop: int) -> np.ndarray:
        """Film frames start..stop as stored."""
        pieces = [
            reader.integers(max(start, first) - first, min(stop, last) - first)
            for first, last, reader in self._readers
            if first < stop and last > start
        ]
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)

    def place(self, frame: int) -> tuple[Reader, int]:
        """The part file that holds a film frame, and its number there."""
        return next((reader, frame - first) for first, stop, reader in self._readers if first <= frame < stop)

    def frames(self, start: int, stop: int) -> np.ndarray:
        """Film frames start..stop as float32 (n, h, w, c), 0..1."""
        return part_file.to_floats(self.integers(start, stop), self.depth)

    def block(self) -> int:
        """How many frames fit into one block."""
        height, width = self.size
        return max(2, min(MOST_BLOCK, BLOCK_BYTES // (height * width * self.channels * 4)))


def _blocks(start: int, stop: int, size: int, edges: Iterable[int] = ()) -> Iterator[tuple[int, int]]:
    """Runs of at most `size` frames, none of which reaches over an edge."""
    for low, high in pairwise([start, *sorted(edge for edge in edges if start < edge < stop), stop]):
        for begin in range(low, high, size):
            yield begin, min(begin + size, high)


def measure(brief: dict[str, Any], paths: list[Path], output: Path, record: Path, label: str) -> None:
    """Measure the frames of a section for a stage that plans over the shot, and write the arrays to an .npz."""
    engine = _engine(brief, brief["options"])
    measure_with(
        engine.measure,
        radius=engine.card.measure_radius,
        paths=paths,
        bounds=brief["parts"],
        own=(brief["first"], brief["stop"]),
        output=output,
        record=record,
        label=label,
    )


def measure_with(
    function: Callable[[Clip], Measures],
    *,
    radius: int,
    paths: list[Path],
    bounds: list[list[int]],
    own: tuple[int, int],
    output: Path,
    record: Path,
    label: str,
) -> None:
    """Write what `function` finds in the film frames `own` of `paths`, seen with `radius` neighbours, to an .npz."""
    window = Window(paths, bounds)
    first, last = own
    progress = Progress(label, last - first)
    found: list[Measures] = []
    for start, stop in _blocks(first, last, window.block()):
        low, high = max(window.first, start - radius), min(window.stop, stop + radius)
        clip = Clip(frames=window.frames(low, high), core=slice(start - low, stop - low), first=low)
        with progress.working():
            found.append(function(clip))
        progress.add(stop - start)
    save(output, in_a_row(found))
    write_json(record, {"frames": last - first, "seconds": round(progress.seconds, 3), "work": round(progress.work, 3)})


def run(
    brief: dict[str, Any],
    paths: list[Path],
    *,
    output: Path,
    changes: Path,
    record: Path,
    film: str,
    label: str,
    measures: Path | None = None,
    matte: Path | None = None,
    regions: Path | None = None,
    carried: list[Path] | None = None,
) -> None:
    """Run a stage over a part: write its frames, which pixels changed, and the record.

    `measures` are the film's, for a stage that plans; `matte` and `regions` hold its marks, `carried` the measures of
    the stages that have moved the picture since. What a person protects comes out as it went in.
    """
    if brief["stage"] == "interpolate":
        _interpolate(brief, paths, output, changes, record, film, label)
        return
    window = Window(paths, brief["parts"])
    loaded = _engine(brief, next((row["options"] for row in brief["spans"] if row["options"] is not None), None))
    measured = dict(np.load(measures)) if measures else {}
    height, width = window.size
    given = Marks(brief["marks"], window.size, matte=matte, followed=regions, measures=carried)
    frames = brief["stop"] - brief["first"]
    scale, channels = loaded.scale, 3 if brief["stage"] == "colorize" else window.channels
    progress = Progress(label, frames)
    statistics: dict[str, list[float]] = {}
    shares: list[float] = []
    with (
        Writer(
            output, frames=frames, channels=channels, height=height * scale, width=width * scale, depth=brief["depth"]
        ) as pixels,
        Writer(changes, frames=frames, channels=1, height=height * scale, width=width * scale, depth=8) as marks,
    ):
        for place, row in enumerate(brief["spans"]):
            engine = loaded.with_options(_options(brief, row["options"])) if row["options"] is not None else None
            plan: Measures = {}
            if engine and engine.card.measured:
                shot = {key: value[row["start"] : row["stop"]] for key, value in measured.items()}
                with progress.working():
                    plan = engine.plan(shot, first=row["start"])
            begin, end = max(row["start"], brief["first"]), min(row["stop"], brief["stop"])
            for start, stop in _blocks(begin, end, window.block(), given.edges):
                radius = engine.card.radius if engine else 0
                low = max(row["start"], window.first, start - radius)
                high = min(row["stop"], window.stop, stop + radius)
                held = window.integers(low, high)
                before = held[start - low : stop - low]
                if engine:
                    shown = {key: value[low - row["start"] : high - row["start"]] for key, value in plan.items()}
                    seen = part_file.to_floats(held, window.depth)
                    core = slice(start - low, stop - low)
                    marked, protected = given.of(place, low, high, core)
                    clip = Clip(frames=seen, core=core, first=low, plan=shown, marked=marked)
                    after, numbers = _through(engine, clip, channels, window.depth, progress)
                    if protected is not None:
                        np.copyto(after, before, where=protected[core][:, None])
                else:
                    after, numbers = np.repeat(before, channels // before.shape[1], axis=1), {}
                for key in sorted({*statistics, *numbers}):
                    values = statistics.setdefault(key, [0.0] * len(shares))
                    values += np.ravel(numbers.get(key, np.zeros(stop - start))).tolist()
                changed = _changed(before, after)
                for index, frame in enumerate(after):
                    if changed[index].any() or not pixels.copy(*window.place(start + index)):
                        pixels.write(frame[None])
                marks.write(changed[:, None])
                shares += [float(np.count_nonzero(frame)) / frame.size for frame in changed]
                progress.add(stop - start)
    values = frames * height * width * window.channels
    _write_record(record, brief, film, loaded, statistics, shares, pixels.digests, values, progress)


def _through(
    engine: PixelEngine, clip: Clip, channels: int, depth: int, progress: Progress
) -> tuple[np.ndarray, Measures]:
    """One block through an engine: values to store, and the engine's numbers."""
    height, width = clip.frames.shape[1:3]
    padding = [(0, 0), (0, -height % engine.card.multiple), (0, -width % engine.card.multiple), (0, 0)]
    if any(after for _, after in padding):
        marked = None if clip.marked is None else np.pad(clip.marked, padding[:3])
        clip = dataclasses.replace(clip, frames=np.pad(clip.frames, padding, mode="edge"), marked=marked)
    with progress.working():
        result = engine.run(clip)
    frames = result.frames[:, : height * engine.scale, : width * engine.scale]
    if frames.shape[3] < channels:
        frames = np.repeat(frames, channels, axis=3)
    return part_file.to_integers(frames, depth), result.statistics


def _changed(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """1 where any channel of a pixel is another than before; everywhere after a change of size."""
    if before.shape[2:] != after.shape[2:]:
        return np.ones((len(after), *after.shape[2:]), np.uint8)
    return (before != after).any(axis=1).astype(np.uint8)


def _interpolate(
    brief: dict[str, Any], paths: list[Path], output: Path, changes: Path, record: Path, film: str, label: str
) -> None:
    window = Window(paths, brief["parts"])
    engine: Any = _engine(brief, brief["spans"][0]["options"])
    rate = Fraction(brief["rate"])
    wanted = out_rate(rate, brief["spans"][0]["options"]["rate"])
    places = positions(brief["first"], brief["stop"], brief["film_frames"], rate, wanted)
    height, width = window.size
    progress = Progress(label, len(places))
    made: list[float] = []
    with (
        Writer(
            output, frames=len(places), channels=window.channels, height=height, width=width, depth=brief["depth"]
        ) as pixels,
        Writer(changes, frames=len(places), channels=1, height=height, width=width, depth=8) as marks,
    ):
        for _, place in places:
            # Beyond the last frame there is nothing to lead to: it is held.
            index = min(int(place), brief["film_frames"] - 1)
            row = next(r for r in brief["spans"] if r["start"] <= index < r["stop"])
            held = place == index or index + 1 >= row["stop"]
            if held:
                planes = window.integers(index, index + 1)
            else:
                a, b = window.frames(index, index + 2)
                own = engine.with_options(_options(brief, row["options"]))
                with progress.working():
                    frame = own.between(a, b, float(place - index))
                planes = part_file.to_integers(frame[None], brief["depth"])
            pixels.write(planes)
            marks.write(np.full((1, 1, height, width), 0 if held else 1, np.uint8))
            made.append(0.0 if held else 1.0)
            progress.add()
    values = len(places) * height * width * window.channels
    _write_record(record, brief, film, engine, {"in_between": made}, made, pixels.digests, values, progress)


def _engine(brief: dict[str, Any], values: dict[str, Any] | None) -> Any:
    engine = engines.find(brief["stage"], brief["engine"])(
        _options(brief, values) if values is not None else None, device=brief["device"]
    )
    if values is not None:
        engine.load()
    return engine


def _options(brief: dict[str, Any], values: dict[str, Any]) -> Any:
    return engines.options(brief["stage"], brief["engine"], values)


def _write_record(
    path: Path,
    brief: dict[str, Any],
    film: str,
    engine: Any,
    statistics: dict[str, list[float]],
    shares: list[float],
    digests: list[str],
    values: int,
    progress: Progress,
) -> None:
    seconds = progress.seconds
    write_json(
        path,
        {
            "film": film,
            "edition": brief["edition"],
            "stage": brief["stage"],
            "part": brief["part"],
            "first": brief["first"],
            "frames": len(digests),
            "engine": dataclasses.asdict(engine.card),
            "device": brief["device"],
            "options": brief["spans"],
            "brief": digest(brief),
            "statistics": {key: [round(v, 6) for v in values] for key, values in statistics.items()},
            "changed": [round(v, 6) for v in shares],
            "seconds": round(seconds, 3),
            "work": round(progress.work, 3),
            "megavalues": round(values / 1e6, 3),
            "fps": round(len(digests) / max(seconds, 1e-6), 2),
            "digests": digests,
        },
    )
