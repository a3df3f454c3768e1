"""Decisions: what a person has decided for one film, from config/decisions/<film>.yaml.

cuts:
  add:    [{frame: 120, transition: cut, why: two takes joined}]
  move:   [{from: 200, to: 202, why: the dissolve begins later}]
  strike: [{frame: 88, why: a flash and not a cut}]
shots:
  - at: 130                      # the shot that holds frame 130
    clean: {strength: 0.4}       # any stage's options; false leaves the stage out of this shot
    why: snow is not dirt
protect:                         # what clean must not touch
  - polygon: {130: [[310, 200], [420, 200], [420, 330]]}
    why: sequins
remove:                          # what it must repair
  - {polygon: {40: [[9, 0], [12, 0], [12, 480]]}, from: 36, to: 70, why: the wire of the aeroplane}
lost:                            # frames torn out of a shot, to be drawn anew
  - {after: 240, frames: 3, sound: silence, why: a splice}
speakers:
  names: {Person 1: Anna}
faces:                           # what becomes of a person's face wherever it is seen
  - {person: Anna, do: leave, why: the lens was soft on purpose}
reviews:                         # what a person thinks of the result; changes no pixel
  - {at: 130, verdict: accepted, by: B. Holm, why: looks like the print}

Any decision may say who took it: by.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from .. import engines
from ..film.lost_frames import LostFrames
from ..film.shots import TRANSITIONS, CutDecisions
from ..runtime.errors import FilmError, unknown_name_error
from ..runtime.text import one_line, shortened
from ..runtime.yaml_text import read_yaml
from . import gaps, regions, reviews, speaker_decisions, written
from .chain import STAGES, Chain, Stage
from .regions import Region

SCHEMA = Path(__file__).parents[2] / "schemas" / "decisions.schema.yaml"
MOST_RECIPE = 256 << 20
"""Bytes of a recipe: it names every frame of every stage."""
KEYS = ("cuts", "shots", *regions.FOLLOWS, "lost", "speakers", "faces", "reviews")
CUTS = {"add": ("frame",), "move": ("from", "to"), "strike": ("frame",)}
"""What can be decided about a cut, and the frame numbers that each decision takes."""
FACES = ("enhance", "leave", "protect")
"""What can be decided about the face of a person."""


@dataclass(frozen=True, kw_only=True)
class ShotDecision:
    """Options of stages for the shot that holds frame `at`; None leaves a stage out."""

    at: int
    options: dict[str, dict[str, Any] | None]
    why: str
    by: str = ""
    """Who took it, if that is said."""

    def row(self) -> dict[str, Any]:
        """What a file of decisions says for it."""
        options = {stage: False if values is None else values for stage, values in self.options.items()}
        return {"at": self.at, **options, **({"by": self.by} if self.by else {}), "why": self.why}


@dataclass(frozen=True, kw_only=True)
class PersonDecision:
    """What becomes of the face of a person in every shot."""

    person: str
    do: str
    """enhance, leave or protect."""
    why: str
    by: str = ""
    """Who took it, if that is said."""


@dataclass(frozen=True, kw_only=True)
class Decisions:
    """All decisions on one film."""

    cuts: CutDecisions = field(default_factory=CutDecisions)
    shots: tuple[ShotDecision, ...] = ()
    regions: tuple[Region, ...] = ()
    lost: tuple[LostFrames, ...] = ()
    speakers: dict[str, Any] = field(default_factory=dict)
    people: tuple[PersonDecision, ...] = ()
    rows: tuple[dict[str, Any], ...] = ()
    """Every decision with its reason, as plain rows for the report."""


def read(path: Path | None) -> Decisions:
    """The decisions in a file; none when it does not exist. Raises FilmError for whatever is not a decision."""
    if path is None or not path.exists():
        return Decisions()
    status = path.stat()
    return _read(path, status.st_mtime_ns, status.st_size)


def table(path: Path) -> dict[str, Any]:
    """The decisions in a file as plain values: of a file of decisions all, of a recipe those that it holds."""
    places = {**schema()["properties"], "decisions": schema()}
    values = read_yaml(path, {**schema(), "properties": places}, most_bytes=MOST_RECIPE)
    if isinstance(values, dict) and {"decisions", "configuration", "frames"} <= set(values):
        values = values["decisions"]
    return written.table(path, values, "the file", KEYS)


@lru_cache
def schema() -> dict[str, Any]:
    """What the places in a file of decisions are for."""
    return dict(read_yaml(SCHEMA))


@lru_cache(maxsize=1024)
def _read(path: Path, changed: int, size: int) -> Decisions:
    values = table(path)
    cuts = written.table(path, values.get("cuts"), "cuts", tuple(CUTS))
    cut_rows = {
        what: [_cut(path, what, item) for item in written.items(path, items, what)] for what, items in cuts.items()
    }
    shots = [_shot(path, item) for item in written.items(path, values.get("shots"), "shots")]
    drawn = [
        _region(path, what, item) for what in regions.FOLLOWS for item in written.items(path, values.get(what), what)
    ]
    lost = [(gaps.read(path, item), item) for item in written.items(path, values.get("lost"), "lost")]
    speakers = speaker_decisions.read(path, values.get("speakers"))
    people = tuple(_person(path, item) for item in written.items(path, values.get("faces"), "faces"))
    return Decisions(
        cuts=CutDecisions(
            add=tuple((item["frame"], item.get("transition", "cut")) for item in cut_rows.get("add", ())),
            move=tuple((item["from"], item["to"]) for item in cut_rows.get("move", ())),
            strike=tuple(item["frame"] for item in cut_rows.get("strike", ())),
        ),
        shots=tuple(shots),
        regions=tuple(drawn),
        lost=tuple(gap for gap, _ in lost),
        speakers=speakers,
        people=people,
        rows=(
            *({"what": f"{what} cut", **item} for what, items in cut_rows.items() for item in items),
            *({"what": "shot options", **shot.row()} for shot in shots),
            *(region.row() for region in drawn),
            *({"what": "lost frames", **item, "why": written.why(path, item)} for _, item in lost),
            *speaker_decisions.rows(speakers),
            *(_face_row(person) for person in people),
            *_reviews(path, values.get("reviews")),
        ),
    )


def after(first: Decisions, then: Decisions) -> Decisions:
    """The decisions on shots of both, in which those of `then` come last and so win; all else comes from `then`."""
    return replace(then, shots=(*first.shots, *then.shots), rows=(*first.rows, *then.rows))


def check(path: Path, chain: Chain) -> None:
    """Raises FilmError when decisions name stages or options that the configuration does not have."""
    decided = read(path)
    used = {stage for edition in chain.editions.values() for stage in edition.stages}
    for region in decided.regions:
        if not used & set(region.stages):
            raise FilmError(
                f"{path} decides to {region.what} a region, but no edition has the stage {region.stages[0]}.",
                "Add it to an edition, or leave the region out.",
            )
    if decided.lost and not any(chain.stages[stage].card.retimes for stage in used):
        raise FilmError(
            f"{path} says where frames were lost, but no edition has a stage that draws them.",
            "Add interpolate to an edition, with `rate: 1x` if its rate is to stay, or leave `lost` out.",
        )
    if decided.people and "faces" not in used:
        raise FilmError(
            f"{path} decides on the face of {decided.people[0].person}, but no edition has the stage faces.",
            "Add it to an edition, or leave `faces` out.",
        )
    for decision in decided.shots:
        for name, changed in decision.options.items():
            if name not in chain.stages:
                raise FilmError(
                    f"{path} decides on {name} at frame {decision.at}, but no edition has that stage.",
                    f"Add it to an edition, or decide on one of: {', '.join(chain.stages)}.",
                )
            if changed is None and (chain.stages[name].enlargement.changes or chain.stages[name].card.retimes):
                raise FilmError(
                    f"{path} leaves {name} out of the shot at frame {decision.at}.",
                    "It changes the size or number of frames, so it runs in every shot or in none.",
                )
            if changed is not None:
                _check_options(path, decision, chain, name, changed)


def _check_options(path: Path, decision: ShotDecision, chain: Chain, name: str, changed: dict[str, Any]) -> None:
    try:
        stage = chain.stages[name]
        options = stage.changed(changed)
        stage.require_pictures(options)
        for edition in chain.editions.values():
            if name in edition.stages:
                edition.require_class(stage, options)
    except FilmError as error:
        raise FilmError(f"In {path} at frame {decision.at}: {error.message}", error.hint) from error


def weights(decided: Decisions, stage: str) -> list[str]:
    """The weights that decisions name for a stage, in some shots."""
    options = (decision.options.get(stage) or {} for decision in decided.shots)
    return sorted({str(values["weights"]) for values in options if values.get("weights")})


def idle(decided: Decisions, chain: Chain) -> frozenset[str]:
    """The stages that would change no frame of a film: their engines are given nothing that they could go by."""
    return frozenset(name for name, stage in chain.stages.items() if stage.card.needs_any and not _fed(decided, stage))


def _fed(decided: Decisions, stage: Stage) -> bool:
    """Whether the configuration or a decision gives the engine of a stage one of the options that it needs."""
    usual: dict[str, Any] = vars(engines.options.read(engines.find(stage.name, stage.engine)))
    given = [vars(stage.options), *(decision.options.get(stage.name) or {} for decision in decided.shots)]
    return any(_differs(values.get(name), usual[name]) for values in given for name in stage.card.needs_any)


def _differs(value: Any, usual: Any) -> bool:
    """Whether a value is given that is not the usual one; a list and a tuple of the same are."""
    alike = tuple(value) if isinstance(value, list) else value
    return value is not None and value != {} and alike != usual


def _cut(path: Path, what: str, item: Any) -> dict[str, Any]:
    frames = CUTS[what]
    example = f"Write it as {{{', '.join(f'{key}: 120' for key in frames)}, why: ...}}."
    if not isinstance(item, dict) or not all(written.is_frame(item.get(key)) for key in frames):
        raise FilmError(f"In {path} a cut to {what} does not say at which frame: {shortened(item)}.", example)
    for key in item:
        if key not in (*frames, "why", "by", *(["transition"] if what == "add" else [])):
            raise FilmError(f"In {path} a cut to {what} has the unknown key '{key}'.", example)
    if item.get("transition", "cut") not in TRANSITIONS:
        raise unknown_name_error(f"transition in {path}", str(item["transition"]), TRANSITIONS)
    return {**item, "why": written.why(path, item)}


def _shot(path: Path, item: Any) -> ShotDecision:
    if not isinstance(item, dict) or not written.is_frame(item.get("at")):
        raise FilmError(
            f"In {path} a decision on a shot does not say at which frame: {shortened(item)}.",
            "Give any frame of the shot as `at:`, counted from 0.",
        )
    options: dict[str, dict[str, Any] | None] = {}
    for stage, values in item.items():
        if stage in ("at", "why", "by"):
            continue
        if stage not in STAGES:
            raise unknown_name_error(f"stage in {path}", str(stage), STAGES)
        if values is not False and not isinstance(values, dict):
            raise FilmError(
                f"In {path} {stage} at frame {item['at']} is {shortened(repr(values))}.",
                "Give options, or false to leave it out.",
            )
        options[stage] = None if values is False else values
    if not options:
        raise FilmError(
            f"In {path} the decision at frame {item['at']} names no stage.", f"Stages: {', '.join(STAGES)}."
        )
    return ShotDecision(at=item["at"], options=options, why=written.why(path, item), by=str(item.get("by") or ""))


def _reviews(path: Path, items: Any) -> Iterator[dict[str, Any]]:
    """Reviews as rows for the report."""
    for item in written.items(path, items, "reviews"):
        yield {**reviews.row(path, item), **written.by(item), "why": written.why(path, item)}


def _person(path: Path, item: Any) -> PersonDecision:
    example = "Write it as {person: Anna Holm, do: leave, why: ...}."
    if not isinstance(item, dict) or not str(item.get("person") or "").strip() or "do" not in item:
        raise FilmError(
            f"In {path} a decision on a face does not say whose it is and what to do: {shortened(item)}.", example
        )
    for key in item:
        if key not in ("person", "do", "why", "by"):
            raise unknown_name_error(f"key of a decision on a face in {path}", str(key), ("person", "do", "why", "by"))
    if item["do"] not in FACES:
        raise unknown_name_error(f"value of do in {path}", str(item["do"]), FACES)
    why, by = written.why(path, item), str(item.get("by") or "")
    return PersonDecision(person=one_line(str(item["person"])), do=str(item["do"]), why=why, by=by)


def _face_row(person: PersonDecision) -> dict[str, Any]:
    by = {"by": person.by} if person.by else {}
    return {"what": f"{person.do} the face of {person.person}", **by, "why": person.why}


def _region(path: Path, what: str, item: Any) -> Region:
    region = regions.read(path, what, item)
    written.why(path, item)
    return region
