"""The recipe: everything that determined the pixels of a film, so that they can be reproduced.

Source fixity, resolved configuration, decisions, engines with the digests of their code and weights, the versions
of all packages and of FFmpeg, the processor, and for each stage and part the digests of its frames.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from .. import __version__
from ..engines import models
from ..engines import options as engine_options
from ..film import said_colour, shots
from ..frames.part_file import DIGEST
from ..plan import config, decisions, film_fingerprints, painted, shot_colours
from ..plan.chain import Chain
from ..plan.film_sheet import FilmRow, file_name
from ..runtime.errors import FilmError, unknown_name_error
from ..runtime.files import sha256, write_text
from ..runtime.text import shortened
from ..runtime.yaml_text import read_yaml
from . import model_ledger

SOURCE = (
    *("sha256", "kind", "width", "height", "rate", "frames", "sar", "field_order", "pulldown", "grey"),
    *("deinterlace", "working_depth", "colour"),
)
"""The keys of source.json that a recipe repeats."""
FILM = ("editions", "make", "stages", "language", "vocabulary", "colour")
"""Keys of a recipe's configuration that say what this film is and goes through."""
SETTINGS = (
    *("shots", "speech", "voices", "speaking", "identity", "prints", "access_quality"),
    *(
        "parts",
        "depth",
        "device",
        "grey",
        "fields",
        "deinterlace",
        "accept_damaged",
        "time_stamps",
        "missing",
        "mattes",
    ),
)
"""Keys of the configuration that a recipe repeats; none of them names a file or a folder."""
SCHEMA = Path(__file__).parents[2] / "schemas" / "recipe.schema.yaml"
HINT = "It was changed by hand, or by somebody else: get it from where it was published."
SHORT = 8
"""Hex digits of each frame's digest, which show the frame that differs; the part's digest shows whether one does."""


@dataclass(frozen=True, kw_only=True)
class Restoration:
    """One restored film: everything that its recipe is made from."""

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
    elements: Sequence[Mapping[str, Any]] = ()
    """What is known of each other element, and where it lies along the film."""
    decisions: Path | None
    resolved: Path | None
    """What `stages: auto` resolved to."""
    pictures: Sequence[Path]
    """Coloured pictures in the film's folder of decisions."""
    records: Sequence[Mapping[str, Any]]
    """The records of every part at every stage."""
    qualities: Mapping[str, Sequence[tuple[int, float]]] = dataclasses.field(default_factory=dict)
    """By edition, first frame and quality of each group of pictures of the access copy, where they were searched."""


def write(path: Path, restored: Restoration) -> None:
    """Write recipe.yaml for one film."""
    matte, facts = restored.matte, restored.facts
    row: dict[str, Any] = {
        "answerprint": __version__,
        "film": restored.film.film,
        "source": {
            # Its folder says something about a machine, and nothing about pixels.
            "file": Path(facts["path"]).name,
            **{key: facts[key] for key in SOURCE},
            "ledger": ledger_digest(restored.ledger),
        },
        "matte": {key: value for key, value in matte.items() if key != "path"} if matte else None,
        **({"elements": list(map(_element, restored.elements))} if restored.elements else {}),
        "configuration": _configuration(restored.chain, restored.settings, restored.film),
        "decisions": _decided([*_automatic(restored), *_drawn(restored)], restored.decisions),
        # Without the confidence of each, which changes no pixel.
        "shots": [{key: shot[key] for key in ("start", "stop", "transition")} for shot in restored.shots],
        "engines": {stage: _engine(restored.chain, stage) for stage in restored.chain.stages},
        "parts": [[part["first"], part["stop"]] for part in restored.parts],
        **({"qualities": restored.qualities} if restored.qualities else {}),
        "digests": DIGEST,
        "frames": _frames(restored.records),
    }
    # The digest identifies the recipe without the environment, which may differ and still give the same pixels.
    row = {"digest": hashlib.sha256(json.dumps(row, sort_keys=True, default=str).encode()).hexdigest(), **row}
    row = {**row, "models": _models(restored), "environment": environment()}
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


def _models(restored: Restoration) -> list[dict[str, Any]]:
    """The models that were read for a film."""
    silent = not (restored.film.audio or restored.facts["audio"])
    decided = decisions.read(restored.decisions)
    return model_ledger.rows(restored.film, restored.chain, restored.settings, decided, silent=silent)


def _element(row: Mapping[str, Any]) -> dict[str, Any]:
    """Another element as a recipe names it."""
    kept = ("sha256", "kind", "width", "height", "rate", "frames", "offset", "runs")
    return {"file": Path(row["path"]).name, **{key: row[key] for key in kept}}


