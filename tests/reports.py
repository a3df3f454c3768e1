"""A report of a film of twelve frames, for tests."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from answerprint.prints.change_maps import bit
from answerprint.report import census, stills, worst
from answerprint.report.stills import StillSource
from answerprint.report.values import Edition, Report

SHOTS = [{"start": 0, "stop": 6, "transition": "cut"}, {"start": 6, "stop": 12, "transition": "fade"}]
SOURCE: dict[str, Any] = {
    "film": "roof",
    "path": "film/roof.mov",
    "sha256": "9f" * 32,
    "kind": "video",
    "width": 64,
    "height": 48,
    "rate": "18/1",
    "frames": 12,
    "sar": "1/1",
    "field_order": "progressive",
    "pulldown": False,
    "deinterlace": "motion",
    "depth": 8,
    "pixel_format": "gray",
    "grey": True,
    "colour": {"transfer": "bt709"},
    "timecode": None,
    "start": "0/1",
    "audio": [],
    "chapters": [],
    "title": "Fire on the <b>roof</b>",
    "year": "1928",
    "notes": "",
}


SECOND: dict[str, Any] = {
    **{"path": "scans/second.mkv", "sha256": "ab" * 32, "width": 64, "height": 48, "frames": 40},
    **{"offset": None, "film_frames": 50, "share": 0.3, "runs": [[20, 15, 3], [23, 16, 12]]},
}
"""What is known of another element, and where it lies along the film."""


def record(first: int = 0, frames: int = 12, **other: Any) -> dict[str, Any]:
    changed = [0.01 + 0.05 * (frame in (4, 9)) for frame in range(first, first + frames)]
    return {
        "film": "roof",
        "edition": "restored",
        "stage": "clean",
        "part": 0,
        "first": first,
        "frames": frames,
        "engine": {"name": "motion", "kind": "repair", "licence": "MIT", "paper": "Kokaram 1998", "weights": []},
        "options": [{"start": 0, "stop": 12, "options": {"strength": 0.5}, "why": ""}],
        "statistics": {"defects": [float(frame) for frame in range(first, first + frames)]},
        "changed": changed,
        "seconds": frames / 4,
        "digests": [],
    } | other


def grey(level: float, size: tuple[int, int] = (48, 64)) -> np.ndarray:
    return np.full((*size, 1), level, np.float32)


def changes(frame: int) -> np.ndarray:
    bits = np.full((48, 64), bit("stabilise"), np.uint16)
    bits[10:20, 20:30] |= bit("clean")
    return bits


SOURCES = [
    StillSource(edition="source", stage="ingest", read=lambda frame: grey(0.2 + frame / 40)),
    StillSource(edition="restored", stage="clean", read=lambda frame: grey(0.3 + frame / 40, (96, 128))),
    StillSource(edition="restored", stage="clean", read=lambda frame: grey(0.5), difference=True),
]


def make(folder: Path, **other: Any) -> Report:
    ranked = list(worst.rank([record()], Fraction(18), 12))
    stills.write(folder / "stills", stills.choose([record()], SHOTS, ranked), SOURCES, changes)
    edition = Edition(
        name="restored",
        parent="source",
        kind="repair",
        kinds={"clean": "repair"},
        steps=["restored/clean"],
        left_out={"deflicker": "brightness is steady"},
        records=[record(0, 6), record(6, 6)],
        stills=[folder / "stills"],
        census=census.count(((frame, changes(frame)) for frame in range(12)), SHOTS),
        prints=[{"file": "restored/master.mkv", "size": 184_000_000, "codec": "FFV1"}],
        check={
            "passed": False,
            "checks": [{"name": "frames", "expected": 12, "found": 11, "passed": False}],
        },
    )
    values: dict[str, Any] = {
        "source": SOURCE,
        "shots": SHOTS,
        "editions": [edition],
        "analysis": [{"weave_px": 1.2, "suggests": ["stabilise"]}, {"weave_px": 0.1, "suggests": {"clean": "dirty"}}],
        "transcript": [
            {"start": 0.1, "end": 0.4, "speaker": "Ada", "on_screen": False, "confidence": 0.42, "text": "<i>Look!</i>"}
        ],
        "decisions": [{"what": "strength 0.3", "why": "The smoke is the subject."}],
        "warnings": ["No colour hints: stays grey."],
        "engines": [{"step": "shots", "name": "witnesses", "licence": "MIT", "paper": ""}],
        "models": [{"name": "TransNet V2", "use": "shots/witnesses", "licence": "MIT"}],
        "versions": {"answerprint": "0.1"},
    }
    return Report(**(values | other))
