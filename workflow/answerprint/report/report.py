"""The report of a film: one HTML file that needs nothing else, with pictures, numbers, reasons and checks."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup

from ..runtime.files import write_text
from . import charts, formatting, stills

TEMPLATES = Path(__file__).parents[2] / "report"
KINDS = {
    "repair": "from the film's own pixels",
    "enhance": "a model sharpens what is there",
    "generate": "a model invents",
}
GREY = "#8a8578"


@dataclass(frozen=True, kw_only=True)
class Edition:
    """One edition, as the report shows it."""

    name: str
    parent: str
    kind: str
    """repair, enhance or generate."""
    stages: Sequence[str]
    """Those that ran from the source on, in order."""
    own: Sequence[str]
    """Those of them that it adds to its parent."""
    left_out: Mapping[str, str] = field(default_factory=dict)
    """Stages that did not run, and why."""
    records: Sequence[Mapping[str, Any]] = ()
    """The stage records of all parts."""
    stills: Sequence[Path] = ()
    """Folders with an index.json, as `stills.write` makes them."""
    prints: Sequence[Mapping[str, Any]] = ()
    """One mapping a print: `file`, `size` in bytes, and any other facts by name."""
    check: Mapping[str, Any] | None = None
    """check.json: passed, and checks with name, expected, found, passed."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """All that the report tells, as plain values."""

    source: Mapping[str, Any]
    """source.json."""
    shots: Sequence[Mapping[str, Any]]
    """shots.json."""
    editions: Sequence[Edition]
    """In the order of the film."""
    analysis: Sequence[Mapping[str, Any]] = ()
    """analysis.json: one mapping a shot, numbers by name, and `suggests`."""
    transcript: Sequence[Mapping[str, Any]] = ()
    """transcript.json; empty when nobody speaks or nobody listened."""
    timeline: str = ""
    """The HTML that `timeline.markup` drew of the transcript."""
    decisions: Sequence[Mapping[str, Any]] = ()
    """What a person decided: `what`, `why`, and `where` when it holds for a part of the film."""
    warnings: Sequence[str] = ()
    """Sentences that a person should read first."""
    models: Sequence[Mapping[str, Any]] = ()
    """Published weights that were used, as the recipe lists them."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Of answerprint, its packages, and the digest of the recipe."""
    pairs: int = 60
    """Pairs of pictures shown at most; each takes about 0.4 MB of the file."""

    def __post_init__(self) -> None:
        if self.pairs < 1:
            raise ValueError(f"pairs is {self.pairs}, but it must be at least 1")


def render(report: Report) -> str:
    """The report as HTML. It loads nothing: pictures, style and script are inside."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    rate = Fraction(report.source["rate"])
    environment.filters |= {
        "clock": formatting.clock,
        "number": formatting.number,
        "percent": formatting.percent,
        "bytes": formatting.size,
        "at": lambda frame: formatting.clock(frame / rate),
        "words": lambda name: str(name).replace("_", " "),
    }
    pairs, found = _pairs(report)
    shots = _shots(report, pairs)
    return environment.get_template("report.html.j2").render(
        report=report,
        source=report.source,
        title=report.source.get("title") or report.source["film"],
        rate=rate,
        facts=facts(report.source),
        shots=shots,
        measured=list(dict.fromkeys(name for shot in shots for name in shot["numbers"])),
        hero=max((p for p in pairs if p["edition"] == pairs[0]["edition"]), key=stills.telling) if pairs else None,
        pairs=len(pairs),
        found=found,
        stages=[view for edition in report.editions for view in _stages(edition, report.shots)],
        kinds=KINDS,
        colours=stills.COLOURS,
        style=Markup((TEMPLATES / "report.css").read_text(encoding="utf-8")),
        script=Markup((TEMPLATES / "report.js").read_text(encoding="utf-8")),
    )


def write(path: Path | str, report: Report) -> None:
    """Writes the report; the file appears when it is whole."""
    write_text(path, render(report))


def facts(source: Mapping[str, Any]) -> dict[str, str]:
    """What source.json says, in words, by name."""
    rate = Fraction(source["rate"])
    colour = "black and white" if source.get("grey") else "colour"
    told = {
        "File": source["path"],
        "SHA-256": source.get("sha256"),
        "Picture": f"{source['width']} \u00d7 {source['height']}, {colour}",
        "Pixel aspect": None if Fraction(source.get("sar", "1/1")) == 1 else source["sar"],
        "Rate": f"{float(rate):.5g} frames a second" + ("" if rate.denominator == 1 else f" ({rate})"),
        "Length": f"{source['frames']} frames, {formatting.clock(source['frames'] / rate)}",
        "Scan": source.get("field_order"),
        "Pulldown": "removed" if source.get("pulldown") else None,
        "Values": f"{source.get('depth', '?')} bits, {source.get('pixel_format', '?')}",
        "Colour": ", ".join(f"{name} {value}" for name, value in (source.get("colour") or {}).items() if value),
        "Timecode": source.get("timecode"),
        "Sound": "; ".join(
            f"{track.get('codec', '?')}, {track.get('channels', '?')} channels, {track.get('rate', '?')} Hz"
            + (f", {track['language']}" if track.get("language") else "")
            for track in source.get("audio") or []
        )
        or "silent",
        "Chapters": ", ".join(str(chapter.get("title") or "untitled") for chapter in source.get("chapters") or []),
        "Matte": _matte(source.get("matte")),
        "Year": source.get("year"),
        "Notes": source.get("notes"),
    }
    return {name: str(value) for name, value in told.items() if value}


def _matte(found: Mapping[str, Any] | None) -> str | None:
    """What a film's matte is, in words."""
    if not found:
        return None
    return (
        f"{found['path']}, {found['defects']} is damage: {formatting.percent(found['marked'])} of the film, in "
        f"{found['marked_frames']} frames; SHA-256 {found['sha256']}"
    )


