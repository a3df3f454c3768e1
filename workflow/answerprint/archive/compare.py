"""Two restorations of one film compared, as one page: recipes, pixels by shot, and the worst frames side by side."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from markupsafe import Markup

from ..prints import decoded
from ..report.page import TEMPLATES, environment
from ..runtime.errors import FilmError
from ..runtime.files import write_text
from . import recipe_differences
from .print_differences import EditionDifference, compare, difference
from .restorations import Restored

WIDEST = 640
"""Pixels of a picture of the page."""
QUALITY = [cv2.IMWRITE_AVIF_QUALITY, 60, cv2.IMWRITE_AVIF_SPEED, 8]
GAIN = 8
"""How many times a difference is amplified to be seen."""


def write(path: Path, first: Restored, second: Restored) -> list[EditionDifference]:
    """Write the page; returns the differences by edition. Raises FilmError where the two are not of one film."""
    old, new = first.recipe, second.recipe
    if old["source"]["sha256"] != new["source"]["sha256"]:
        raise FilmError(
            f"{first.name} and {second.name} are restorations of different films: their sources have other SHA-256.",
            "Compare two restorations of one file.",
        )
    rate, shots = Fraction(old["source"]["rate"]), old.get("shots") or ()
    compared = [
        compare(edition, master, second.masters[edition], shots, rate)
        for edition, master in first.masters.items()
        if edition in second.masters
    ]
    pictures = {one.edition: list(_pictures(one, first, second)) for one in compared}
    write_text(path, _page(first, second, compared, pictures))
    return compared


def _page(
    first: Restored,
    second: Restored,
    compared: Sequence[EditionDifference],
    pictures: Mapping[str, Sequence[Mapping[str, Any]]],
) -> str:
    alone = {
        restored.name: [edition for edition in restored.masters if edition not in other.masters]
        for restored, other in ((first, second), (second, first))
    }
    page: str = (
        environment(Fraction(first.recipe["source"]["rate"]))
        .get_template("compare.html.j2")
        .render(
            film=first.recipe["film"],
            first=first,
            second=second,
            differences=recipe_differences.differences(first.recipe, second.recipe),
            editions=compared,
            pictures=pictures,
            alone={name: editions for name, editions in alone.items() if editions},
            gain=GAIN,
            style=Markup((TEMPLATES / "report.css").read_text(encoding="utf-8")),
        )
    )
    return page


def _pictures(found: EditionDifference, first: Restored, second: Restored) -> Iterator[dict[str, Any]]:
    """The worst frames of an edition, worst first: both sides, and what differs, amplified."""
    wanted = {one.frame for one in found.worst}
    sides = [dict(_chosen(one.masters[found.edition], wanted)) for one in (first, second)] if wanted else []
    for one in found.worst:
        old, new = (side[one.frame] for side in sides)
        apart = np.clip(difference(old, new) * GAIN * 65535, 0, 65535).astype(np.uint16)
        yield {"about": one, "images": [_data(values) for values in (old, new, apart)]}


def _chosen(path: Path, wanted: set[int]) -> Iterator[tuple[int, np.ndarray]]:
    with av.open(f"file:{path}") as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number in wanted:
                yield number, decoded.planes(frame)
            if number >= max(wanted):
                return


def _data(values: np.ndarray) -> str:
    """Stored values (channels, h, w) as an AVIF picture in a data address."""
    picture = (values >> np.uint16(8)).astype(np.uint8).transpose(1, 2, 0)[..., ::-1]
    height, width = picture.shape[:2]
    scale = min(1.0, WIDEST / width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    shown = cv2.resize(np.ascontiguousarray(picture), size, interpolation=cv2.INTER_AREA)
    if shown.ndim == 2:
        shown = cv2.cvtColor(shown, cv2.COLOR_GRAY2BGR)
    _, encoded = cv2.imencode(".avif", shown, QUALITY)
    return f"data:image/avif;base64,{base64.b64encode(encoded.tobytes()).decode()}"
