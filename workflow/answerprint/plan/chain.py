"""The chain: stages in the order of the film, and the editions that run through them.

This is the one place that knows the order of stages.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import engines
from ..engines import Card, models
from ..film import cadence
from ..film.enlargement import Enlargement
from ..runtime.errors import FilmError, unknown_name_error
from .folders import require_edition_name

STAGES = (
    *("video", "stabilise", "deflicker", "dyes", "clean", "denoise", "upscale", "faces"),
    *("colorize", "tint", "grade", "interpolate"),
)
SOURCE = "source"
INGEST = "ingest"
KINDS = ("repair", "enhance", "generate")
FILM_WIDE = ("scale", "to", "square_pixels", "rate", "register", "mesh")
"""Options that set the size or rate of the frames, or what is measured of the whole film: all shots must share them."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One stage of the configuration: its engine, by name, and that engine's options."""

    name: str
    engine: str
    options: Any

    @property
    def card(self) -> Card:
        """The card of the engine."""
        return engines.find(self.name, self.engine).card

    @property
    def kind(self) -> str:
        """Its class: its engine's, or that of its weights where they invent more than others of their kind."""
        return self.kind_of(self.options)

    def kind_of(self, options: Any) -> str:
        """Its class with other options, such as those of one shot. Weights of the registry count by path too."""
        weights = getattr(options, "weights", None)
        return self.kind_with(models.entry_of(weights) if weights else None)

    def kind_with(self, entry: models.Entry | None) -> str:
        """Its class with the weights of an entry of the registry."""
        kinds = [self.card.kind or "repair", *([entry.kind] if entry and entry.kind else [])]
        return max(kinds, key=KINDS.index)

    def changed(self, values: dict[str, Any], over: dict[str, Any] | None = None) -> Any:
        """The stage's options (or `over`) with `values` laid over them for one shot.

        Raises FilmError when the engine refuses them, or when they must be the same for the whole film.
        """
        before = dataclasses.asdict(self.options) if over is None else over
        options = engines.options.read(engines.find(self.name, self.engine), {**before, **values})
        for name in (*FILM_WIDE, *self.card.measure_options):
            if getattr(options, name, None) != getattr(self.options, name, None):
                raise FilmError(
                    f"{self.name}.{name} must be the same for the whole film.",
                    "Set it under stages in the configuration.",
                )
        return options

    @property
    def measuring_weights(self) -> tuple[str, ...]:
        """The weights that its measuring reads, by name or path; where there are any, it may run on a GPU."""
        fields = {field.name: field for field in dataclasses.fields(self.options)}
        files = [name for name in self.card.measure_options if fields[name].metadata.get("file")]
        values = (getattr(self.options, name) for name in files)
        # Lists are of pictures, as portraits are.
        return tuple(value for value in values if isinstance(value, str))

    @property
    def measures_by_network(self) -> bool:
        """Whether its measuring reads weights, and runs on a GPU where the engine does."""
        return bool(self.measuring_weights)

    @property
    def measured_files(self) -> list[str]:
        """The files that its measuring reads: weights, portraits."""
        return engines.options.files(engines.find(self.name, self.engine), self.options, self.card.measure_options)

    @property
    def pictures(self) -> list[str]:
        """The pictures that its options name: references, portraits."""
        return self._pictures(self.options)

    def frame_pictures(self, options: Any) -> list[str]:
        """The pictures that some of its options name and that lie over a frame of the film."""
        names = {option.name for option in dataclasses.fields(options) if option.metadata.get("of_frame")}
        return engines.options.files(engines.find(self.name, self.engine), options, names)

    def require_pictures(self, options: Any) -> None:
        """Raises FilmError when some of its options name a picture or a table that is not there."""
        for path in map(Path, self._pictures(options)):
            if not path.is_file():
                raise FilmError(
                    f"{self.name} is to use the file {path}, but there is none.",
                    f"Relative paths count from {Path.cwd()}. Check the spelling.",
                )

    def _pictures(self, options: Any) -> list[str]:
        fields = dataclasses.fields(options)
        names = {option.name for option in fields if not isinstance(getattr(options, option.name), str)}
        return engines.options.files(engines.find(self.name, self.engine), options, names)

    @property
    def radius(self) -> int:
        """How many neighbouring frames it reads on either side: between two, as far as the film's own may lie."""
        return max(self.card.radius, cadence.LONGEST if self.card.retimes else 0)

    @property
    def rate(self) -> str | None:
        """The rate that it gives a film, as written in its options; None if it keeps the film's own."""
        return str(self.options.rate) if self.card.retimes else None

    @property
    def enlargement(self) -> Enlargement:
        """How large its frames come out."""
        kind: Any = engines.find(self.name, self.engine)
        return kind(self.options).enlargement if issubclass(kind, engines.PixelEngine) else Enlargement()


