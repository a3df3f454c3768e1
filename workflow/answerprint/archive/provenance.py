"""Provenance: what was done to a film, by which engines, programs and people, in the terms of PREMIS."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from ..plan import deciders
from ..plan.chain import Chain
from ..plan.decisions import Decisions
from ..prints import content_credentials
from ..report import stage_views
from .agents import DECIDES, PERFORMS, Agents, engine_of
from .formats import MEDIA
from .premis import ELEMENT, FAIL, SOURCE, SUCCESS, Agent, Event


@dataclass(frozen=True, kw_only=True)
class Restoration:
    """What is known of how a film was restored."""

    source: Mapping[str, Any]
    """source.json."""
    recipe: Mapping[str, Any]
    """recipe.yaml."""
    chain: Chain
    records: Sequence[Mapping[str, Any]]
    """The records of every part at every stage."""
    decided: Decisions
    agents: Agents
    files: Mapping[str, Path]
    """The files of the package by name; their dates tell when they were made."""
    elements: Sequence[Mapping[str, Any]] = ()
    """What is known of each other element, and where it lies along the film."""
    unchanged: tuple[str, ...] = ()
    """Names of those that were found to be as their jobs left them, by SHA-256."""

    @property
    def element_names(self) -> tuple[str, ...]:
        """How events name the other elements."""
        return tuple(f"{ELEMENT}{number}" for number in range(1, len(self.elements) + 1))

    def dated(self, name: str) -> str:
        """When a file was written, as ISO 8601; what the recipe holds instead of a file of its own, when that was."""
        path = self.files.get(name) or self.files["recipe.yaml"]
        return datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat(timespec="seconds")

    def named(self, *stems: str) -> tuple[str, ...]:
        """The files of the package itself that have one of these names before their suffix."""
        return tuple(name for name in self.files if name.partition(".")[0] in stems)

    def of(self, edition: str) -> tuple[str, ...]:
        """The files of an edition."""
        return tuple(name for name in self.files if PurePosixPath(name).parts[0] == edition)


def events(restored: Restoration) -> list[Event]:
    """Everything that was done to a film, in order, up to its checked prints."""
    return [
        _ingestion(restored),
        *_elements(restored),
        *_findings(restored),
        *_decisions(restored),
        *stage_events(restored),
        *(event for edition in restored.chain.editions for event in _prints(restored, edition)),
        *_reviews(restored),
    ]


def packing(restored: Restoration, when: str) -> list[Event]:
    """What is done to the files when they are packed, at `when`."""
    names, agents = tuple(sorted(restored.files)), restored.agents
    fixity = Event(
        kind="fixity check",
        when=when,
        detail="Results compared with the SHA-256 that their jobs wrote down",
        note=f"{len(restored.unchanged)} files, all as they were made",
        uses=restored.unchanged,
        agents=_programs(agents.answerprint),
    )
    return [
        *([fixity] if restored.unchanged else []),
        Event(
            kind="message digest calculation",
            when=when,
            detail="SHA-256 and SHA-512 of every file",
            note=f"{len(names)} files; the manifests of the package hold the digests",
            uses=names,
            agents=_programs(agents.bagit),
        ),
        Event(
            kind="information package creation",
            when=when,
            detail="A BagIt package (RFC 8493) of everything worth keeping; the source itself is not in it",
            uses=names,
            agents=_programs(agents.answerprint, agents.bagit, agents.mediainfo, agents.snakemake),
        ),
    ]


def _ingestion(restored: Restoration) -> Event:
    source = restored.source
    damaged = f"; damaged: {source['damaged']}" if source.get("damaged") else ""
    uneven = len(source.get("repeated") or ()), len(source.get("dropped") or ())
    return Event(
        kind="ingestion",
        when=restored.dated("source.json"),
        detail=f"Read {Path(str(source['path'])).name} into working files of {source.get('working_depth', '?')} bits",
        note=(
            f"{source['frames']} frames, {source['width']}x{source['height']}, {source['rate']} frames a second; "
            f"{uneven[0]} shown more than once, {uneven[1]} not shown{damaged}"
        ),
        makes=restored.named("source"),
        agents=_programs(restored.agents.answerprint, restored.agents.ffmpeg),
    )


def _elements(restored: Restoration) -> Iterator[Event]:
    """That other prints or scans of the film were read, and what they show of it."""
    for name, row in zip(restored.element_names, restored.elements, strict=True):
        found = "by the pictures" if row["offset"] is None else f"at the offset {row['offset']} that a person gave"
        yield Event(
            kind="ingestion",
            when=restored.dated("source.json"),
            detail=f"Read {Path(str(row['path'])).name}, another element of the film; laid along the source {found}",
            note=f"shows {row['share']:.6f} of the film's frames, in {len(row['runs'])} stretches",
            uses=(SOURCE, name),
            agents=_programs(restored.agents.answerprint, restored.agents.ffmpeg),
        )


def _findings(restored: Restoration) -> Iterator[Event]:
    """What was found by looking and listening, without changing a pixel."""
    heard = ("speech", "voices", "speaking", "identity")
    for stem, what, steps, besides in (
        ("shots", "Shots found", ("shots",), ()),
        ("analysis", "Damage measured, shot by shot", (), ()),
        ("transcript", "Speech transcribed, and who is speaking found", heard, ("find faces", "find voices")),
    ):
        names = restored.named(stem)
        if names:
            used = [*(engine_of(step, restored.recipe) for step in steps), *besides]
            known = [name for name in used if name in restored.agents.engines]
            yield Event(
                kind="metadata extraction",
                when=restored.dated(names[0]),
                detail=f"{what} by {', '.join(known)}" if known else what,
                makes=names,
                agents=_programs(*(restored.agents.engines[name] for name in known), restored.agents.answerprint),
            )


def _decisions(restored: Restoration) -> Iterator[Event]:
    """What people decided, an event for each of them; those who are not named are one."""
    for person in ["", *deciders.people(restored.decided.rows)]:
        rows = [row for row in deciders.taken(restored.decided.rows) if row.get("by", "") == person]
        if rows:
            yield Event(
                kind="decision",
                when=restored.dated("decisions.yaml"),
                detail="; ".join(_in_words(row) for row in rows),
                note=f"{len(rows)} decisions",
                makes=restored.named("decisions"),
                agents=_people(person),
            )


def _reviews(restored: Restoration) -> Iterator[Event]:
    """What people thought of the result."""
    for row in deciders.reviewed(restored.decided.rows):
        yield Event(
            kind="quality review",
            when=restored.dated("decisions.yaml"),
            detail=_in_words(row),
            outcome=str(row["what"]).rpartition(" ")[2],
            agents=_people(row.get("by", "")),
        )


def _in_words(row: Mapping[str, Any]) -> str:
    """A decision as a sentence: where, what, why."""
    place = row.get("at", row.get("frame", row.get("from")))
    rest = {key: value for key, value in row.items() if key not in ("what", "why", "by", "at", "frame", "from")}
    details = "".join(f", {key} {value}" for key, value in rest.items())
    where = f"frame {place}: " if place is not None else ""
    return f"{where}{row['what']}{details}" + (f" ({row['why']})" if row.get("why") else "")


def stage_events(restored: Restoration) -> list[Event]:
    """One event for each stage of each edition that ran in a shot, in the order of the records."""
    stages: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for record in restored.records:
        stages.setdefault((record["edition"], record["stage"]), []).append(record)
    return [_stage_event(edition, parts, restored) for (edition, _), parts in stages.items() if _ran(parts)]


def _ran(parts: Iterable[Mapping[str, Any]]) -> bool:
    return any(span["options"] is not None for part in parts for span in part["options"])


def _stage_event(edition: str, parts: Sequence[Mapping[str, Any]], restored: Restoration) -> Event:
    done, stage = parts[0]["engine"], parts[0]["stage"]
    name = f"{stage}/{done['name']}"
    shares = [share for part in parts for share in part["changed"]]
    note = f"{sum(part['frames'] for part in parts)} frames"
    if shares:
        note += f"; mean share of pixels changed {sum(shares) / len(shares):.6f}"
    note += _faces(stage_views.decided(parts))
    chain = restored.chain
    showing = [one for one in chain.editions if edition in {owner for owner, _ in chain.lineage(one)}]
    return Event(
        kind="modification",
        when=max(part["finished"] for part in parts),
        detail=f"edition {edition}, stage {stage}, engine {done['name']} ({done.get('kind')}); {_options(parts)}",
        note=note,
        uses=(SOURCE, *(restored.element_names if stage == "clean" else ())),
        makes=tuple(name for one in showing for name in restored.of(one) if PurePosixPath(name).suffix in MEDIA),
        agents=(
            *_programs(restored.agents.engines[name], restored.agents.answerprint),
            *_people(*deciders.behind(restored.decided, stage)),
        ),
    )


def _faces(rows: Sequence[Mapping[str, Any]]) -> str:
    """What was decided for the faces of a film, and how like themselves those that were changed have stayed."""
    if not rows:
        return ""
    done = Counter(row["done"] for row in rows)
    counts = ", ".join(f"{number} {what}" for what, number in sorted(done.items()))
    scores = [row["likeness"] for row in rows if row["likeness"] is not None]
    least = f"; likeness before and after {min(scores):.4f} at least" if scores else ""
    return f"; faces followed through shots: {counts}{least}"


def _options(parts: Iterable[Mapping[str, Any]]) -> str:
    """Each set of options once, with the first frame that it applies to: shots may have their own."""
    first: dict[str, int] = {}
    for part in parts:
        for span in part["options"]:
            text = "left out" if span["options"] is None else json.dumps(span["options"], sort_keys=True)
            first[text] = min(first.get(text, span["start"]), span["start"])
    ordered = sorted(first.items(), key=lambda entry: entry[1])
    return "; ".join(f"from frame {start}: {text}" for text, start in ordered)


def _prints(restored: Restoration, edition: str) -> Iterator[Event]:
    """The encoding of each print of an edition, and the check of all."""
    names = restored.of(edition)
    media = [name for name in names if PurePosixPath(name).suffix in MEDIA]
    for name in media:
        yield Event(
            kind="creation",
            when=restored.dated(name),
            detail=f"edition {edition}: {PurePosixPath(name).name} encoded part by part and joined",
            makes=(name,),
            agents=_programs(restored.agents.answerprint, restored.agents.ffmpeg),
        )
        signer = content_credentials.signed_by(restored.files[name]) if name.endswith(".mp4") else ""
        if signer:
            state = content_credentials.state(restored.files[name])
            yield Event(
                kind="digital signature generation",
                when=restored.dated(name),
                detail=f"edition {edition}: {PurePosixPath(name).name} signed with a C2PA manifest by {signer}",
                outcome=SUCCESS if state in content_credentials.VALID else FAIL,
                uses=(name,),
                agents=_programs(restored.agents.answerprint),
            )
    check = f"{edition}/check.json"
    if check in names:
        rows = json.loads(restored.files[check].read_text(encoding="utf-8"))["checks"]
        failed = [row for row in rows if not row["passed"]]
        wrong = "".join(f"; {row['name']} should be {row['expected']} and is {row['found']}" for row in failed)
        yield Event(
            kind="validation",
            when=restored.dated(check),
            detail=f"edition {edition}: prints checked against the source, its ledger and the working files",
            outcome=FAIL if failed else SUCCESS,
            note=f"{len(rows) - len(failed)} of {len(rows)} checks passed{wrong}",
            uses=tuple(media),
            makes=tuple(name for name in names if name not in media),
            agents=_programs(restored.agents.answerprint, restored.agents.ffmpeg),
        )


def _programs(*agents: Agent) -> tuple[tuple[str, str], ...]:
    return tuple((agent.identifier, PERFORMS) for agent in agents)


def _people(*names: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, DECIDES) for name in names if name)
