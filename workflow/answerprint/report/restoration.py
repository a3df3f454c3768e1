"""The restoration report in words: what the film was, what was wrong, what was done and why, what was left, what is
invented, and who approved. Two pages for a short film."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import Any

from ..plan import deciders
from ..prints import labels
from ..runtime.files import atomic_write, write_text
from . import census, consistency, stage_views, verdict
from .document import Block, Bullets, Document, Heading, Paragraph, Table, html, markdown
from .document_pdf import pdf
from .facts import deinterlaced, facts
from .formatting import percent, ranges, size
from .stage_doings import DOINGS, choice, settings
from .values import Edition, Report

FEW = 3
"""Reasons, sets of options or frames that are written out; the recipe and report.html have all."""

CLASSES = {"repair": "repaired", "enhance": "enhanced", "generate": "invented"}
SIGNATURE = f"name {'.' * 40} date {'.' * 20} signature {'.' * 40}"


def document(report: Report) -> Document:
    """The restoration report of a film."""
    version = report.versions.get("answerprint", "")
    return Document(
        title=f"Restoration of {report.title}" + (f" ({report.source['year']})" if report.source.get("year") else ""),
        subtitle=(
            f"Film {report.source['film']}, restored {finished(report):%d %B %Y} by answerprint {version}; "
            f"recipe {str(report.versions.get('recipe', ''))[:16]}."
        ),
        blocks=[
            *_film(report),
            *_wrong(report),
            *_done(report),
            *_decided(report),
            *_left(report),
            *_invented(report),
            *_prints(report),
            *_approved(report),
        ],
    )


def write(folder: Path, report: Report) -> None:
    """Write restoration.md, restoration.html and restoration.pdf to a folder."""
    said = document(report)
    write_text(folder / "restoration.md", markdown(said))
    write_text(folder / "restoration.html", html(said))
    with atomic_write(folder / "restoration.pdf") as temporary:
        temporary.write_bytes(pdf(said, finished(report)))


def finished(report: Report) -> datetime:
    """When the last stage ended; the epoch for a film without stages, so that equal reports are equal."""
    ends = [record["finished"] for edition in report.editions for record in edition.records if record.get("finished")]
    return datetime.fromisoformat(max(ends)) if ends else datetime.fromtimestamp(0, UTC)


def _film(report: Report) -> Iterator[Block]:
    known = facts(report.source)
    known["File"] = PurePath(known["File"]).name
    yield Heading(text="What the film was")
    yield Table(head=["", ""], rows=[[name, value] for name, value in known.items()])


def _wrong(report: Report) -> Iterator[Block]:
    """What the analysis found, stage by stage, and what is wrong with the file."""
    yield Heading(text="What was wrong")
    found: dict[str, list[tuple[int, str]]] = {}
    noted: dict[str, list[int]] = {}
    for number, shot in enumerate(report.analysis, 1):
        for stage, why in suggestions(shot):
            found.setdefault(stage, []).append((number, why))
        for note in shot.get("notes") or ():
            noted.setdefault(str(note), []).append(number)
    total = len(report.shots)
    items = [
        Paragraph(lead=f"{DOINGS[stage].damage},", text=f"{_shots([n for n, _ in rows], total)}: {_examples(rows)}.")
        for stage, rows in found.items()
        if stage in DOINGS
    ]
    items += [Paragraph(text=f"{note}, {_shots(numbers, total)}.") for note, numbers in noted.items()]
    items += [Paragraph(text=warning) for warning in _about_source(report)]
    yield Bullets(items=items) if items else Paragraph(text="The analysis found nothing that needs repair.")


def suggestions(shot: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(stage, why) of what the analysis of a shot suggests."""
    values = shot.get("suggests") or ()
    if isinstance(values, Mapping):
        return [(str(stage), str(why)) for stage, why in values.items()]
    return [(str(v["stage"]), str(v["why"])) if isinstance(v, Mapping) else (str(v), "") for v in values]


def _about_source(report: Report) -> list[str]:
    return [warning for warning in report.warnings if warning.startswith("The source") or "Cuts in doubt" in warning]