@dataclass(frozen=True, kw_only=True)
class Edition:
    """One edition: the edition that it grows from, its class, and its stages in order."""

    name: str
    parent: str
    kind: str
    stages: tuple[str, ...]

    def require_class(self, stage: Stage, options: Any) -> None:
        """Raises FilmError when a stage of this edition is of a higher class than the edition, with those options."""
        kind = stage.kind_of(options)
        if KINDS.index(kind) > KINDS.index(self.kind):
            raise FilmError(
                f"Edition {self.name} has class {self.kind}, but {_described(stage, options)} is of class {kind}.",
                f"Write class: {kind}, or leave the stage out.",
            )


@dataclass(frozen=True, kw_only=True)
class Chain:
    """All editions and stages of a configuration."""

    editions: dict[str, Edition]
    stages: dict[str, Stage]

    def lineage(self, edition: str) -> list[tuple[str, str]]:
        """(edition, stage) pairs from the source to the end of an edition; the source itself is (source, ingest)."""
        if edition == SOURCE:
            return [(SOURCE, INGEST)]
        parent, stages = self.editions[edition].parent, self.editions[edition].stages
        return self.lineage(parent) + [(edition, stage) for stage in stages]

    def require_pictures(self, editions: Iterable[str]) -> None:
        """Raises FilmError when the configuration of a stage of these editions names a picture that is not there."""
        for name in dict.fromkeys(stage for edition in editions for _, stage in self.lineage(edition)):
            if name in self.stages:
                self.stages[name].require_pictures(self.stages[name].options)

    def parent(self, edition: str, made: Collection[str]) -> str:
        """The nearest edition among `made` that an edition grows from; source if none of them is."""
        parent = self.editions[edition].parent
        return parent if parent == SOURCE or parent in made else self.parent(parent, made)

    def added(self, edition: str, made: Collection[str]) -> list[tuple[str, str]]:
        """The (edition, stage) pairs between an edition and the nearest one among `made` that it grows from."""
        return self.lineage(edition)[len(self.lineage(self.parent(edition, made))) :]

    def before(self, edition: str, stage: str) -> tuple[str, str]:
        """The (edition, stage) whose frames a stage reads."""
        steps = self.lineage(edition)
        return steps[steps.index((edition, stage)) - 1]

    def end(self, edition: str) -> tuple[str, str]:
        """The (edition, stage) whose frames an edition shows."""
        return self.lineage(edition)[-1]

    def radius(self) -> int:
        """The largest number of neighbouring frames that any stage reads on either side."""
        used = {stage for edition in self.editions.values() for stage in edition.stages}
        return max(
            (max(self.stages[stage].radius, self.stages[stage].card.measure_radius) for stage in used),
            default=0,
        )

    def retiming(self, edition: str) -> Stage | None:
        """The stage that changes the rate of an edition; None if it keeps the film's."""
        stages = (self.stages[stage] for _, stage in self.lineage(edition)[1:])
        return next((stage for stage in stages if stage.card.retimes), None)

    def output_channels(self, edition: str, idle: Collection[str] = ()) -> int | None:
        """Channels of an edition's frames; None if it keeps those of the source. `idle`: stages that change nothing."""
        stages = (stage for _, stage in self.lineage(edition)[1:] if stage not in idle)
        channels = [self.stages[stage].card.output_channels for stage in stages]
        return next((number for number in reversed(channels) if number), None)

    def enlargements(self, edition: str, stage: str | None = None) -> tuple[Enlargement, ...]:
        """How frames are enlarged from the source to a stage, it included, or to the end of an edition; in order."""
        lineage = self.lineage(edition)
        end = lineage.index((edition, stage)) + 1 if stage else len(lineage)
        steps = [self.stages[name].enlargement for _, name in lineage[1:end]]
        return tuple(step for step in steps if step.changes)

    def require_larger(self, edition: str, height: int) -> None:
        """Raises FilmError where a stage would make frames smaller; `height`: that of the source."""
        for step in self.enlargements(edition):
            step.require_larger(height)
            height, _ = step.size(height, height)


