"""Gathers what a film's results say into its report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import av

from ..plan import decisions
from ..plan.chain import STAGES, Chain
from ..runtime.files import read_json, read_yaml
from .report import Edition, Report


def gather(folder: Path, files: Any, params: Any) -> Report:
    """The report of the film whose results lie in `folder`; `files` and `params` are those of the rule `report`."""
    chain: Chain = params.chain
    records = [read_json(path) for path in params.records]
    recipe = read_yaml(Path(files.recipe))
    source = read_json(files.source)
    source["matte"] = next((read_json(path) for path in files.get("matte", [])), None)
    decided = decisions.read(next((Path(path) for path in files.get("decisions", [])), None))
    shown = [
        _edition(folder, name, chain, records, params.prints, [Path(path) for path in files.stills])
        for name in params.editions
    ]
    transcript = read_json(files.transcript)
    return Report(
        source=source,
        shots=read_json(files.shots),
        editions=shown,
        analysis=read_json(files.analysis),
        transcript=transcript,
        timeline=Path(files.timeline).read_text(encoding="utf-8") if files.get("timeline") else "",
        decisions=[_decision(row) for row in decided.rows],
        warnings=list(_warnings(source, shown, transcript)),
        versions={**recipe["environment"], "recipe": recipe["digest"]},
    )


def _edition(
    folder: Path, name: str, chain: Chain, records: list[dict[str, Any]], prints: Mapping[str, str], stills: list[Path]
) -> Edition:
    edition = chain.editions[name]
    lineage = [step for step in chain.lineage(name) if step[0] != "source"]
    mine = {record["edition"] for record in records if (record["edition"], record["stage"]) in lineage}
    done = [stage for _, stage in lineage]
    return Edition(
        name=name,
        parent=edition.parent,
        kind=edition.kind,
        stages=done,
        own=[stage for owner, stage in lineage if owner == name],
        left_out={stage: "not in the configuration of this edition" for stage in STAGES if stage not in done},
        records=_once(record for record in records if record["edition"] in mine and record["stage"] in done),
        stills=[path for path in stills if path.parts[-3] == name],
        prints=[_print(folder / name / file) for file in prints.values()],
        check=read_json(folder / name / "check.json"),
    )


def _once(records: Iterator[dict[str, Any]]) -> list[dict[str, Any]]:
    """Records without repetition: editions that grow from each other name the same ones."""
    return list({(r["edition"], r["stage"], r["part"]): r for r in records}.values())


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
    details = "; ".join(f"{key}: {value}" for key, value in rest.items())
    what = f"{row['what']} ({details})" if details else str(row["what"])
    return {"what": what, "why": row["why"], "where": f"frame {place}" if place is not None else ""}


def _warnings(source: dict[str, Any], editions: list[Edition], transcript: list[Any]) -> Iterator[str]:
    if source.get("damaged"):
        yield f"The source is not whole: {source['damaged']}. Only the readable frames were restored."
    if source.get("repeated") or source.get("dropped"):
        yield (
            f"The source has no constant rate: {len(source['repeated'])} of its frames are shown more than once and "
            f"{len(source['dropped'])} not at all."
        )
    for edition in editions:
        for record in edition.records:
            if record["stage"] == "colorize" and not any(record["statistics"].get("coloured", [0])):
                yield (
                    f"Frames {record['first']} to {record['first'] + record['frames'] - 1} of edition {edition.name} "
                    "stay as they are in colour: there are no references or hints for them."
                )
    if source.get("audio") and not transcript:
        yield "No speech was found in the sound."
