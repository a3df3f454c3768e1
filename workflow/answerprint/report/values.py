"""Everything that the report of a film shows, as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from ..plan.chain import SOURCE
from . import census as counts
from . import gallery, verdict
from .census import Census
from .stills import certainty


@dataclass(frozen=True, kw_only=True)
class Edition:
    """One edition, as the report shows it."""

    name: str
    parent: str
    kind: str
    """repair, enhance or generate."""
    kinds: Mapping[str, str]
    """The class of each stage from the source to its end, in order."""
    steps: Sequence[str] = ()
    """edition/stage of those that it adds to its parent's: its own, and of editions between that are not made."""
    left_out: Mapping[str, str] = field(default_factory=dict)
    """Stages that did not run, and why."""
    records: Sequence[Mapping[str, Any]] = ()
    """The stage records of all parts."""
    stills: Sequence[Path] = ()
    """Folders with an index.json, as `stills.write` writes them."""
    census: Census = field(default_factory=dict)
    drawn: float = 0.0
    """The share of pixels that were drawn from the fields of an interlaced film before the first stage."""
    prints: Sequence[Mapping[str, Any]] = ()
    """One mapping for each print: `file`, `size` in bytes, and any other facts by name."""
    label: str = ""
    """Its digital source type, as `labels.source_type` gives it."""
    check: Mapping[str, Any] | None = None
    """check.json: passed, and checks with name, expected, found, passed."""

    @property
    def added(self) -> list[str]:
        """The stages that it adds to its parent's."""
        return [step.partition("/")[2] for step in self.steps]

    @property
    def ran(self) -> list[str]:
        """Those of them that ran in a shot; a stage without records is taken to have run."""
        spans: dict[str, list[Any]] = {}
        for record in self.own_records:
            spans.setdefault(record["stage"], []).extend(span["options"] for span in record["options"])
        return [stage for stage in self.added if any(one is not None for one in spans.get(stage, [{}]))]

    @property
    def changing(self) -> list[str]:
        """Those of them that changed a pixel; all, where no change map tells."""
        shares = counts.by_stage(counts.whole(self.census))
        return [stage for stage in self.ran if stage in shares or not self.census]

    @property
    def own_records(self) -> list[Mapping[str, Any]]:
        """The records of those stages."""
        return [record for record in self.records if f"{record['edition']}/{record['stage']}" in self.steps]

    @property
    def says(self) -> str:
        """What was done to its pixels, in words."""
        drawn = self.drawn if self.parent == SOURCE else 0.0
        return verdict.sentence(self.census, self.kinds, self.added, drawn) if self.census else ""

    @property
    def classes(self) -> dict[str, float]:
        """The share of pixels by the highest class that touched each, as `census.by_kind` counts them."""
        return counts.by_kind(counts.whole(self.census), self.kinds, self.drawn)

    @property
    def failed(self) -> int:
        """How many checks failed."""
        return sum(not row["passed"] for row in self.check["checks"]) if self.check else 0


@dataclass(frozen=True, kw_only=True)
class Report:
    """One report."""

    source: Mapping[str, Any]
    """source.json."""
    shots: Sequence[Mapping[str, Any]]
    """shots.json."""
    editions: Sequence[Edition]
    """In the order of the film."""
    analysis: Sequence[Mapping[str, Any]] = ()
    """analysis.json: one mapping for each shot with numbers by name, and `suggests`."""
    transcript: Sequence[Mapping[str, Any]] = ()
    """transcript.json; empty if nobody speaks."""
    timeline: str = ""
    """The HTML that `timeline.markup` drew of the transcript."""
    clips: Mapping[str, str] = field(default_factory=dict)
    """The sound of lines, as `sound_clips.clips` gives it."""
    decisions: Sequence[Mapping[str, Any]] = ()
    """What a person decided: `what`, `why`, and `where` if it holds for a part of the film."""
    rows: Sequence[Mapping[str, Any]] = ()
    """The same and the reviews, as `Decisions.rows` has them."""
    written: Mapping[str, Any] = field(default_factory=dict)
    """The film's file of decisions as plain values, which new ones are added to."""
    warnings: Sequence[str] = ()
    """Sentences to read first."""
    engines: Sequence[Mapping[str, Any]] = ()
    """The engines of the steps that are no stages: `step`, `name`, `licence`, `paper`."""
    models: Sequence[Mapping[str, Any]] = ()
    """Published weights that were used, as the recipe lists them."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """The versions of answerprint and its packages, and the digest of the recipe."""
    most_bytes: int = gallery.MOST_BYTES
    """Of all pictures."""

    @property
    def title(self) -> str:
        """The film's title, or else its name."""
        return str(self.source.get("title") or self.source["film"])

    @property
    def rate(self) -> Fraction:
        """Frames a second."""
        return Fraction(self.source["rate"])

    @property
    def steps(self) -> list[str]:
        """edition/stage of every stage of every edition, in order; the source is source/ingest."""
        return list(dict.fromkeys(["source/ingest", *(step for edition in self.editions for step in edition.steps)]))

    @property
    def pictured(self) -> list[str]:
        """The same, and before each stage that colours the picture of how certain its colour is."""
        pairs = ([certainty(step), step] if step.endswith("/colorize") else [step] for step in self.steps)
        return [key for pair in pairs for key in pair]
