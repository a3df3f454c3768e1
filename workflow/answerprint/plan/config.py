"""The configuration: layers laid over each other, checked, and turned into films and a chain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from .. import engines
from ..film import said_colour
from ..runtime.errors import FilmError, unknown_name_error
from ..runtime.text import shortened
from ..runtime.yaml_text import parse, read_yaml
from . import chain, film_sheet, named_files
from .chain import Chain
from .film_sheet import FilmDefaults, FilmRow

SCHEMA = Path(__file__).parents[2] / "schemas" / "config.schema.yaml"
STEPS = ("shots", "speech", "voices", "speaking", "identity")
"""Steps that have an engine but are not stages."""
PRINTS = {
    "master": "master.mkv",
    "mezzanine": "mezzanine.mov",
    "access": "access.mp4",
    "television": "television.mp4",
    "changes": "changes.mkv",
}
"""The prints of an edition, and their file names."""


@dataclass(frozen=True, kw_only=True)
class Project:
    """Everything that a run is asked to do."""

    films: dict[str, FilmRow]
    chain: Chain
    values: dict[str, Any] = field(default_factory=dict)
    """The merged configuration, checked against the schema."""

    def engine(self, step: str) -> tuple[str, dict[str, Any]]:
        """Engine name and options of a step that is not a stage: shots, speech, voices, speaking, identity."""
        values = dict(self.values.get(step) or {})
        name = values.pop("engine", "")
        return name, values

    def prints(self) -> dict[str, str]:
        """The prints to make of each edition, with their file names."""
        wanted = self.values["prints"]
        return {name: file for name, file in PRINTS.items() if wanted.get(name) not in (False, "none", None)}

    def lossy(self) -> dict[str, dict[str, Any]]:
        """How the lossy prints among them are encoded: `codec`, `quality`, and what else `prints.access` says."""
        quality, access = self.values["access_quality"], self.values["prints"].get("access")
        wanted = dict(access) if isinstance(access, dict) else {"codec": access}
        ways = {"access": {"quality": quality, **wanted}, "television": {"codec": "television", "quality": quality}}
        return {name: way for name, way in ways.items() if name in self.prints()}


def merged(layers: list[dict[str, Any]]) -> dict[str, Any]:
    """Configuration layers laid over each other, later over earlier; another engine drops the old one's options."""
    result: dict[str, Any] = {}
    for layer in layers:
        for key, value in layer.items():
            old = result.get(key)
            result[key] = _laid_over(old, value, key) if isinstance(old, dict) and isinstance(value, dict) else value
    return result


def _laid_over(old: dict[str, Any], new: dict[str, Any], name: str) -> dict[str, Any]:
    if "engine" in new and "engine" in old and new["engine"] != old["engine"]:
        return dict(new)
    result = dict(old)
    for key, value in new.items():
        before = result.get(key)
        result[key] = _laid_over(before, value, key) if isinstance(before, dict) and isinstance(value, dict) else value
    return result


def project(
    files: Sequence[Path | dict[str, Any]], command_line: dict[str, Any], folder: Path, repository: Path | None = None
) -> Project:
    """The project that configuration files (or their contents) and --config describe; paths count from `folder`.

    `--config editions=restored` chooses among the editions that the files define; it does not redefine them. A sheet
    that is not in `folder` is looked for in `repository`. Raises FilmError for every mistake in the configuration.
    """
    values = _values(files, command_line)
    resolved = chain.resolve(values["editions"], values["stages"])
    for step in STEPS:
        options = dict(values.get(step) or {})
        engines.options.read(engines.find(step, options.pop("engine", "")), options)
    make = tuple(dict.fromkeys(values.get("make") or resolved.editions))
    for name in make:
        if name not in resolved.editions:
            raise unknown_name_error("edition", str(name), list(resolved.editions))
    defaults = FilmDefaults(
        editions=make,
        parts=film_sheet.parts(values["parts"], "configuration"),
        defined_editions=tuple(resolved.editions),
        colour=said_colour.parse(values.get("colour"), "configuration"),
    )
    rows = _films(values, [folder, *([repository] if repository else [])], defaults)
    return Project(films={row.film: row for row in rows}, chain=resolved, values=values)