def _pairs(report: Report) -> tuple[list[dict[str, Any]], int]:
    """The pairs to show, each edition's share spread over the film, and how many there were to choose from."""
    shown: list[dict[str, Any]] = []
    total = 0
    quota = max(1, report.pairs // max(1, sum(bool(edition.stills) for edition in report.editions)))
    for edition in report.editions:
        entries, found = stills.gather(edition.stills, quota)
        shown += [{**entry, "edition": edition.name, "kind": edition.kind} for entry in entries]
        total += found
    shown = shown[: report.pairs]
    for pair in shown:
        pair["drawn"] = any(0 < share <= stills.EVERYWHERE for share in pair["stages"].values())
        pair |= {name: _embed(pair[name]) for name in ("before", "after", "mask")}
    return shown, total


def _embed(path: Path) -> str:
    kind = "jpeg" if path.suffix == ".jpg" else "png"
    return f"data:image/{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"


def _shots(report: Report, pairs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The shots with their pairs and their analysis."""
    views = []
    for index, shot in enumerate(report.shots):
        inside = [pair for pair in pairs if shot["start"] <= pair["frame"] < shot["stop"]]
        analysis = report.analysis[index] if index < len(report.analysis) else {}
        views.append(
            {
                **shot,
                "number": index + 1,
                "pairs": sorted(inside, key=lambda pair: int(pair["frame"])),
                "numbers": dict(_numbers(analysis)),
                "suggests": _suggestions(analysis.get("suggests") or ()),
            }
        )
    return views


def _numbers(values: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, float]]:
    """The numbers of an analysis by name; those of a mapping inside it carry its name in front."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _numbers(value, f"{prefix}{name} ")
        elif isinstance(value, int | float) and not isinstance(value, bool) and name not in ("shot", "start", "stop"):
            yield f"{prefix}{name}", value


def _suggestions(values: Any) -> list[tuple[str, str]]:
    """(stage, why) pairs from a list of names, a list of mappings, or a mapping of names to reasons."""
    if isinstance(values, Mapping):
        return [(str(name), str(why)) for name, why in values.items()]
    return [
        (str(v.get("stage", "")), str(v.get("why", ""))) if isinstance(v, Mapping) else (str(v), "") for v in values
    ]


def _stages(edition: Edition, shots: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What each stage of an edition did, in numbers and charts."""
    views = []
    for stage in edition.stages:
        parts = sorted((r for r in edition.records if r["stage"] == stage), key=lambda record: int(record["first"]))
        if not parts:
            continue
        colour = stills.COLOURS.get(stage, GREY)
        first = int(parts[0]["first"])
        names = dict.fromkeys(name for part in parts for name in part["statistics"])
        series = {"pixels changed": [share for part in parts for share in part["changed"]]}
        series |= {
            name: [v for p in parts for v in p["statistics"].get(name, [float("nan")] * p["frames"])] for name in names
        }
        rows = []
        for name, values in series.items():
            known = np.array([v for v in values if v is not None and np.isfinite(v)])
            if known.size:
                median, most = float(np.median(known)), float(known.max())
                extent = f"median {formatting.number(median)}, at most {formatting.number(most)}"
                label = f"{stage}, {name} of each frame: {extent}"
                plain = [float("nan") if v is None else v for v in values]
                svg = charts.line(plain, first=first, shots=shots, label=label, colour=colour)
                rows.append({"name": name, "median": median, "most": most, "svg": Markup(svg)})
        frames = sum(part["frames"] for part in parts)
        seconds = sum(part["seconds"] for part in parts)
        views.append(
            {
                "edition": edition.name,
                "stage": stage,
                "colour": colour,
                "engine": parts[0]["engine"],
                "options": _options(run for part in parts for run in part["options"]),
                "rows": rows,
                "frames": frames,
                "seconds": seconds,
                "fps": frames / seconds if seconds else None,
            }
        )
    return views


def _options(runs: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Runs of frames with the same options and reason, joined where one follows the other."""
    joined: list[dict[str, Any]] = []
    for run in runs:
        last = joined[-1] if joined else None
        if last and last["stop"] == run["start"] and last["options"] == run["options"] and last["why"] == run["why"]:
            last["stop"] = run["stop"]
        else:
            joined.append(dict(run))
    return joined
