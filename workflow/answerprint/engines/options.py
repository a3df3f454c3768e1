"""The options of engines: read and checked from plain values, and the files that they name."""

from __future__ import annotations

import dataclasses
import json
import sys
import typing
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ..runtime.errors import FilmError, unknown_name_error
from ..runtime.text import shortened

if TYPE_CHECKING:
    from . import Engine

_KINDS = {int: "a whole number", float: "a number", bool: "true or false", str: "text", Mapping: "a mapping"}
"""What a value of each type is called."""
_BOOLEANS = {"yes": True, "on": True, "no": False, "off": False}
"""Words for true and false that a place without a schema leaves as text."""


def read(engine: type[Engine], values: Mapping[str, Any] | None = None) -> Any:
    """The Options of an engine with the given values, checked. Raises FilmError that names the wrong key or type."""
    kind, called = engine.Options, _called(engine)
    hints = typing.get_type_hints(kind)
    names = [option.name for option in dataclasses.fields(kind)]
    checked: dict[str, Any] = {}
    for key, value in (values or {}).items():
        if key not in names:
            raise unknown_name_error(f"option of {called}", str(key), names or ["none"])
        checked[key] = _checked(engine, key, value, hints[key])
    for option in dataclasses.fields(kind):
        if option.metadata.get("file") and checked.get(option.name) == "":
            raise FilmError(
                f"Option {option.name} of {called} is empty.", "Give the path of a file, or the name of a model."
            )
    try:
        return kind(**checked)
    except (ValueError, OSError) as error:
        raise FilmError(f"Options of {called}: {error}.", _described(engine)) from error


def _checked(engine: type[Engine], key: str, value: Any, wanted: Any) -> Any:
    """A value of the option `key`, as the type that is wanted there. Raises FilmError where it is none."""
    origin, within = typing.get_origin(wanted), typing.get_args(wanted)
    if origin is tuple:
        return _listed(engine, key, value, within[0])
    if origin is Literal:
        if value not in within:
            place = f"value of option {key} of {_called(engine)}"
            raise unknown_name_error(place, str(value), [str(one) for one in within])
        return value
    if wanted is bool and isinstance(value, str):
        value = _BOOLEANS.get(value, value)
    return _single(engine, key, value, wanted)


def _listed(engine: type[Engine], key: str, value: Any, wanted: Any) -> tuple[Any, ...]:
    """The values of an option that takes several; files may be a mapping, such as {FRAME: path}."""
    option = next(option for option in dataclasses.fields(engine.Options) if option.name == key)
    if isinstance(value, Mapping) and option.metadata.get("file"):
        return tuple(f"{name}={_single(engine, key, path, wanted, each=True)}" for name, path in value.items())
    if not isinstance(value, list | tuple):
        once = f"Write [{json.dumps(value, ensure_ascii=False)}]. " if isinstance(value, str | int | float) else ""
        raise FilmError(
            f"Option {key} of {_called(engine)} is {shortened(repr(value))}, but it must be a list.",
            once + _described(engine),
        )
    return tuple(_single(engine, key, one, wanted, each=True) for one in value)


def _single(engine: type[Engine], key: str, value: Any, wanted: Any, *, each: bool = False) -> Any:
    """A value of an option, or with `each` one of its values, as a type that is wanted there."""
    kinds = [typing.get_origin(kind) or kind for kind in typing.get_args(wanted) or (wanted,)]
    if str in kinds and isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)  # YAML reads `rate: 50` as a number.
    if not any(_fits(value, kind) for kind in kinds):
        found = f"has {shortened(repr(value))}, but each of its values" if each else f"is {value!r}, but it"
        names = " or ".join(_KINDS[kind] for kind in kinds)
        raise FilmError(f"Option {key} of {_called(engine)} {found} must be {names}.", _described(engine))
    return float(value) if wanted is float else value


def _fits(value: Any, wanted: type) -> bool:
    if isinstance(value, bool) or wanted is bool:
        return isinstance(value, bool) and wanted is bool
    if wanted is float:
        return isinstance(value, int | float) and abs(value) <= sys.float_info.max
    return isinstance(value, wanted)


def _called(engine: type[Engine]) -> str:
    return f"{engine.card.stage}/{engine.card.name}"


def _described(engine: type[Engine]) -> str:
    """A hint: where the options of an engine are described."""
    return f"docs/options.md says under '{engine.card.stage}: {engine.card.name}' what each option may be."


def files(engine: type[Engine], values: Any, only: Collection[str] | None = None) -> list[str]:
    """Paths of the files that the options of an engine name: weights (where they will be once fetched), pictures.

    values: the engine's Options, or a mapping of option names to values; options missing from it have their defaults.
    only: of these options; None: of all.
    Raises FilmError for weights that are neither a file nor a name in the registry.
    """
    from . import models

    values = values if isinstance(values, Mapping) else dataclasses.asdict(values)
    paths: list[str] = []
    for option in dataclasses.fields(engine.Options):
        asked = option.metadata.get("file") and (only is None or option.name in only)
        value = values.get(option.name, option.default) if asked else None
        if isinstance(value, str):
            paths.append(str(models.place(value)))
        elif isinstance(value, Mapping):
            paths += [str(Path(path).expanduser()) for path in value.values()]
        elif value is not None:
            paths += [str(Path(entry.partition("=")[2].strip()).expanduser()) for entry in value]
    return paths


def weights(options: Any) -> tuple[str, ...]:
    """The weights that an engine's Options name, each by its name in the registry or by path, in the fields' order."""
    named = (getattr(options, one.name) for one in dataclasses.fields(options) if one.metadata.get("file"))
    return tuple(name for name in named if isinstance(name, str))