def resolve(editions: dict[str, dict[str, Any]], stages: dict[str, dict[str, Any]]) -> Chain:
    """The chain that a configuration describes. Raises FilmError that names what is wrong and the valid names."""
    for name in stages:
        if name not in STAGES:
            raise unknown_name_error("stage", name, STAGES)
    used = [stage for edition in editions.values() for stage in edition.get("stages") or ()]
    for name in used:
        if name not in STAGES:
            raise unknown_name_error("stage", name, STAGES)
    resolved = {name: _stage(name, dict(stages.get(name) or {})) for name in STAGES if name in stages or name in used}
    return Chain(editions=dict(_editions(editions, resolved)), stages=resolved)


def _stage(name: str, values: dict[str, Any]) -> Stage:
    engine = values.pop("engine", None)
    if engine is None:
        raise FilmError(f"Stage {name} has no engine.", f"Name one under stages.{name}.engine in the configuration.")
    return Stage(name=name, engine=engine, options=engines.options.read(engines.find(name, engine), values))


def _editions(editions: dict[str, dict[str, Any]], stages: dict[str, Stage]) -> Iterator[tuple[str, Edition]]:
    for name, values in editions.items():
        parent = values.get("from", SOURCE)
        order = tuple(values.get("stages") or ())
        require_edition_name(name)
        if list(order) != [stage for stage in STAGES if stage in order]:
            raise FilmError(
                f"The stages of edition {name} are repeated or out of order.", f"The order is: {', '.join(STAGES)}."
            )
        _check_parents(name, editions, stages)
        _check_line(name, editions)
        edition = Edition(name=name, parent=parent, kind=values.get("class", "repair"), stages=order)
        if edition.kind not in KINDS:
            raise unknown_name_error("class of an edition", str(edition.kind), KINDS)
        for stage in order:
            edition.require_class(stages[stage], stages[stage].options)
        yield name, edition


def _described(stage: Stage, options: Any) -> str:
    """An engine for messages, with its weights where they make it what it is."""
    with_weights = f" with {options.weights}" if stage.kind_of(options) != stage.card.kind else ""
    return f"{stage.name}/{stage.engine}{with_weights}"


def _check_parents(name: str, editions: dict[str, dict[str, Any]], stages: dict[str, Stage]) -> None:
    ancestors = [name]
    parent = editions[name].get("from", SOURCE)
    while parent != SOURCE:
        if parent not in editions:
            raise unknown_name_error(f"edition to start {name} from", str(parent), [SOURCE, *editions])
        if parent in ancestors:
            raise FilmError(f"Edition {name} grows from itself.", f"Follow `from:` through {' → '.join(ancestors)}.")
        retiming = [stage for stage in editions[parent].get("stages") or () if stages[stage].card.retimes]
        if retiming:
            raise FilmError(
                f"Edition {name} grows from {parent}, which has in-between frames.",
                f"Let it grow from an edition without the stage {retiming[0]}.",
            )
        if KINDS.index(editions[name].get("class", "repair")) < KINDS.index(editions[parent].get("class", "repair")):
            raise FilmError(
                f"Edition {name} has a lower class than {parent}, which it grows from.",
                f"Write class: {editions[parent].get('class')}.",
            )
        ancestors.append(parent)
        parent = editions[parent].get("from", SOURCE)


def _check_line(name: str, editions: dict[str, dict[str, Any]]) -> None:
    """Raises FilmError where an edition has a stage of one that it grows from, or one that belongs before those."""
    own, parent = editions[name].get("stages") or (), editions[name].get("from", SOURCE)
    while own and parent != SOURCE:
        for stage in editions[parent].get("stages") or ():
            if stage in own:
                # Change maps, options and decisions know a stage by its name alone.
                raise FilmError(
                    f"Edition {name} has the stage {stage}, and so has {parent}, which it grows from.",
                    f"Leave it out of one of them. For a second pass restore the master of {parent} in another run.",
                )
            if STAGES.index(stage) > STAGES.index(own[0]):
                raise FilmError(
                    f"Edition {name} grows from {parent}, whose stage {stage} belongs after {own[0]}.",
                    f"Let it grow from an edition without {stage}. The order is: {', '.join(STAGES)}.",
                )
        parent = editions[parent].get("from", SOURCE)
