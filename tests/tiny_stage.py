"""A tiny film in three shots and engines of a line or two, to see what a stage's job makes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from answerprint.engines import Card, Clip, PixelEngine, Result
from answerprint.film.frame_rates import Retiming, out_rate
from answerprint.frames.part_file import Reader, to_floats, to_integers
from answerprint.plan.fingerprint import Marks, Span, StageFingerprint
from answerprint.runtime.files import digest, read_json
from answerprint.stages.run import run
from answerprint.stages.stage_job import StageJob
from films import moving_texture
from part_files import write_parts

DEPTH = 10
FRAMES, HEIGHT, WIDTH = 15, 9, 14
SHOTS = ((0, 4), (4, 11), (11, 15))
ONE_PART: tuple[tuple[int, int], ...] = ((0, 15),)
WAYS_TO_CUT = [ONE_PART, ((0, 4), (4, 11), (11, 15)), ((0, 2), (2, 6), (6, 9), (9, 12), (12, 15))]


def drawn() -> np.ndarray:
    """Three shots of a moving texture, each of another brightness: float32 (n, h, w, 1)."""
    film = moving_texture(FRAMES, HEIGHT, WIDTH)
    for (start, stop), light in zip(SHOTS, (1.0, 0.4, 0.7), strict=True):
        film[start:stop] *= np.float32(light)
    return to_floats(to_integers(film, DEPTH), DEPTH)


FILM = drawn()
STORED = to_integers(FILM, DEPTH)


@dataclass(frozen=True, kw_only=True)
class TinyOptions:
    """The options of all engines here."""

    strength: float = 1.0
    rate: str = "2x"
    repeats: tuple[str, ...] = ()


def card(**facts: Any) -> Card:
    values = {"stage": "clean", "name": "tiny", "kind": "repair", "summary": "", "paper": "", "licence": "MIT"}
    return Card(**{**values, **facts})


class Tiny(PixelEngine):
    """An engine of these tests."""

    Options = TinyOptions
    options: TinyOptions


class Averages(Tiny):
    """Each frame becomes the mean of those at most two away that it is shown."""

    card = card(radius=2)

    def run(self, clip: Clip) -> Result:
        means = [clip.frames[max(0, i - 2) : i + 3].mean(axis=0) for i in clip.indices]
        light = np.array([frame.mean() for frame in means])
        return Result(frames=np.stack(means) * np.float32(self.options.strength), statistics={"light": light})


class Whitens(Tiny):
    """Makes marked pixels white, or all of them where nothing is marked."""

    card = card(multiple=8)

    def run(self, clip: Clip) -> Result:
        frames = clip.frames[clip.core].copy()
        frames[slice(None) if clip.marked is None else clip.marked[clip.core]] = 1
        return Result(frames=frames, statistics={"width": np.full(len(frames), float(frames.shape[2]))})


@dataclass
class Made:
    """What the jobs of a film wrote."""

    frames: np.ndarray
    changes: np.ndarray
    """uint8 (n, h, w)."""
    records: list[dict[str, Any]]
    files: list[Path] = field(default_factory=list)

    def numbers(self, name: str) -> list[float]:
        """One statistic of all frames."""
        return [value for record in self.records for value in record["statistics"][name]]


def film_of(
    folder: Path,
    kind: type[PixelEngine],
    bounds: Sequence[tuple[int, int]] = ONE_PART,
    *,
    frames: np.ndarray = FILM,
    left_out: Sequence[tuple[int, int]] = (),
    options: Mapping[str, Any] | None = None,
    of_shots: Mapping[tuple[int, int], Mapping[str, Any]] | None = None,
    marks: Marks | None = None,
    lost: tuple[tuple[int, int], ...] = (),
    absent: tuple[int, ...] = (),
    **files: Any,
) -> Made:
    """The film of these tests through an engine, in those parts, without the shots that are left out."""
    folder.mkdir(exist_ok=True)
    paths = files.pop("paths", None) or write_parts(folder, frames, bounds, DEPTH)
    spans = []
    for start, stop in SHOTS:
        values = TinyOptions(**{**(options or {}), **(of_shots or {}).get((start, stop), {})})
        spans.append(Span(start=start, stop=stop, options=None if (start, stop) in left_out else asdict(values)))
    made = Made(np.empty(0), np.empty(0), [])
    for part, (first, stop) in enumerate(bounds):
        rates = Fraction(18), out_rate(Fraction(18), (options or {}).get("rate", "2x"))
        own = Retiming(frames=FRAMES, before=rates[0], after=rates[1], lost=lost).part(first, stop)
        beside = slice(max(0, part - 1), part + 2) if kind.card.radius else slice(part, part + 1)
        fingerprint = StageFingerprint(
            edition="restored",
            stage=kind.card.stage,
            part=part,
            engine=kind.card.name,
            device="cpu",
            depth=DEPTH,
            first=first,
            stop=stop,
            bounds=tuple(bounds[beside]),
            rate="18",
            film_frames=FRAMES,
            output_channels=kind.card.output_channels,
            lead=own.lead,
            lost=own.lost,
            absent=absent,
            spans=tuple(span for span in spans if span.start < stop and span.stop > first),
            marks=marks,
            code="",
            before="",
        )
        outputs = {name: folder / f"{part}.{name}" for name in ("output", "changes", "record")}
        run(StageJob(fingerprint=fingerprint, film="reel", label="test", frames=paths[beside], **outputs, **files))
        made.files.append(outputs["output"])
        made.records.append(read_json(outputs["record"]))
        assert made.records[-1]["fingerprint"] == digest(fingerprint.to_json())
    made.frames = np.concatenate([Reader(path).integers(0, len(Reader(path))) for path in made.files])
    maps = [Reader(folder / f"{part}.changes") for part in range(len(bounds))]
    made.changes = np.concatenate([reader.integers(0, len(reader))[:, 0] for reader in maps])
    return made


def averaged(shots: Sequence[tuple[int, int]] = SHOTS, strength: float = 1) -> np.ndarray:
    """What `Averages` makes of the film when each of those shots is handed to it whole."""
    frames = [
        FILM[max(start, i - 2) : min(stop, i + 3)].mean(axis=0) for start, stop in shots for i in range(start, stop)
    ]
    return to_integers(np.stack(frames) * np.float32(strength), DEPTH)