def _done(report: Report) -> Iterator[Block]:
    yield Heading(text="What was done, in this order")
    if deinterlaced(report.source):
        yield Paragraph(text=f"Before the first stage {deinterlaced(report.source)}.")
    for edition in report.editions:
        by = f" by {', '.join(edition.changing)}" if edition.changing else "; no stage changed it"
        yield Paragraph(lead=f"{edition.name}", text=f"({edition.kind}), made from {edition.parent}{by}.")
        known = {record["stage"] for record in edition.own_records}
        items = [_stage(stage, edition, report) for stage in edition.ran if stage in known]
        if items:
            yield Bullets(items=items)


def _stage(stage: str, edition: Edition, report: Report) -> Paragraph:
    """What a stage did: where, with which settings, why, and how much it changed."""
    records = sorted((r for r in edition.own_records if r["stage"] == stage), key=lambda record: int(record["first"]))
    runs = stage_views.options(run for record in records for run in record["options"])
    active = [run for run in runs if run["options"] is not None]
    numbers = [number for run in active for number in _numbers(run, report)]
    share = census.by_stage(census.whole(edition.census)).get(stage, 0.0)
    untouched = bool(edition.census) and not share
    changed = f" It changed {percent(share)} of all pixels." if edition.census and share else ""
    return Paragraph(
        lead=f"{stage} changed nothing" if untouched else DOINGS[stage].done,
        text=(
            f"{_shots(numbers, len(report.shots))}, by {stage}/{records[0]['engine']['name']}, "
            f"set to {_settings(active)}.{_reasons(stage, active, report)}{changed}{_borrowed(stage, edition, report)}"
            f"{_agreement(stage, edition, report)}"
        ),
    )


def _borrowed(stage: str, edition: Edition, report: Report) -> str:
    """How much of the picture a repair took from another print or scan."""
    if stage != "clean" or not (edition.census and report.source.get("elements")):
        return ""
    share = census.of_elements(census.whole(edition.census))
    return f" {percent(share) if share else 'None'} of all pixels are another element's."


def _agreement(stage: str, edition: Edition, report: Report) -> str:
    """How far a picture that a stage enlarged is the film's, and how much was added to it."""
    steps = consistency.enlarged(edition, report.shots, report.source["frames"])
    return "".join(f" {step.sentence}" for step in steps if step.stage == stage)


def _reasons(stage: str, runs: Sequence[Mapping[str, Any]], report: Report) -> str:
    """Why a stage ran with its settings: what the analysis found stands above, so that only its shots are named."""
    found = {why for shot in report.analysis for name, why in suggestions(shot) if name == stage}
    rows = [(number, run["why"]) for run in runs if run.get("why") for number in _numbers(run, report)[:1]]
    measured = [number for run in runs if run.get("why") in found for number in _numbers(run, report)]
    of_people = [(number, why) for number, why in rows if why not in found]
    parts = [
        f"the damage above, {_shots(measured, len(report.shots))}" if measured else "",
        _examples(of_people) if of_people else "",
    ]
    said = "; ".join(filter(None, parts))
    return f" Why: {said}." if said else ""


def _settings(runs: Sequence[Mapping[str, Any]]) -> str:
    sets = list(dict.fromkeys(settings(run["options"]) for run in runs))
    more = f"; or {len(sets) - FEW} more sets, all in recipe.yaml" if len(sets) > FEW else ""
    return "; or ".join(sets[:FEW]) + more


def _numbers(run: Mapping[str, Any], report: Report) -> range:
    """The numbers, from 1, of the shots that a run of frames lies in."""
    first = bisect_right(report.shots, run["start"], key=lambda shot: shot["stop"])
    return range(first + 1, bisect_left(report.shots, run["stop"], key=lambda shot: shot["start"]) + 1)


def _shots(numbers: Sequence[int], total: int) -> str:
    """Shots in words: in every shot, in shots 1 to 3 and 7."""
    known = sorted(set(numbers))
    if len(known) == total:
        return "in every shot" if total > 1 else "in its one shot"
    return f"in shot{'' if len(known) == 1 else 's'} {ranges(known)}" if known else "in no shot"


def _examples(rows: Sequence[tuple[int, str]]) -> str:
    """The first reasons, each with its shot, and how many more there are."""
    told: dict[str, list[int]] = {}
    for number, why in rows:
        told.setdefault(why, []).append(number)
    said = [f"{why} (shot {ranges(numbers)})" if why else f"shot {ranges(numbers)}" for why, numbers in told.items()]
    more = f"; and {len(said) - FEW} more, see report.html" if len(said) > FEW else ""
    return "; ".join(said[:FEW]) + more


