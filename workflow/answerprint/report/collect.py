"""Gathers a film's results into its report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import av

from .. import engines
from ..engines import models
from ..film.shots import SURE, from_json
from ..plan import decisions, painted, shot_colours
from ..plan.chain import SOURCE, STAGES, Chain
from ..plan.config import STEPS
from ..plan.decisions import Decisions, ShotDecision
from ..prints import labels
from ..runtime.files import read_json
from ..runtime.yaml_text import read_yaml
from . import census, facts, formatting, pointed_faces, stage_doings
from .part_stills import CENSUS
from .values import Edition, Report


@dataclass(frozen=True, kw_only=True)
class Results:
    """The files of one film that its report is made from."""

    folder: Path
    chain: Chain
    editions: tuple[str, ...]
    prints: Mapping[str, str]
    """The file name of each print."""
    source: Path
    shots: Path
    analysis: Path
    transcript: Path
    timeline: Path
    clips: Path
    recipe: Path
    matte: Path | None
    elements: Sequence[Path] = ()
    """What is known of each other element, and where it lies along the film."""
    decisions: Path | None
    pictures: Sequence[Path] = ()
    """The pictures that a person coloured."""
    resolved: Path | None
    """What `stages: auto` resolved to."""
    records: Sequence[Path]
    """The joined records of all stages of all editions."""
    stills: Sequence[Path]
    """Folders of stills, of all parts of all editions."""


def collect(results: Results) -> Report:
    """The report of a film from its results."""
    decided = decisions.read(results.decisions)
    shots = read_json(results.shots)
    coloured = Decisions(shots=tuple(painted.decisions(results.pictures, from_json(shots))))
    reasons = decisions.after(decisions.read(results.resolved), decisions.after(coloured, decided)).shots
    rows = (*decided.rows, *painted.rows(results.pictures))
    records = [_with_reasons(record, reasons) for path in results.records for record in read_json(path)]
    source, transcript = read_json(results.source), read_json(results.transcript)
    source["matte"] = read_json(results.matte) if results.matte else None
    source["elements"] = [read_json(path) for path in results.elements]
    editions = [_edition(results, name, records, decided, source) for name in results.editions]
    recipe = read_yaml(results.recipe, most_bytes=decisions.MOST_RECIPE)
    return Report(
        source=source,
        shots=shots,
        editions=editions,
        analysis=read_json(results.analysis),
        transcript=transcript,
        timeline=results.timeline.read_text(encoding="utf-8"),
        clips=read_json(results.clips),
        decisions=[_decision(row) for row in rows],
        rows=rows,
        written=decisions.table(results.decisions) if results.decisions else {},
        warnings=[
            *_inventions(results.chain, editions, decided),
            *_warnings(source, editions, transcript),
            *cuts_in_doubt(shots),
        ],
        engines=list(_step_engines(recipe.get("configuration") or {})),
        models=recipe.get("models") or (),
        versions={**recipe["environment"], "recipe": recipe["digest"]},
    )


def _with_reasons(record: dict[str, Any], reasons: Sequence[ShotDecision]) -> dict[str, Any]:
    """A record with the reason for the options of each shot: a person's, or else the analysis's; empty without one."""
    options, stage = [], record["stage"]
    for span in record["options"]:
        rows = [one for one in reasons if span["start"] <= one.at < span["stop"] and stage in one.options]
        why = rows[-1].why if rows else ""
        if stage == shot_colours.TINT and span["options"] is None and not (rows and rows[-1].options[stage] is None):
            why = shot_colours.UNTINTED
        options.append({**span, "why": why})
    return {**record, "options": options}


def _edition(
    results: Results, name: str, records: list[dict[str, Any]], decided: Decisions, source: dict[str, Any]
) -> Edition:
    edition = results.chain.editions[name]
    lineage = [step for step in results.chain.lineage(name) if step[0] != SOURCE]
    done = [stage for _, stage in lineage]
    folder = results.folder / name
    stills = [path for path in results.stills if path.is_relative_to(folder)]
    return Edition(
        name=name,
        parent=results.chain.parent(name, results.editions),
        kind=edition.kind,
        kinds={stage: results.chain.stages[stage].kind for stage in done},
        steps=["/".join(step) for step in results.chain.added(name, results.editions)],
        left_out={stage: "not in the configuration of this edition" for stage in STAGES if stage not in done},
        records=[record for record in records if (record["edition"], record["stage"]) in lineage],
        stills=stills,
        census=census.from_json(read_json(path / CENSUS) for path in stills),
        drawn=facts.drawn(source),
        label=labels.source_type(results.chain, name, decided),
        prints=[_print(folder / file) for file in results.prints.values()],
        check=read_json(folder / "check.json"),
    )


def _step_engines(configuration: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The engines that find shots, words, speakers and faces, as the recipe's configuration names them."""
    for step in STEPS:
        engine = (configuration.get(step) or {}).get("engine")
        if engine:
            card = engines.find(step, engine).card
            yield {"step": step, "name": engine, "licence": card.licence, "paper": card.paper}