def _values(files: Sequence[Path | dict[str, Any]], command_line: dict[str, Any]) -> dict[str, Any]:
    """The merged configuration, checked against the schema."""
    overrides = _typed(command_line)
    if isinstance(overrides.get("editions"), (str, list)):
        overrides["make"] = film_sheet.names(overrides.pop("editions"))
    layers = [*(_table(file) if isinstance(file, Path) else file for file in files), overrides]
    values = merged([_with_auto_apart(layer) for layer in layers])
    for key in values.keys() & _texts():
        values[key] = str(values[key]) if values[key] is not None else ""
    _check(values)
    for key in WITH_RECIPE:
        if key in values and "recipe" not in values:
            film_hint, recipe_hint = "Name a film by film=PATH.", "Give recipe=PATH/recipe.yaml source=PATH/film."
            raise FilmError(f"{key} is given without a recipe.", film_hint if key == "source" else recipe_hint)
    return values


def _with_auto_apart(layer: dict[str, Any]) -> dict[str, Any]:
    """A layer in which `stages: auto` becomes `auto: true`: it leaves the engines and options of stages alone."""
    if layer.get("stages") != "auto":
        return layer
    return {**{key: value for key, value in layer.items() if key != "stages"}, "auto": True}


WITH_RECIPE = ("source", "reference", "tolerance")
"""Keys that have a meaning only together with a recipe."""


def _films(values: dict[str, Any], folders: list[Path], defaults: FilmDefaults) -> list[FilmRow]:
    if values.get("film"):
        return [film_sheet.single(values, folders[0], defaults)]
    if not values.get("films"):
        return []
    paths = [named_files.resolved(values["films"], folder) for folder in folders]
    defaults = replace(defaults, cells=film_sheet.shared(values, folders[0]))
    films = film_sheet.read(next((path for path in paths if path.is_file()), paths[0]), defaults)
    if films:
        film_sheet.require_shared(values)
    return _chosen(films, values["only"]) if values.get("only") else films


def _chosen(rows: list[FilmRow], only: str) -> list[FilmRow]:
    """The films of a sheet that `only` names. Raises FilmError for a name that is not in it."""
    wanted = {film_sheet.file_name(name.strip()): name.strip() for name in only.split(",")}
    films = [row.film for row in rows]
    for film, name in wanted.items():
        if film not in films:
            raise unknown_name_error("film of the sheet", name, films)
    return [row for row in rows if row.film in wanted]


def from_command_line(entries: Sequence[str]) -> dict[str, Any]:
    """What --config says, from its words as typed: `title=Reel #2`.

    Snakemake takes the words for YAML, in which a title such as `Sunrise: A Song` is a table, and 007 is 7.
    """
    properties = schema()["properties"]
    layers = []
    for entry in entries:
        key, _, text = entry.partition("=")
        if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
            text = text[1:-1]
        is_text = key in _texts() or (key == "editions" and not text.lstrip().startswith(("{", "[")))
        layers.append({key: text if is_text else parse(text, f"--config {key}", properties.get(key))})
    return merged(layers)


def _table(path: Path) -> dict[str, Any]:
    values = read_yaml(path, schema())
    if values is not None and not isinstance(values, dict):
        raise FilmError(f"{path} is not a configuration.", "Write `key: value` lines; see config/README.md.")
    return values or {}


@lru_cache
def schema() -> dict[str, Any]:
    """The schema of the configuration."""
    return dict(read_yaml(SCHEMA))


def _texts() -> frozenset[str]:
    """Keys whose values are any text."""
    return frozenset(key for key, entry in schema()["properties"].items() if entry.get("type") == "string")


def _typed(values: Any) -> Any:
    """Values of the command line, with booleans for true and false: Snakemake leaves `{master: false}` as text."""
    if isinstance(values, dict):
        return {key: value if key in _texts() else _typed(value) for key, value in values.items()}
    return {"true": True, "false": False}.get(values, values) if isinstance(values, str) else values


def _check(values: dict[str, Any]) -> None:
    from jsonschema import Draft202012Validator

    for key in values:
        if key not in schema()["properties"]:
            raise unknown_name_error("configuration key", str(key), list(schema()["properties"]))
    for error in Draft202012Validator(schema()).iter_errors(values):
        where = ".".join(str(step) for step in error.absolute_path) or "its top level"
        raise FilmError(
            f"The configuration is wrong at {where}: {shortened(error.message)}.",
            _description(schema(), list(error.absolute_path)),
        )


def _description(schema: dict[str, Any], path: list[Any]) -> str:
    """The schema's description of the key at `path`."""
    description = ""
    for step in path:
        schema = schema.get("properties", {}).get(step, schema.get("additionalProperties", {})) or {}
        if not isinstance(schema, dict):
            return description
        description = schema.get("description", description)
    return description
