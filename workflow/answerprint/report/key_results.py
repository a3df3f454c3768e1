"""Key results for Snakemake's report: before and after of the frame that changed most, tables of shots and prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..plan.chain import SOURCE
from ..runtime.files import read_json, write_text

HEIGHT = 480
"""Lines of a picture, at most."""
QUALITY = 88
"""Of JPEG, out of 100: pictures that every browser and every office program shows."""
MEASURES = (
    ("noise", "noise, % of white", 100.0),
    ("weave", "weave, pixels", 1.0),
    ("flicker", "flicker, %", 100.0),
    ("dirt", "dirt, % of the picture", 100.0),
    ("scratches", "frames with scratches, %", 100.0),
)
"""Keys of analysis.json, how a table calls them, and what they are multiplied with."""


def before_after(folders: Sequence[Path], edition: str, output: Path) -> None:
    """Write the source and an edition side by side, at the frame that the stages changed most, as a JPEG.

    `folders` are the stills of the edition's parts. An edition without stages has none, and gets no picture.
    """
    rows = [(folder, row) for folder in folders for row in read_json(folder / "index.json")]
    if not rows:
        return
    folder, row = max(rows, key=lambda pair: (sum(pair[1]["stages"].values()), -pair[1]["frame"]))
    files = [one["file"] for one in row["pictures"] if one["edition"] == SOURCE]
    files += [one["file"] for one in row["pictures"] if one["edition"] != SOURCE][-1:]
    pictures = [_read(folder / file) for file in files]
    height = min(HEIGHT, *(picture.shape[0] for picture in pictures))
    resized = [
        cv2.resize(picture, (round(picture.shape[1] * height / picture.shape[0]), height), interpolation=cv2.INTER_AREA)
        for picture in pictures
    ]
    written, packed = cv2.imencode(".jpg", np.concatenate(resized, axis=1), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not written:
        raise ValueError(f"no JPEG could be made for {edition}")
    output.write_bytes(packed.tobytes())


def _read(path: Path) -> np.ndarray:
    from PIL import Image

    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))[..., ::-1]


def shots_table(output: Path, shots: Sequence[Mapping[str, Any]], analysis: Sequence[Mapping[str, Any]]) -> None:
    """Write the shots of a film and what is wrong with each as a table in HTML."""
    titles = ["shot", "frames", "begins with", "confidence", *(title for _, title, _ in MEASURES), "suggested"]
    rows = []
    for number, (shot, measured) in enumerate(zip(shots, analysis, strict=True), start=1):
        values = [f"{measured[key] * factor:.2g}" for key, _, factor in MEASURES]
        suggested = ", ".join(row["stage"] for row in measured["suggests"]) or "nothing"
        frames = f"{shot['start']} to {shot['stop'] - 1}"
        rows.append([str(number), frames, shot["transition"], f"{shot['confidence']:.0%}", *values, suggested])
    write_text(output, _page("Shots", titles, rows))


def prints_table(output: Path, prints: Sequence[Path], checks: Mapping[str, Mapping[str, Any]]) -> None:
    """Write the prints of all editions with their sizes and checks as a table in HTML; `checks` are by edition."""
    rows = []
    for path in prints:
        edition = path.parent.name
        own = [row for row in checks[edition]["checks"] if row["name"].startswith(f"{path.name}:")]
        passed = sum(row["passed"] for row in own)
        rows.append([edition, path.name, f"{path.stat().st_size / 1e6:.1f}", f"{passed} of {len(own)}"])
    write_text(output, _page("Prints", ["edition", "print", "MB", "checks passed"], rows))


def _page(title: str, titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    def line(cells: Sequence[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"

    style = "body{font:14px sans-serif}td,th{padding:.3em .8em;text-align:left;border-bottom:1px solid #ccc}"
    body = "\n".join([line(titles, "th"), *(line(row, "td") for row in rows)])
    return (
        f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{title}</title><style>{style}</style>\n'
        f"<table>\n{body}\n</table></html>\n"
    )
