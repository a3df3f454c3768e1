"""Series: one number for each frame of the film, from the records of its stages, for charts and worst frames."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

COLUMNS = 1500
"""The most columns of a chart: a feature film has 150,000 frames, a screen some thousand pixels."""
CHANGED = "changed"
"""The name of the share of pixels that a stage changed."""
LABELS = {
    ("stabilise", "shift"): ("camera path: how far the frame was moved", "pixels"),
    ("stabilise", "rotation"): ("how far the frame was turned", "degrees"),
    ("stabilise", "bands"): ("how far the frame was bent", "pixels"),
    ("stabilise", "perforations"): ("perforations that say where the film lies", "perforations"),
    ("deflicker", "before"): ("brightness", "share of white"),
    ("dyes", "cyan"): ("cyan dye left", "share"),
    ("dyes", "magenta"): ("magenta dye left", "share"),
    ("dyes", "yellow"): ("yellow dye left", "share"),
    ("denoise", "noise"): ("noise measured", "steps of 255"),
    ("denoise", "support"): ("frames averaged", "frames"),
    ("clean", "defects"): ("dirt: spots repaired", "spots"),
    ("clean", "scratches"): ("scratches repaired", "lines"),
    ("clean", "dropouts"): ("dropouts of videotape repaired", "streaks"),
    ("clean", "inpainted"): ("repaired without a neighbour that shows it", "share of pixels"),
    ("clean", "another_element"): ("taken from another element", "share of pixels"),
    ("clean", "marked"): ("marked by a person or a matte", "share of pixels"),
    ("upscale", "residue"): ("distance from the input once reduced", "share of white"),
    ("upscale", "agreement"): ("agrees with the input", "share of its energy"),
    ("upscale", "added"): ("detail that the input's size cannot show", "share of the result's energy"),
    ("upscale", "glitter"): ("glitter left without detail", "share of pixels"),
    ("faces", "faces"): ("faces", "faces"),
    ("faces", "change"): ("change within faces", "share of white"),
    ("faces", "identity"): ("likeness to the person before", "score"),
    ("faces", "texture"): ("fine texture of skin, after over before", "times"),
    ("faces", "teeth"): ("contrast inside mouths, after over before", "times"),
    ("faces", "iris"): ("brightness of irises, most that it changed", "share of white"),
    ("faces", "lent"): ("faces that got detail of another frame", "faces"),
    ("colorize", "coloured"): ("coloured", "yes or no"),
    ("colorize", "trust"): ("certainty of the colour", "score"),
    ("grade", "before"): ("brightness", "share of white"),
    ("interpolate", "held"): ("in-between frames: motion not found, so the nearer frame is held", "share of pixels"),
    ("interpolate", "lost"): ("frames drawn for lost ones", "share of the frames there"),
}
"""What a statistic of a stage is called in a chart, and its unit; of `before` and `after` both are in the first."""
SAME = {("clean", "repaired"), ("interpolate", "in_between")}
"""Statistics that say what the share of changed pixels says."""


@dataclass(frozen=True, kw_only=True)
class Chart:
    """One chart: lines over the frames of the film, on one axis."""

    title: str
    unit: str
    lines: Mapping[str, np.ndarray]
    """By name (before, after, or empty), float64, one number a film frame; NaN where there is none."""


def by_frame(records: Sequence[Mapping[str, Any]], frames: int) -> dict[str, np.ndarray]:
    """The statistics of one stage by name, and the share of changed pixels: float64 (frames,), NaN where there is none.

    There are no statistics of a shot that the stage is left out of. Where it ran, those that it does not name are 0, so
    that nothing depends on which shots share a part. A stage at another rate has several output frames for one of the
    film: their mean counts.
    """
    names = dict.fromkeys(name for record in records for name in record["statistics"])
    sums = {name: np.zeros(frames) for name in [CHANGED, *names]}
    counts = {name: np.zeros(frames) for name in sums}
    for record in records:
        at = np.array(_film_frames(record, frames), int)
        ran = _ran(record, at)
        named = {name: np.where(ran, record["statistics"].get(name, 0.0), np.nan) for name in names}
        for name, values in {**named, CHANGED: record["changed"]}.items():
            numbers = np.array(values, np.float64)
            finite = np.isfinite(numbers)
            np.add.at(sums[name], at[finite], numbers[finite])
            np.add.at(counts[name], at[finite], 1)
    with np.errstate(invalid="ignore"):
        return {name: sums[name] / np.where(counts[name] > 0, counts[name], np.nan) for name in sums}


def _ran(record: Mapping[str, Any], at: np.ndarray) -> np.ndarray:
    """Whether the stage of a record ran in the shots of some film frames `at` (n,), bool (n,)."""
    ran = np.ones(len(at), bool)
    for span in record["options"]:
        if span["options"] is None:
            ran &= (at < span["start"]) | (at >= span["stop"])
    return ran


def _film_frames(record: Mapping[str, Any], frames: int) -> list[int]:
    """The film frame of each frame of a record; of an in-between frame the one before it."""
    if "times" not in record:
        return list(range(record["first"], record["first"] + record["frames"]))
    return [min(int(Fraction(time)), frames - 1) for time in record["times"]]


def charts(stage: str, columns: Mapping[str, np.ndarray]) -> Iterator[Chart]:
    """The charts of a stage: a statistic before and one after share one; what never changes has none."""
    for name, values in columns.items():
        stem, _, end = name.rpartition("_") if "_" in name else ("", "", name)
        pair = f"{stem}_after" if stem else "after"
        if (stage, name) in SAME or (end == "after" and f"{stem}_before".lstrip("_") in columns):
            continue
        labels = {(stage, CHANGED): ("pixels changed", "share of pixels"), **LABELS}
        title, unit = labels.get((stage, name), (name.replace("_", " "), ""))
        lines = {"before": values, "after": columns[pair]} if end == "before" and pair in columns else {"": values}
        if any(np.isfinite(line).any() and np.nanmax(line) != np.nanmin(line) for line in lines.values()):
            yield Chart(title=title, unit=unit, lines=lines)


def envelope(values: np.ndarray, columns: int = COLUMNS) -> dict[str, list[float | int | None]]:
    """The first frame, least, median and largest number of `columns` equal runs of frames, and where the largest is.

    values: float64 (n,), NaN where there is none; a run without numbers has None. At most `columns` runs, so a feature
    film takes no more room than a short one, and its peaks keep their frames.
    """
    runs = [run for run in np.array_split(np.arange(len(values)), min(columns, len(values))) if len(run)]
    rows: dict[str, list[float | int | None]] = {"frame": [], "least": [], "median": [], "most": [], "peak": []}
    for run in runs:
        numbers = values[run]
        finite = numbers[np.isfinite(numbers)]
        rows["frame"].append(int(run[0]))
        for name, function in (("least", np.min), ("median", np.median), ("most", np.max)):
            rows[name].append(float(f"{function(finite):.4g}") if finite.size else None)
        rows["peak"].append(int(run[int(np.nanargmax(numbers))]) if finite.size else None)
    if len(runs) == len(values):
        # Each run is one frame: its number says it all.
        return {"median": rows["median"]}
    return rows