def _print(path: Path) -> dict[str, Any]:
    with av.open(str(path)) as container:
        video = container.streams.video[0]
        context = video.codec_context
        sounds = [stream.codec_context.name for stream in container.streams.audio]
        return {
            "file": str(Path(path.parent.name, path.name)),
            "size": path.stat().st_size,
            "picture": f"{context.width} × {context.height}, {context.name}, {context.pix_fmt}",
            "rate": f"{float(video.average_rate or 0):.5g}",
            "sound": ", ".join(sounds) or "none",
            "subtitles": "yes" if container.streams.subtitles else "no",
        }


def _decision(row: dict[str, Any]) -> dict[str, Any]:
    place = row.get("at", row.get("frame", row.get("from")))
    rest = {key: value for key, value in row.items() if key not in ("what", "why", "at", "frame", "from")}
    details = "; ".join(f"{key}: {stage_doings.choice(value)}" for key, value in rest.items())
    what = f"{row['what']} ({details})" if details else str(row["what"])
    return {"what": what, "why": row.get("why", ""), "where": f"frame {place}" if place is not None else ""}


def _inventions(chain: Chain, editions: list[Edition], decided: Decisions) -> Iterator[str]:
    """A sentence for each stage whose weights invent more than its engine does with others, be it in one shot."""
    for edition in editions:
        for stage in (chain.stages[name] for name in edition.added):
            used = [getattr(stage.options, "weights", ""), *decisions.weights(decided, stage.name)]
            for entry in filter(None, map(models.entry_of, filter(None, used))):
                if stage.kind_with(entry) == stage.card.kind:
                    continue
                yield f"In edition {edition.name}, {stage.name} invented detail with {entry.name} ({entry.note})."


def _warnings(source: dict[str, Any], editions: list[Edition], transcript: list[Any]) -> Iterator[str]:
    if source.get("damaged"):
        yield f"The source is damaged: {source['damaged']}. Only the readable frames were restored."
    # In a folder that lacks frames those before the gaps are shown again, which is said by itself.
    if not source.get("missing") and (source.get("repeated") or source.get("dropped")):
        yield (
            f"The source does not have a constant rate: {len(source['repeated'])} of its frames are shown more than "
            f"once and {len(source['dropped'])} not at all."
        )
    yield from source.get("warnings", ())
    for element in source.get("elements", ()):
        yield from _hardly_placed(element)
        yield from _lost(element)
    for edition in editions:
        others = {other.name for other in editions} - {edition.name}
        records = [record for record in edition.records if record["edition"] not in others]
        yield from _without_effect(edition.name, records, grey=source["grey"])
        yield from pointed_faces.missed(edition.name, records)
    if source.get("audio") and not transcript:
        yield "No speech was found in the sound."


def _hardly_placed(element: Mapping[str, Any]) -> Iterator[str]:
    """That it is not known of most frames of an element which of the film's they show."""
    name, runs = Path(element["path"]).name, element["runs"]
    known = sum(number for _, _, number in runs)
    if element["offset"] is None and 2 * known <= min(element["frames"], element["film_frames"]):
        start, other, _ = max(runs, key=lambda run: run[2])
        yield (
            f"It is known for {formatting.percent(element['share'])} of the film which frame of {name} shows the same; "
            f"nothing is taken from the rest. If both run frame for frame, elements={name}@{other - start} says so."
        )


def _lost(element: Mapping[str, Any]) -> Iterator[str]:
    """Where an element has frames that the film lacks."""
    for (start, other, number), (after, other_after, _) in pairwise(element["runs"]):
        more = other_after - other - (after - start)
        if more > 0:
            yield (
                f"Between frames {start + number - 1} and {after} the film has fewer frames than "
                f"{Path(element['path']).name}, by {more}: they may be lost."
            )


def _without_effect(edition: str, records: Iterable[Mapping[str, Any]], *, grey: bool) -> Iterator[str]:
    """A warning for each run of frames in which a stage of the edition did nothing though that is what it is for.

    A film that is not grey needs no colour: a stage that colours and had nothing to do there is as it should be. Any
    other stage that did not run has nothing to warn of.
    """
    runs: dict[str, list[list[int]]] = {}
    for record in sorted(records, key=lambda record: int(record["first"])):
        warning = record["engine"]["warning"]
        ran = any(shot["options"] for shot in record["options"])
        if not (grey if record["engine"]["output_channels"] == 3 else ran):
            continue
        if warning and not any(record["statistics"].get(warning[0], [0])):
            first, last = record["first"], record["first"] + record["frames"] - 1
            spans = runs.setdefault(warning[1], [])
            if spans and spans[-1][1] == first - 1:
                spans[-1][1] = last
            else:
                spans.append([first, last])
    for text, spans in runs.items():
        frames = ", ".join(f"{first} to {last}" for first, last in spans)
        yield f"Frames {frames} of edition {edition} {text}"


def cuts_in_doubt(shots: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """A warning that lists the cuts that were found with little confidence, if there are any."""
    doubtful = [shot for shot in shots if shot.get("confidence", 1.0) < SURE]
    if doubtful:
        frames = ", ".join(f"{shot['start']} ({100 * shot['confidence']:.0f} %)" for shot in doubtful)
        yield (
            f"Cuts in doubt, with their confidence, at frames {frames}. Look at each: strike it under `cuts` in the "
            "film's decisions if it is no cut, or add it there to confirm it."
        )
