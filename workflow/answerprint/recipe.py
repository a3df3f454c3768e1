"""The recipe: everything that determined the pixels of a film, so that they can be made again.

Source fixity, resolved configuration, decisions, engines with the digests of their code and weights, the versions
of all packages and of FFmpeg, the kind of processor, and for each stage and part the digest of the frames it made.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import platform
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from . import __version__, brief, models
from .chain import Chain
from .files import read_yaml, sha256, write_text
from .sheet import FilmRow


def write(
    path: Path,
    *,
    film: FilmRow,
    chain: Chain,
    settings: dict[str, Any],
    source: dict[str, Any],
    ledger: Path,
    parts: list[dict[str, int]],
    shots: list[dict[str, Any]],
    decisions: Path | None,
    records: list[dict[str, Any]],
) -> None:
    """Write recipe.yaml for one film."""
    row = {
        "answerprint": __version__,
        "film": film.film,
        "source": {
            key: source[key]
            for key in ("path", "sha256", "width", "height", "rate", "frames", "sar", "field_order", "pulldown", "grey")
        }
        | {"working_depth": source["working_depth"], "colour": source["colour"], "ledger": _ledger_digest(ledger)},
        "configuration": _configuration(chain, settings, film),
        "decisions": read_yaml(decisions) if decisions else {},
        "shots": shots,
        "engines": {stage: _engine(chain, stage) for stage in chain.stages},
        "parts": [[part["first"], part["stop"]] for part in parts],
        "frames": _frames(records),
    }
    # The digest names the recipe: the surroundings may differ and still give the same pixels.
    row = {"digest": hashlib.sha256(json.dumps(row, sort_keys=True, default=str).encode()).hexdigest(), **row}
    row["environment"] = environment()
    write_text(
        path, yaml.safe_dump(json.loads(json.dumps(row, default=str)), sort_keys=False, allow_unicode=True, width=120)
    )


def _configuration(chain: Chain, settings: dict[str, Any], film: FilmRow) -> dict[str, Any]:
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
        "language": film.language,
    }


def _engine(chain: Chain, name: str) -> dict[str, Any]:
    stage = chain.stages[name]
    row: dict[str, Any] = {
        "engine": stage.engine,
        "class": stage.card.kind,
        "code": brief.code(name, stage.engine),
        "licence": stage.card.licence,
        "paper": stage.card.paper,
    }
    weights = getattr(stage.options, "weights", None)
    if weights:
        row["weights"] = {weights: sha256(models.weight_file(weights))}
    return row


def _frames(records: list[dict[str, Any]]) -> dict[str, Any]:
    """Digests of the frames by edition, stage and part: of all the frame digests of a part in order."""
    rows: dict[str, Any] = {}
    for record in sorted(records, key=lambda r: int(r["part"])):
        joined = hashlib.sha256("".join(record["digests"]).encode()).hexdigest()
        rows.setdefault(record["edition"], {}).setdefault(record["stage"], {})[record["part"]] = joined
    return rows


def _ledger_digest(path: Path) -> str:
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
