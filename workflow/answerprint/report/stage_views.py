"""What one stage did, as the report shows it: its engine, its options by runs of frames, and its charts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from . import formatting, series
from .stills import COLOURS

GREY = "#8a8578"


def view(stage: str, parts: Sequence[Mapping[str, Any]], frames: int) -> dict[str, Any]:
    """One stage from the records of its parts, of a film of `frames` frames."""
    done, seconds = sum(part["frames"] for part in parts), sum(part["seconds"] for part in parts)
    columns = series.by_frame(parts, frames)
    return {
        "stage": stage,
        "edition": parts[0]["edition"],
        "colour": COLOURS.get(stage, GREY),
        "engine": parts[0]["engine"],
        "options": options(run for part in parts for run in part["options"]),
        "applied": any(run["options"] is not None for part in parts for run in part["options"]),
        "decided": decided(parts),
        "charts": [_chart(chart) for chart in series.charts(stage, columns)],
        "frames": done,
        "fps": done / seconds if seconds else None,
    }


def _chart(chart: series.Chart) -> dict[str, Any]:
    """A chart as the page draws it, and its median and largest value in words."""
    values = np.concatenate([line[np.isfinite(line)] for line in chart.lines.values()])
    middle, most = (float(function(values)) for function in (np.median, np.max))
    return {
        "title": chart.title,
        "unit": chart.unit,
        "says": f"median {formatting.number(middle)}, at most {formatting.number(most)}",
        "lines": {name: series.envelope(line) for name, line in chart.lines.items()},
    }


def decided(parts: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What a stage decided for single things, such as faces, in order; the parts of one shot all tell of it."""
    rows = {(row["first"], row["face"]): dict(row) for part in parts for row in part.get("decided", ())}
    return [rows[key] for key in sorted(rows)]


def options(runs: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Runs of frames with the same options and reason, in order; each part tells of the whole of a shot it shares."""
    joined: list[dict[str, Any]] = []
    latest: dict[str, dict[str, Any]] = {}
    for run in sorted(runs, key=lambda run: (run["start"], run["stop"])):
        alike = json.dumps([run["options"], run["why"]], sort_keys=True, default=str)
        same = latest.get(alike)
        if same and run["start"] <= same["stop"]:
            same["stop"] = max(same["stop"], run["stop"])
        else:
            joined.append(dict(run))
            latest[alike] = joined[-1]
    return joined
