"""The recipe: everything that determined the pixels of a film, so that they can be made again.

Source fixity, resolved configuration, decisions, engines with the digests of their code and weights, the versions
of all packages and of FFmpeg, the kind of processor, and for each stage and part the digest of the frames it made.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from .. import __version__
from ..engines import models
from ..frames.part_file import DIGEST
from ..plan import film_fingerprints
from ..plan.chain import Chain
from ..plan.film_sheet import FilmRow
from ..runtime.errors import FilmError
from ..runtime.files import read_yaml, sha256, write_text
from . import model_ledger

SOURCE = (
    *("sha256", "kind", "width", "height", "rate", "frames", "sar", "field_order", "pulldown", "grey"),
    *("working_depth", "colour"),
)
"""What source.json says that a recipe repeats."""
SHORT = 8
"""Hex digits of a frame's digest that tell which frame differs; the digest of the part says whether one does."""


@dataclass(frozen=True, kw_only=True)
class Restoration:
    """One restored film: all that its recipe is made from."""

    film: FilmRow
    chain: Chain
    settings: Mapping[str, Any]
    facts: Mapping[str, Any]
    """survey/facts.json."""
    ledger: Path
    parts: Sequence[Mapping[str, int]]
    shots: Sequence[Mapping[str, Any]]
    matte: Mapping[str, Any] | None
    """matte/facts.json of a film that has a matte."""
    decisions: Path | None
    resolved: Path | None
    """What `stages: auto` resolved to."""
    records: Sequence[Mapping[str, Any]]
    """Of every part at every stage."""


def write(path: Path, restored: Restoration) -> None:
    """Write recipe.yaml for one film."""
    matte, facts = restored.matte, restored.facts
    row: dict[str, Any] = {
        "answerprint": __version__,
        "film": restored.film.film,
        "source": {
            # Where it is stored says something about a machine, and nothing about pixels.
            "file": Path(facts["path"]).name,
            **{key: facts[key] for key in SOURCE},
            "ledger": ledger_digest(restored.ledger),
        },
        "matte": {key: value for key, value in matte.items() if key != "path"} if matte else None,
        "configuration": _configuration(restored.chain, restored.settings, restored.film),
        "decisions": _decided(restored.resolved, restored.decisions),
        "shots": list(restored.shots),
        "engines": {stage: _engine(restored.chain, stage) for stage in restored.chain.stages},
        "parts": [[part["first"], part["stop"]] for part in restored.parts],
        "digests": DIGEST,
        "frames": _frames(restored.records),
    }
    # The digest names the recipe: the surroundings may differ and still give the same pixels.
    row = {"digest": hashlib.sha256(json.dumps(row, sort_keys=True, default=str).encode()).hexdigest(), **row}
    used = model_ledger.rows(restored.film, restored.chain, restored.settings)
    row = {**row, "models": used, "environment": environment()}
    write_text(
        path,
        yaml.dump(
            json.loads(json.dumps(row, default=str)),
            Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper),
            sort_keys=False,
            allow_unicode=True,
            width=120,
        ),
    )


def read(path: Path | str) -> dict[str, Any]:
    """A recipe. Raises FilmError when the file is none."""
    path = Path(path)
    if not path.is_file():
        raise FilmError(f"The recipe {path} does not exist.", "Give --config recipe=PATH/recipe.yaml source=PATH/film.")
    row = read_yaml(path)
    if not isinstance(row, dict) or not {"film", "source", "configuration", "frames"} <= set(row):
        raise FilmError(f"{path} is no recipe of answerprint.", "A recipe lies at results/<film>/recipe.yaml.")
    return row


def _configuration(chain: Chain, settings: Mapping[str, Any], film: FilmRow) -> dict[str, Any]:
    """The configuration with every default written out."""
    return {
        "editions": {
            name: {"from": e.parent, "class": e.kind, "stages": list(e.stages)} for name, e in chain.editions.items()
        },
        "make": list(film.editions),
        "stages": {
            name: {"engine": stage.engine, **dataclasses.asdict(stage.options)} for name, stage in chain.stages.items()
        },
        **{key: settings.get(key) for key in ("shots", "speech", "speaking", "identity", "prints", "access_quality")},
        **{key: settings.get(key) for key in ("parts", "depth", "device", "grey", "fields", "accept_damaged")},
        "mattes": settings.get("mattes"),
        "language": film.language,
    }


def _decided(resolved: Path | None, decisions: Path | None) -> dict[str, Any]:
    """What a person decided, after what `stages: auto` resolved to: as one: nothing is resolved again."""
    row = (read_yaml(decisions) if decisions else None) or {}
    if resolved is None:
        return row
    return {**row, "shots": [*(read_yaml(resolved)["shots"] or ()), *(row.get("shots") or ())]}


def _engine(chain: Chain, name: str) -> dict[str, Any]:
    stage = chain.stages[name]
    row: dict[str, Any] = {
        "engine": stage.engine,
        "class": stage.card.kind,
        "code": film_fingerprints.engine_code(name, stage.engine),
        "licence": stage.card.licence,
        "paper": stage.card.paper,
    }
    weights = getattr(stage.options, "weights", None)
    if weights:
        row["weights"] = {weights: sha256(models.weight_file(weights))}
    return row


def _frames(records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """By edition, stage and part: the digest of the frames, and the beginning of each frame's own digest."""
    rows: dict[str, Any] = {}
    for record in sorted(records, key=lambda r: int(r["part"])):
        rows.setdefault(record["edition"], {}).setdefault(record["stage"], {})[record["part"]] = {
            "digest": of_frames(record["digests"]),
            "frames": " ".join(digest[:SHORT] for digest in record["digests"]),
        }
    return rows


def of_frames(digests: list[str]) -> str:
    """The digest of a run of frames, from those of its frames in order."""
    return hashlib.sha256("".join(digests).encode()).hexdigest()


def ledger_digest(path: Path) -> str:
    with np.load(path) as kept:
        return hashlib.sha256(np.ascontiguousarray(kept["frames"], np.int64).tobytes()).hexdigest()


def environment() -> dict[str, str]:
    """Versions of Python, of every installed package that the workflow stands on, and of FFmpeg; the processor."""
    import av

    names = sorted(
        {d.metadata["Name"].lower(): d.version for d in metadata.distributions() if d.metadata["Name"]}.items()
    )
    return {
        "answerprint": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "ffmpeg (libavcodec)": ".".join(map(str, av.library_versions["libavcodec"])),
        **{name: version for name, version in names if name not in ("pip", "setuptools")},
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or "unknown"
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