def read(path: Path | str) -> dict[str, Any]:
    """A recipe, checked, as it may come from a stranger. Raises FilmError when the file is none, or is wrong."""
    from jsonschema import Draft202012Validator

    path = Path(path)
    if not path.is_file():
        raise FilmError(f"The recipe {path} does not exist.", "Give --config recipe=PATH/recipe.yaml source=PATH/film.")
    schema = _schema()
    places = {"configuration": config.schema(), "decisions": decisions.schema()}
    row = read_yaml(
        path, {**schema, "properties": {**schema["properties"], **places}}, most_bytes=decisions.MOST_RECIPE
    )
    if not isinstance(row, dict) or not set(schema["required"]) <= set(row):
        raise FilmError(f"{path} is not a recipe.", "The recipe of a film is results/<film>/recipe.yaml.")
    for error in Draft202012Validator(schema).iter_errors(row):
        where = ".".join(str(step) for step in error.absolute_path)
        raise FilmError(f"The recipe {path} is wrong at {where}: {shortened(error.message)}.", HINT)
    if file_name(row["film"]) != row["film"]:
        raise FilmError(f"The recipe {path} is of a film '{shortened(row['film'])}', which no film is called.", HINT)
    for key in row["configuration"]:
        if key not in (*FILM, *SETTINGS):
            raise unknown_name_error(f"key in the configuration of {path}", str(key), (*FILM, *SETTINGS))
    return row


@lru_cache
def _schema() -> dict[str, Any]:
    return dict(read_yaml(SCHEMA))


def _configuration(chain: Chain, settings: Mapping[str, Any], film: FilmRow) -> dict[str, Any]:
    """The configuration with every default written out."""
    values = {
        "editions": {
            name: {"from": e.parent, "class": e.kind, "stages": list(e.stages)} for name, e in chain.editions.items()
        },
        "make": list(film.editions),
        "stages": {
            name: {"engine": stage.engine, **dataclasses.asdict(stage.options)} for name, stage in chain.stages.items()
        },
        **{key: settings.get(key) for key in SETTINGS},
        "colour": said_colour.words(film.colour) or None,
        "language": film.language,
        "vocabulary": film.vocabulary or None,
    }
    # What is not said is left out: where a key is text, YAML's null would be a word.
    return {key: value for key, value in values.items() if value is not None}


def _decided(first: Sequence[Mapping[str, Any]], decided: Path | None) -> dict[str, Any]:
    """The rows that `stages: auto` and pictures stand for, and after them a person's decisions, as one: nothing is
    resolved again."""
    row = decisions.table(decided) if decided else {}
    return {**row, "shots": [*map(dict, first), *(row.get("shots") or ())]} if first else row


def _automatic(restored: Restoration) -> list[dict[str, Any]]:
    """What `stages: auto` decides, as rows, as far as a person leaves it standing."""
    automatic, said = (decisions.read(path).shots for path in (restored.resolved, restored.decisions))
    return [one.row() for one in shot_colours.standing(automatic, said, _cut(restored), restored.chain)]


def _drawn(restored: Restoration) -> list[dict[str, Any]]:
    """What the coloured pictures in the film's folder of decisions decide, as rows."""
    return [one.row() for one in painted.decisions(restored.pictures, _cut(restored))]


def _cut(restored: Restoration) -> tuple[shots.Shot, ...]:
    return shots.from_json(map(dict, restored.shots))


def _engine(chain: Chain, name: str) -> dict[str, Any]:
    stage = chain.stages[name]
    row: dict[str, Any] = {
        "engine": stage.engine,
        "class": stage.kind,
        "code": film_fingerprints.engine_code(name, stage.engine),
        "licence": stage.card.licence,
        "paper": stage.card.paper,
    }
    if weights := engine_options.weights(stage.options):
        row["weights"] = {one: sha256(models.weight_file(one)) for one in weights}
    pictures = [Path(path) for path in stage.pictures]
    if pictures:
        row["pictures"] = {f"{path.parent.name}/{path.name}": sha256(path) for path in pictures if path.is_file()}
    return row


def _frames(records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """By edition, stage and part: the digest of its frames, and the first digits of each frame's own."""
    rows: dict[str, Any] = {}
    for record in sorted(records, key=lambda r: int(r["part"])):
        rows.setdefault(record["edition"], {}).setdefault(record["stage"], {})[record["part"]] = {
            "digest": of_frames(record["digests"]),
            "frames": " ".join(digest[:SHORT] for digest in record["digests"]),
        }
    return rows


def of_frames(digests: list[str]) -> str:
    """The digest of a run of frames, from the digests of its frames in order."""
    return hashlib.sha256("".join(digests).encode()).hexdigest()


def ledger_digest(path: Path) -> str:
    """A digest of which picture each film frame is."""
    with np.load(path) as kept:
        return hashlib.sha256(np.ascontiguousarray(kept["frames"], np.int64).tobytes()).hexdigest()


def environment() -> dict[str, str]:
    """The versions of Python, of every installed package and of FFmpeg, and the system and processor."""
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
