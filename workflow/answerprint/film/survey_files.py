"""The survey of a source as its files: facts, ledger, tiny pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from ..runtime.files import atomic_write, write_json
from ..runtime.progress import Progress
from . import fixity, ingest, probe, said_colour, survey


@dataclass(frozen=True, kw_only=True)
class Surveyed:
    """Where the survey of a source is written."""

    facts: Path
    ledger: Path
    proxy: Path


def write(name: str, params: Mapping[str, Any], files: Surveyed, *, label: str) -> tuple[str, ...]:
    """Survey the source of the film called `name` as a rule's params say; returns what a person should know of it."""
    path = Path(params["source"])
    stamp, sha256 = fixity.stamp(path), fixity.require(path, *params["wanted"])
    gaps = params["missing"] != "refuse"
    facts = probe.inspect(path, Fraction(params["rate"]) if params["rate"] else None, gaps=gaps)
    facts = replace(facts, colour=said_colour.over(facts.colour, said_colour.parse(params["colour"], "colour")))
    progress = Progress(label, facts.frames)
    surveyed = survey.survey(
        facts,
        fields=params["fields"],
        accept_damaged=params["accept_damaged"],
        time_stamps=params["time_stamps"],
        missing_frames=params["missing"],
        report=lambda done, total: progress.add(),
    )
    with atomic_write(files.ledger) as temporary:
        ingest.save_ledger(temporary, surveyed)
    with atomic_write(files.proxy) as temporary:
        np.save(temporary, surveyed.proxy)
    wanted = ingest.Wanted(
        grey=params["grey"],
        depth=params["depth"],
        deinterlacer=params["deinterlace"],
        missing_shown=params["missing"],
    )
    row = ingest.describe(name, surveyed, wanted, sha256=sha256)
    write_json(files.facts, row | {"stamp": stamp})
    return tuple(row["warnings"])
