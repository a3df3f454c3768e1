"""The report of a film: one self-contained HTML file with pictures, numbers, reasons and checks."""

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
    "enhance": "what is there is sharpened or enlarged",
    "generate": "what the film does not show is added",
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
    """Those from the source to its end, in order."""
    added: Sequence[str]
    """Those that it adds to its parent's."""
    left_out: Mapping[str, str] = field(default_factory=dict)
    """Stages that did not run, and why."""
    records: Sequence[Mapping[str, Any]] = ()
    """The stage records of all parts."""
    stills: Sequence[Path] = ()
    """Folders with an index.json, as `stills.write` writes them."""
    prints: Sequence[Mapping[str, Any]] = ()
    """One mapping for each print: `file`, `size` in bytes, and any other facts by name."""
    check: Mapping[str, Any] | None = None
    """check.json: passed, and checks with name, expected, found, passed."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """Everything that the report shows, as plain values."""

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
    decisions: Sequence[Mapping[str, Any]] = ()
    """What a person decided: `what`, `why`, and `where` if it holds for a part of the film."""
    warnings: Sequence[str] = ()
    """Sentences to read first."""
    models: Sequence[Mapping[str, Any]] = ()
    """Published weights that were used, as the recipe lists them."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """The versions of answerprint and its packages, and the digest of the recipe."""
    pairs: int = 60
    """The most pairs of pictures to show; each takes about 0.4 MB of the file."""

    def __post_init__(self) -> None:
        if self.pairs < 1:
            raise ValueError(f"pairs is {self.pairs}, but it must be at least 1")


def render(report: Report) -> str:
    """The report as HTML that loads nothing: pictures, style and script are embedded."""
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
    pairs, available = _pairs(report)
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
        available=available,
        stages=[view for edition in report.editions for view in _stages(edition, report.shots)],
        kinds=KINDS,
        colours=stills.COLOURS,
        style=Markup((TEMPLATES / "report.css").read_text(encoding="utf-8")),
        script=Markup((TEMPLATES / "report.js").read_text(encoding="utf-8")),
    )


def write(path: Path | str, report: Report) -> None:
    """Write the report atomically."""
    write_text(path, render(report))


def facts(source: Mapping[str, Any]) -> dict[str, str]:
    """The facts in source.json in words, by name."""
    rate = Fraction(source["rate"])
    colour = "black and white" if source.get("grey") else "colour"
    values = {
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
    return {name: str(value) for name, value in values.items() if value}


def _matte(facts: Mapping[str, Any] | None) -> str | None:
    """A film's matte in words."""
    if not facts:
        return None
    return (
        f"{facts['path']}, {facts['defects']} is damage: {formatting.percent(facts['marked'])} of the film, in "
        f"{facts['marked_frames']} frames; SHA-256 {facts['sha256']}"
    )


def _pairs(report: Report) -> tuple[list[dict[str, Any]], int]:
    """The pairs to show, spread over the film for each edition, and how many there are to choose from."""
    shown: list[dict[str, Any]] = []
    available = 0
    quota = max(1, report.pairs // max(1, sum(bool(edition.stills) for edition in report.editions)))
    for edition in report.editions:
        entries, count = stills.gather(edition.stills, quota)
        shown += [{**entry, "edition": edition.name, "kind": edition.kind} for entry in entries]
        available += count
    shown = shown[: report.pairs]
    for pair in shown:
        pair["drawn"] = any(0 < share <= stills.EVERYWHERE for share in pair["stages"].values())
        pair |= {name: _embed(pair[name]) for name in ("before", "after", "mask")}
    return shown, available


def _embed(path: Path) -> str:
    kind = "jpeg" if path.suffix == ".jpg" else "png"
    return f"data:image/{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"


def _shots(report: Report, pairs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The shots with their pairs of pictures and their analysis."""
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
    """The numbers of an analysis by name; those of a mapping within it are prefixed with its name."""
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
        if parts:
            views.append({"edition": edition.name, **_stage(stage, parts, shots)})
    return views


def _stage(stage: str, parts: Sequence[Mapping[str, Any]], shots: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What one stage did, from the records of its parts in order."""
    colour, first = stills.COLOURS.get(stage, GREY), int(parts[0]["first"])
    frames, seconds = sum(part["frames"] for part in parts), sum(part["seconds"] for part in parts)
    rows = []
    for name, values in _series(parts).items():
        finite = values[np.isfinite(values)]
        if finite.size:
            median, most = float(np.median(finite)), float(finite.max())
            extent = f"median {formatting.number(median)}, at most {formatting.number(most)}"
            label = f"{stage}, {name} of each frame: {extent}"
            svg = charts.line(values.tolist(), first=first, shots=shots, label=label, colour=colour)
            rows.append({"name": name, "median": median, "most": most, "svg": Markup(svg)})
    return {
        "stage": stage,
        "colour": colour,
        "engine": parts[0]["engine"],
        "options": _options(run for part in parts for run in part["options"]),
        "rows": rows,
        "frames": frames,
        "seconds": seconds,
        "fps": frames / seconds if seconds else None,
    }


def _series(parts: Sequence[Mapping[str, Any]]) -> dict[str, np.ndarray]:
    """By name, one number for each frame: the share of changed pixels, and the statistics; NaN where there is none."""
    columns = {"pixels changed": [share for part in parts for share in part["changed"]]}
    for name in dict.fromkeys(name for part in parts for name in part["statistics"]):
        absent = float("nan")
        columns[name] = [v for part in parts for v in part["statistics"].get(name, [absent] * part["frames"])]
    return {name: np.array(values, np.float64) for name, values in columns.items()}


def _options(runs: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Runs of frames, those with the same options and reason joined where one follows the other."""
    joined: list[dict[str, Any]] = []
    for run in runs:
        last = joined[-1] if joined else None
        if last and last["stop"] == run["start"] and last["options"] == run["options"] and last["why"] == run["why"]:
            last["stop"] = run["stop"]
        else:
            joined.append(dict(run))
    return joined
