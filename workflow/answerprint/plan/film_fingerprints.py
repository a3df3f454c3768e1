"""The fingerprints of one film, from how it is cut, what was decided, and the chain of stages.

They hold the options of the shots that a job touches, for its own stage and all before it. A decision on one shot
therefore changes the fingerprints of the parts with frames of that shot, and no others. Reasons are left out: a
reworded `why` runs nothing again.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from .. import engines
from ..engines import models
from ..film import lost_frames, shots
from ..film.enlargement import aspect_after
from ..film.frame_rates import Retiming, out_rate
from ..film.parts import Part, beside, sections
from ..film.shots import Shot
from ..runtime.code_digest import digest_of
from ..runtime.errors import FilmError
from ..runtime.files import digest, sha256
from . import decisions, named_frames, regions, shot_colours
from .chain import INGEST, SOURCE, Chain, Stage
from .decisions import Decisions, ShotDecision
from .film_cut import FilmCut
from .fingerprint import Bounds, Carrier, ElementPlace, Marks, MeasureFingerprint, Span, StageFingerprint
from .regions import Region


class Fingerprints:
    """The fingerprints of one film."""

    def __init__(
        self,
        cut: FilmCut,
        chain: Chain,
        decided: Decisions,
        *,
        resolved: Sequence[ShotDecision] = (),
        device: str = "cpu",
        shortest: int | None = None,
    ) -> None:
        """resolved: what `stages: auto` resolved to, which the decisions of people overrule. shortest: the fewest
        frames that a part may have; without it, as few as one has.

        Raises FilmError for a decision on a frame or region that the film does not have.
        """
        self._cut, self._chain, self._device = cut, chain, device
        self._shortest = shortest or min(part.frames for part in cut.parts)
        said = named_frames.by_shot(decided.shots, cut.shots)
        self._decisions = named_frames.by_shot((*resolved, *decided.shots), cut.shots)
        self._regions: dict[Shot, list[Region]] = {}
        for region in decided.regions:
            shot = regions.shot_of(region, cut.shots)
            _require_clean(region, said.get(shot, ()))
            self._regions.setdefault(shot, []).append(region)
        self._idle = decisions.idle(dataclasses.replace(decided, shots=(*resolved, *decided.shots)), chain)
        lost_frames.require_inside(decided.lost, cut.shots)
        self._lost = lost_frames.ordered(decided.lost)
        self._options: dict[tuple[str, Shot], dict[str, Any] | None] = {}
        self._upstream: dict[tuple[str, str, int], str] = {}

    def ingest(self, index: int) -> dict[str, Any]:
        """What determines the frames of one part as ingested."""
        part = self._cut.parts[index]
        return {"stage": INGEST, "part": index, "first": part.first, "stop": part.stop, "origin": self._cut.origin}

    def element(self, number: int, index: int) -> dict[str, Any]:
        """What determines the frames of one part as another element shows them."""
        part, element = self._cut.parts[index], self._cut.elements[number]
        place = _within(element, part.first, part.stop)
        return {"part": index, "first": part.first, "stop": part.stop, **dataclasses.asdict(place)}

    def stage(self, edition: str, name: str, index: int) -> StageFingerprint:
        """What determines the frames of one part at one stage."""
        part, stage = self._cut.parts[index], self._chain.stages[name]
        spans = self._spans(edition, stage, part)
        return StageFingerprint(
            edition=edition,
            stage=name,
            part=index,
            engine=stage.engine,
            device=self._device if stage.card.gpu else "cpu",
            depth=self._cut.depth,
            first=part.first,
            stop=part.stop,
            bounds=self._bounds(range(index, index + 1), stage.radius),
            rate=str(self._cut.rate),
            film_frames=self._cut.frames,
            output_channels=None if name in self._idle else stage.card.output_channels,
            **self._retiming(stage, part),
            pixel_aspect=self._pixel_aspect(edition, name),
            spans=spans,
            marks=self._marks(edition, name, index),
            elements=self._elements(name, index),
            code=digest([engine_code(name, stage.engine), _file_digests(stage, spans)]),
            before=self._before(edition, name, index),
        )

    def _pixel_aspect(self, edition: str, name: str) -> str:
        """The aspect of the pixels that a stage reads, if it makes them square; else 1, whatever they are."""
        if not self._chain.stages[name].enlargement.square_pixels:
            return "1"
        before = self._chain.before(edition, name)
        steps = () if before[0] == SOURCE else self._chain.enlargements(*before)
        return str(aspect_after(self._cut.pixel_aspect, (step.step for step in steps)))

    def _retiming(self, stage: Stage, part: Part) -> dict[str, Any]:
        """What a stage that retimes the film must know of lost frames and gaps to draw a part."""
        if stage.rate is None:
            return {}
        after = out_rate(self._cut.rate, stage.rate)
        whole = Retiming(frames=self._cut.frames, before=self._cut.rate, after=after, lost=self._lost)
        own = whole.part(part.first, part.stop)
        near = range(part.first - lost_frames.MOST, part.stop + lost_frames.MOST + 1)
        return {"lead": own.lead, "lost": own.lost, "absent": tuple(n for n in self._cut.absent if n in near)}

    def measure(self, edition: str, name: str, section: int) -> MeasureFingerprint:
        """What determines the measures of one section for a stage."""
        stage = self._chain.stages[name]
        members = sections(len(self._cut.parts))[section]
        code = engine_code(name, stage.engine, "stages.measure")
        files = [Path(path) for path in stage.measured_files]
        if files:
            code = digest([code, *(part for path in files for part in (path.name, file_digest(path)))])
        first, stop = self._cut.parts[members.start].first, self._cut.parts[members.stop - 1].stop
        reach = stage.card.measure_radius
        near = range(first - reach + 1, stop + reach)
        cuts = tuple(shot.start for shot in self._cut.shots if stage.card.measures_shots and shot.start in near)
        return MeasureFingerprint(
            edition=edition,
            stage=name,
            engine=stage.engine,
            first=first,
            stop=stop,
            bounds=self._bounds(members, reach),
            cuts=cuts,
            options=dataclasses.asdict(stage.options),
            code=code,
            device=self._device if stage.measures_by_network and stage.card.gpu else "cpu",
            before=tuple(self._before(edition, name, index) for index in members),
        )

    def regions(self) -> dict[str, dict[str, Any]]:
        """What to track for each region of the film, by the digest that names the region."""
        return dict(self._region_task(shot, region) for shot, drawn in self._regions.items() for region in drawn)

    def _region_task(self, shot: Shot, region: Region) -> tuple[str, dict[str, Any]]:
        task = regions.task(region, shot)
        return digest([task, self._cut.origin, digest_of("stages.track_regions")]), task

    def _marks(self, edition: str, name: str, index: int) -> Marks | None:
        """What is marked in the shots that a part touches, and the stages that move the marks before this one."""
        part = self._cut.parts[index]
        names: dict[str, list[str]] = {"remove": [], "protect": []}
        for shot in shots.overlapping(self._cut.shots, part.first, part.stop):
            for region in self._regions.get(shot, ()):
                if name in region.stages:
                    names[region.what].append(self._region_task(shot, region)[0])
        matte = self._cut.matte if name in regions.MENDING else ""
        if not (matte or any(names.values())):
            return None
        return Marks(
            matte=matte,
            remove=tuple(names["remove"]),
            protect=tuple(names["protect"]),
            carriers=tuple(self._carrier(*step, part) for step in regions.carriers(self._chain, edition, name)),
            size=self._cut.size,
        )

    def _elements(self, name: str, index: int) -> tuple[ElementPlace, ...]:
        """What other elements show in a part and beside it, for a stage that takes pixels from them."""
        if name not in regions.MENDING:
            return ()
        bounds = self._bounds(range(index, index + 1), self._chain.stages[name].radius)
        return tuple(_within(element, bounds[0][0], bounds[-1][1]) for element in self._cut.elements)

    def _carrier(self, edition: str, name: str, part: Part) -> Carrier:
        stage = self._chain.stages[name]
        return Carrier(
            edition=edition,
            stage=name,
            engine=stage.engine,
            spans=self._spans(edition, stage, part),
            pixel_aspect=self._pixel_aspect(edition, name),
        )

    def _spans(self, edition: str, stage: Stage, part: Part) -> tuple[Span, ...]:
        """The shots that a part touches, with a stage's options for each."""
        touched = shots.overlapping(self._cut.shots, part.first, part.stop)
        left_out = {shot for shot in touched if stage.name == shot_colours.TINT and self._coloured(edition, shot)}
        return tuple(
            Span(start=s.start, stop=s.stop, options=None if s in left_out else self._shot_options(stage, s))
            for s in touched
        )

    def _coloured(self, edition: str, shot: Shot) -> bool:
        """Whether somebody coloured a shot, in an edition that shows it."""
        shown = any(name == shot_colours.COLORIZE for _, name in self._chain.lineage(edition))
        return shown and shot_colours.coloured(
            self._shot_options(self._chain.stages[shot_colours.COLORIZE], shot), shot
        )

    def _shot_options(self, stage: Stage, shot: Shot) -> dict[str, Any] | None:
        if (stage.name, shot) not in self._options:
            # A stage that has nothing to go by is left out of the whole film: grey film then stays one plane.
            options = None if stage.name in self._idle else dataclasses.asdict(stage.options)
            for decision in self._decisions.get(shot, ()):
                if stage.name in decision.options:
                    changed = decision.options[stage.name]
                    options = None if changed is None else dataclasses.asdict(stage.changed(changed, options))
            self._options[stage.name, shot] = options
        return self._options[stage.name, shot]

    def _before(self, edition: str, name: str, index: int) -> str:
        """A digest of everything that was done to the frames of a part's shots before a stage."""
        key = (edition, name, index)
        if key not in self._upstream:
            before = self._chain.before(edition, name)
            if before[0] == SOURCE:
                self._upstream[key] = self._cut.origin
            else:
                stage = self._chain.stages[before[1]]
                spans = self._spans(before[0], stage, self._cut.parts[index])
                code = [engine_code(stage.name, stage.engine), _file_digests(stage, spans)]
                aspect = self._pixel_aspect(*before)
                applied = [stage.name, stage.engine, *map(dataclasses.asdict, spans), *code, aspect]
                marks = self._marks(*before, index)
                marked = dataclasses.asdict(marks) if marks else None
                others = [dataclasses.asdict(one) for one in self._elements(stage.name, index)]
                # Without other elements the digest is that of a film that cannot have any.
                done = [applied, marked, *([others] if others else [])]
                self._upstream[key] = digest([self._before(*before, index), *done])
        return self._upstream[key]

    def _bounds(self, members: range, radius: int) -> Bounds:
        """Bounds of some parts, and of those on either side that hold the `radius` frames beside them."""
        reach = beside(radius, self._shortest)
        read = self._cut.parts[max(0, members.start - reach) : members.stop + reach]
        return tuple((part.first, part.stop) for part in read)


