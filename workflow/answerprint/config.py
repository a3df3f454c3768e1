"""The configuration: layers laid over each other, checked, and turned into films and a chain."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from . import chain, engines
from .chain import Chain
from .errors import FilmError, choices
from .files import read_yaml

COLUMNS = (
    "film",
    "source",
    "rate",
    "audio",
    "subtitles",
    "matte",
    "cast",
    "language",
    "editions",
    "parts",
    "title",
    "year",
    "notes",
)
SCHEMA = Path(__file__).parents[1] / "schemas" / "config.schema.yaml"


@dataclass(frozen=True, kw_only=True)
class FilmRow:
    """One film of the sheet; paths are resolved."""

    film: str
    source: Path
    rate: Fraction | None = None
    audio: Path | None = None
    subtitles: Path | None = None
    matte: Path | None = None
    cast: Path | None = None
    language: str = "en"
    editions: tuple[str, ...] = ()
    parts: int | str = "auto"
    title: str = ""
    year: str = ""
    notes: str = ""


@dataclass(frozen=True, kw_only=True)
class Project:
    """Everything that a run is asked to do."""

    films: dict[str, FilmRow]
    chain: Chain
    values: dict[str, Any] = field(default_factory=dict)
    """The merged configuration, checked against the schema."""

    def engine(self, step: str) -> tuple[str, dict[str, Any]]:
        """Engine name and options of a step that is no pixel stage: shots, speech, speaking, identity."""
        values = dict(self.values.get(step) or {})
        name = values.pop("engine", "")
        return name, values

    def prints(self) -> dict[str, str]:
        """The prints to make of each edition, and their file names."""
        wanted = self.values["prints"]
        names = {"master": "master.mkv", "mezzanine": "mezzanine.mov", "access": "access.mp4", "changes": "changes.mkv"}
        return {name: file for name, file in names.items() if wanted.get(name) not in (False, "none", None)}


def merged(layers: list[dict[str, Any]]) -> dict[str, Any]:
    """Configuration layers laid over each other, later over earlier; a stage with another engine starts anew."""
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


def project(files: list[Path], command_line: dict[str, Any], folder: Path) -> Project:
    """The project that configuration files and --config say, in `folder`.

    `--config editions=restored` chooses among the editions that the files define; it does not redefine them.
    Raises FilmError for whatever a person got wrong.
    """
    command_line = dict(command_line)
    chosen = command_line.get("editions")
    if isinstance(chosen, (str, list)):
        command_line["make"] = _names(command_line.pop("editions"))
    values = merged([*(read_yaml(path) or {} for path in files), command_line])
    for path_key in ("film", "audio", "subtitles", "matte", "cast", "language", "title", "notes", "films"):
        if path_key in values and values[path_key] is not None:
            values[path_key] = str(values[path_key])
    _check(values)
    found = chain.resolve(values["editions"], values["stages"])
    for step in ("shots", "speech", "speaking", "identity"):
        if values.get(step):
            options = dict(values[step])
            engines.options(step, options.pop("engine", ""), options)
    make = tuple(values.get("make") or found.editions)
    for name in make:
        if name not in found.editions:
            raise choices("edition", str(name), list(found.editions))
    rows = _rows(values, folder, make, list(found.editions))
    return Project(films={row.film: row for row in rows}, chain=found, values=values)


def _check(values: dict[str, Any]) -> None:
    from jsonschema import Draft202012Validator

    schema = read_yaml(SCHEMA)
    for key in values:
        if key not in schema["properties"]:
            raise choices("configuration key", str(key), list(schema["properties"]))
    for error in Draft202012Validator(schema).iter_errors(values):
        where = ".".join(str(step) for step in error.absolute_path) or "it"
        hint = ""
        if error.absolute_path:
            part: Any = schema["properties"].get(error.absolute_path[0], {})
            for step in list(error.absolute_path)[1:]:
                part = part.get("properties", {}).get(step, part) if isinstance(part, dict) else part
            hint = part.get("description", "") if isinstance(part, dict) else ""
        raise FilmError(f"The configuration is wrong at {where}: {error.message}.", hint)
    if values["parts"] != "auto":
        _parts(values["parts"], "parts")


def _parts(value: Any, where: str) -> int | str:
    if str(value) == "auto":
        return "auto"
    if not re.fullmatch(r"[1-9]\d*", str(value)):
        raise FilmError(f"{where} is '{value}'.", "Give a number from 1 on, or auto.")
    return int(value)


def _names(value: str | list[str]) -> list[str]:
    return [name for name in re.split(r"[,\s]+", value) if name] if isinstance(value, str) else list(value)


def rate(text: Any) -> Fraction:
    """A rate written as 18, 23.976, 24000/1001 or 29/1. Raises FilmError when it is none."""
    try:
        value = Fraction(str(text))
    except (ValueError, ZeroDivisionError) as error:
        raise FilmError(f"The rate '{text}' is no number.", "Write it as 18, 24000/1001 or 25/1.") from error
    for nominal in (24, 30, 48, 60, 120):
        # 23.976 and 29.97 are how people write n*1000/1001.
        if value.denominator != 1 and abs(value - Fraction(nominal * 1000, 1001)) < Fraction(1, 1000):
            return Fraction(nominal * 1000, 1001)
    if not 0 < value <= 1000:
        raise FilmError(f"The rate '{text}' is out of range.", "Give frames a second, above 0 and at most 1000.")
    return value


def film_name(path: Path) -> str:
    """The name of a film: the file's stem, with what a file name could not carry replaced by '_'."""
    stem = path.name if path.is_dir() else path.stem
    return re.sub(r"[^\w.-]+", "_", stem).strip("._") or "film"