def _decided(report: Report) -> Iterator[Block]:
    rows = deciders.taken(report.rows)
    yield Heading(text="What people decided")
    if not rows:
        yield Paragraph(text="Nothing: what was done follows from the configuration and the analysis.")
        return
    yield Bullets(items=[_decision(row) for row in rows])


def _decision(row: Mapping[str, Any]) -> Paragraph:
    place = row.get("at", row.get("frame", row.get("from")))
    rest = {key: value for key, value in row.items() if key not in ("what", "why", "by", "at", "frame", "from")}
    details = "".join(f", {key}: {choice(value)}" for key, value in rest.items())
    why = f" “{row['why']}”" if row.get("why") else ""
    by = f" – {row['by']}" if row.get("by") else ""
    where = f"Frame {place}: " if place is not None else ""
    return Paragraph(text=f"{where}{row['what']}{details}.{why}{by}")


def _left(report: Report) -> Iterator[Block]:
    """What was not done, and what a person should still look at."""
    yield Heading(text="What was left as it is")
    items = []
    for edition in report.editions:
        for stage in edition.added:
            if stage not in edition.ran:
                items.append(
                    Paragraph(lead=f"{stage}", text=f"ran in no shot of {edition.name}{_why_not(stage, edition)}.")
                )
            else:
                numbers = [number for run in _left_out(stage, edition) for number in _numbers(run, report)]
                if numbers:
                    where = _shots(numbers, len(report.shots))
                    items.append(
                        Paragraph(lead=stage, text=f"was left out of {edition.name} {where}{_why_not(stage, edition)}.")
                    )
    items += [Paragraph(text=warning) for warning in report.warnings if warning not in _about_source(report)]
    yield Bullets(items=items) if items else Paragraph(text="Every stage of the configuration ran in every shot.")


def _left_out(stage: str, edition: Edition) -> list[dict[str, Any]]:
    runs = (run for record in edition.own_records if record["stage"] == stage for run in record["options"])
    return [run for run in stage_views.options(runs) if run["options"] is None]


def _why_not(stage: str, edition: Edition) -> str:
    reasons = list(dict.fromkeys(run["why"] for run in _left_out(stage, edition) if run.get("why")))
    more = f"; and {len(reasons) - FEW} more reasons" if len(reasons) > FEW else ""
    return f": {'; '.join(reasons[:FEW])}{more}" if reasons else ""


def _invented(report: Report) -> Iterator[Block]:
    yield Heading(text="Which pixels are invented")
    for edition in report.editions:
        if not edition.census:
            continue
        classes = edition.classes
        counted = ", ".join(
            f"{percent(share)} {CLASSES.get(kind, kind)}"
            for kind, share in classes.items()
            if share or kind == "generate"
        )
        said = labels.MEANINGS.get(edition.label, "as the source")
        label = f" Label for machines: {edition.label} ({said})." if edition.label else ""
        text = f"{counted}. {verdict.claim(classes)}{label}"
        yield Paragraph(lead=edition.name, text=text)


def _prints(report: Report) -> Iterator[Block]:
    yield Heading(text="What was made")
    rows = [
        [print_["file"], size(print_["size"]), *(str(print_.get(name, "")) for name in ("picture", "sound"))]
        for edition in report.editions
        for print_ in edition.prints
    ]
    if rows:
        yield Table(head=["Print", "Size", "Picture", "Sound"], rows=rows)
    for edition in report.editions:
        if edition.check:
            checks = edition.check["checks"]
            failed = [
                f"{row['name']} should be {row['expected']} and is {row['found']}"
                for row in checks
                if not row["passed"]
            ]
            passed = f"{len(checks) - len(failed)} of {len(checks)} checks passed"
            yield Paragraph(lead=edition.name, text="; ".join([passed, *failed]) + ".")


def _approved(report: Report) -> Iterator[Block]:
    yield Heading(text="Who approved")
    rows = deciders.reviewed(report.rows)
    if rows:
        yield Bullets(items=[_decision(row) for row in rows])
    else:
        yield Paragraph(text="Nobody has signed a shot of this restoration yet.")
    yield Paragraph(lead="Approved:", text=SIGNATURE)