def _require_clean(region: Region, said: Sequence[ShotDecision]) -> None:
    """Raises FilmError for a region to remove where somebody left out the stage that does it.

    Where `stages: auto` left it out that is decided anew.
    """
    cleans = [decision.options["clean"] for decision in said if "clean" in decision.options]
    if region.what == "remove" and cleans and cleans[-1] is None:
        raise FilmError(
            f"The region to remove at frame {region.keys[0][0]} lies in a shot that leaves out clean.",
            "Clean is the stage that repairs it: drop one of the two decisions.",
        )


def _within(element: ElementPlace, first: int, stop: int) -> ElementPlace:
    """What an element shows of the film frames first..stop."""
    cut = [(max(start, first), start, other, min(start + number, stop)) for start, other, number in element.runs]
    runs = tuple((low, other + low - start, high - low) for low, start, other, high in cut if low < high)
    return dataclasses.replace(element, runs=runs)


@lru_cache
def engine_code(stage: str, engine: str, runner: str = "stages.run") -> str:
    """The digest of an engine's code: its file, what runs it, and every module of the package that they import."""
    return digest_of(f"engines.{stage}.{engine}", runner)


def _file_digests(stage: Stage, spans: tuple[Span, ...]) -> list[list[str]]:
    """Names and checksums of the files that options name: weights, reference pictures."""
    paths = {
        path
        for span in spans
        if span.options is not None
        for path in engines.options.files(engines.find(stage.name, stage.engine), span.options)
    }
    # Only the name and content of a file count: its folder may differ from machine to machine.
    return [[Path(path).name, file_digest(Path(path))] for path in sorted(paths)]


def file_digest(path: Path) -> str:
    """The SHA-256 of a file; of one that is still to be fetched, the published one."""
    if not path.is_file():
        return models.published_sum(path)
    status = path.stat()
    return _sha256(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=4096)
def _sha256(path: Path, changed: int, size: int) -> str:
    return sha256(path)


def require(expected: list[str], records: list[dict[str, Any]]) -> None:
    """Raises FilmError when frames were made with other fingerprints than the current ones.

    `expected` holds the current digests, one for each record.
    """
    for current, record in zip(expected, records, strict=True):
        if record["fingerprint"] != current:
            raise FilmError(
                f"Part {record['part'] + 1} at stage {record['stage']} of {record['edition']} was made with other "
                "options or decisions than the current ones.",
                "Run the same command again.",
            )