def _rows(values: dict[str, Any], folder: Path, make: tuple[str, ...], known: list[str]) -> list[FilmRow]:
    if values.get("film"):
        single = {key: values[key] for key in COLUMNS if key in values and key not in ("film", "source", "editions")}
        path = _path(values["film"], folder)
        return [_row({**single, "film": film_name(path), "source": str(path)}, folder, values, make, known, "--config")]
    sheet = values.get("films")
    if not sheet:
        return []
    path = _path(sheet, folder)
    if not path.exists() and (own := SCHEMA.parents[2] / sheet).exists():
        path = own
    if not path.exists():
        raise FilmError(f"The sheet of films {path} does not exist.", "Give --config film=PATH or films=SHEET.")
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader((line for line in file if line.strip() and not line.startswith("#")), delimiter="\t")
        for column in reader.fieldnames or []:
            if column not in COLUMNS:
                raise choices(f"column of {path.name}", column, COLUMNS)
        rows: list[FilmRow] = []
        for number, cells in enumerate(reader, start=2):
            if None in cells:
                raise FilmError(f"Row {number} of {path} has more cells than columns.", "Separate cells by one tab.")
            cells = {key: value.strip() for key, value in cells.items() if value and value.strip()}
            if "film" not in cells or "source" not in cells:
                raise FilmError(f"Row {number} of {path} has no film or no source.", "Every row needs both.")
            if film_name(Path(cells["film"] + ".x")) != cells["film"]:
                raise FilmError(f"The film '{cells['film']}' cannot be a folder name.", "Use letters, digits, . _ -")
            if any(row.film == cells["film"] for row in rows):
                raise FilmError(f"The film '{cells['film']}' stands twice in {path}.", "Give each row its own name.")
            rows.append(_row(cells, path.parent, values, make, known, f"row {number} of {path.name}"))
    return rows


def _row(
    cells: dict[str, Any], folder: Path, values: dict[str, Any], make: tuple[str, ...], known: list[str], where: str
) -> FilmRow:
    source = _path(cells["source"], folder)
    if not source.exists():
        raise FilmError(
            f"The film {source} does not exist ({where}).", f"Relative paths count from {folder}; check the spelling."
        )
    own = tuple(_names(cells.get("editions", ""))) or make
    for name in own:
        if name not in known:
            raise choices("edition", name, known)
    paths = {}
    for key in ("audio", "subtitles", "matte", "cast"):
        if cells.get(key):
            paths[key] = _path(cells[key], folder)
            if not paths[key].exists():
                raise FilmError(f"The {key} {paths[key]} does not exist ({where}).", "Check the path.")
    return FilmRow(
        film=str(cells["film"]),
        source=source,
        rate=rate(cells["rate"]) if cells.get("rate") else None,
        language=str(cells.get("language") or "en"),
        editions=own,
        parts=_parts(cells.get("parts", values["parts"]), f"parts ({where})"),
        title=str(cells.get("title", "")),
        year=str(cells.get("year", "")),
        notes=str(cells.get("notes", "")),
        **paths,
    )


def _path(text: str, folder: Path) -> Path:
    path = Path(text).expanduser()
    return path if path.is_absolute() else Path(folder, path)
