"""YAML as people mean it: what stands in a place for text stays as it is written, and a key stands once.

YAML 1.1 takes `no` for false, `010` for 8, `12:30` for 750 and `1.10` for 1.1. Here a schema says what a place is for;
where it says nothing, only `true`, `false`, `null` and plain decimal numbers are more than text (YAML 1.2). Depth,
length and the number of values are bounded before anything is built.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .errors import FilmError
from .text import MOST_BYTES, read_text

Schema = Mapping[str, Any]
MOST_DEPTH = 64
"""Lists and mappings within each other; configurations and recipes have seven."""
MOST_VALUES = 500_000
"""Values of one file, those counted again that an alias repeats; the recipe of a long film has about 50,000."""
WHOLE = re.compile(r"[-+]?[0-9]{1,18}")
NUMBER = re.compile(r"[-+]?(?:[0-9]{1,18}\.?[0-9]{0,30}|\.[0-9]{1,30})(?:[eE][-+]?[0-9]{1,3})?")
SPECIAL = {".nan": float("nan"), ".inf": float("inf"), "+.inf": float("inf"), "-.inf": float("-inf")}
TRUE, FALSE, NULL = ("true", "yes", "on"), ("false", "no", "off"), ("null", "~", "")
TAG = "tag:yaml.org,2002:"


@dataclass(kw_only=True)
class _Open:
    """A list or mapping whose end has not come yet."""

    value: Any
    schema: Schema
    anchor: str | None
    begins: int
    """Values read before it."""
    lines: dict[str, int] = field(default_factory=dict)
    """Of a mapping: the line of each key."""
    key: Any = None
    has_key: bool = False
    merge: list[Any] = field(default_factory=list)
    """Mappings that `<<` lays under this one."""


def read_yaml(path: Path | str, schema: Schema | None = None, *, most_bytes: int = MOST_BYTES) -> Any:
    """The content of a YAML file; `schema`, a JSON Schema, says which of its values are text, numbers or booleans.

    Raises a FilmError that says at which line it is not valid YAML, or has a key twice.
    """
    return parse(read_text(path, most_bytes=most_bytes), str(path), schema)


def parse(text: str, name: str, schema: Schema | None = None) -> Any:
    """The value of a YAML text, as read_yaml says; `name` is what an error calls it."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return _Builder(name, schema or {}).build(yaml.parse(text, Loader=loader))
    except (yaml.YAMLError, RecursionError, UnicodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        problem = re.sub(r"\s+", " ", str(getattr(error, "problem", "") or "")).strip()
        raise FilmError(
            f"{name} is not valid YAML{where}{f': {problem}' if problem else ''}.",
            "Check the indentation and the colons there, and put text with special characters in quotation marks.",
        ) from error


class _Builder:
    """Builds a value from the events of a YAML parser, with a stack of its own: no text is too deep for it."""

    def __init__(self, name: str, schema: Schema) -> None:
        self.name = name
        self.schema = schema
        self.stack: list[_Open] = []
        self.anchors: dict[str, tuple[Any, int]] = {}
        """Each value that an alias can repeat, and how many values it holds."""
        self.values = 0
        self.result: Any = None
        self.documents = 0

    def build(self, events: Iterator[Any]) -> Any:
        for event in events:
            kind = type(event).__name__
            if kind == "DocumentStartEvent":
                self.documents += 1
                if self.documents > 1:
                    raise self._error(event, "a second document begins", "Keep one, without `---` between two.")
            elif kind in ("MappingStartEvent", "SequenceStartEvent"):
                self._begin(event, {} if kind == "MappingStartEvent" else [])
            elif kind in ("MappingEndEvent", "SequenceEndEvent"):
                self._end(event)
            elif kind == "ScalarEvent":
                self._scalar(event)
            elif kind == "AliasEvent":
                self._alias(event)
        return self.result

    def _begin(self, event: Any, value: Any) -> None:
        if len(self.stack) >= MOST_DEPTH:
            raise self._error(event, f"more than {MOST_DEPTH} lists and mappings are within each other")
        if self._wants_key():
            raise self._error(
                event, "a list or mapping stands where a key is expected", "Is a bracket or brace left over?"
            )
        if event.tag not in (None, "!", f"{TAG}map", f"{TAG}seq"):
            raise self._error(event, f"the tag {event.tag} is not known", "Leave it out.")
        schema = _of_kind(self._place(), "object" if isinstance(value, dict) else "array")
        self._count(event, 1)
        self.stack.append(_Open(value=value, schema=schema, anchor=event.anchor, begins=self.values))

    def _end(self, event: Any) -> None:
        done = self.stack.pop()
        for lower in done.merge:
            for key, value in lower.items():
                done.value.setdefault(key, value)
        if done.anchor:
            self.anchors[done.anchor] = (done.value, self.values - done.begins + 1)
        self._put(event, done.value)

    def _scalar(self, event: Any) -> None:
        self._count(event, 1)
        if event.tag not in (None, "!", *(f"{TAG}{kind}" for kind in ("str", "int", "float", "bool", "null"))):
            raise self._error(event, f"the tag {event.tag} is not known", "Leave it out.")
        is_text = event.style not in (None, "") or event.tag in ("!", f"{TAG}str")
        if self._wants_key():
            return self._key(event, event.value, is_text)
        value = _typed(event.value, self._place(), is_text)
        if event.anchor:
            self.anchors[event.anchor] = (value, 1)
        self._put(event, value)

    def _alias(self, event: Any) -> None:
        if event.anchor not in self.anchors:
            raise self._error(event, f"*{event.anchor} stands for nothing that is complete above it")
        if self._wants_key():
            raise self._error(event, "an alias stands where a key is expected")
        value, size = self.anchors[event.anchor]
        self._count(event, size)
        self._put(event, copy.deepcopy(value))

    def _key(self, event: Any, text: str, is_text: bool) -> None:
        top = self.stack[-1]
        names = top.schema.get("propertyNames", {})
        key: Any = text if is_text else _typed(text, names if names.get("type") == "integer" else {"type": "string"})
        mark = str(key)
        if mark in top.lines and not (text == "<<" and not is_text):
            raise FilmError(
                f"{self.name} has the key '{text}' twice, at line {top.lines[mark]} and at line "
                f"{event.start_mark.line + 1}.",
                "Put what belongs to it under one of them.",
            )
        top.lines[mark] = event.start_mark.line + 1
        top.key, top.has_key = (_MERGE if text == "<<" and not is_text else key), True

    def _put(self, event: Any, value: Any) -> None:
        if not self.stack:
            self.result = value
            return
        top = self.stack[-1]
        if isinstance(top.value, list):
            top.value.append(value)
        elif top.key is _MERGE:
            lower = value if isinstance(value, list) else [value]
            if not all(isinstance(one, dict) for one in lower):
                raise self._error(event, "`<<` does not name a mapping")
            top.merge += lower
            top.has_key = False
        else:
            top.value[top.key] = value
            top.has_key = False

    def _wants_key(self) -> bool:
        return bool(self.stack) and isinstance(self.stack[-1].value, dict) and not self.stack[-1].has_key

    def _place(self) -> Schema:
        """What the schema says of the value that comes next."""
        if not self.stack:
            return self.schema
        top = self.stack[-1]
        if isinstance(top.value, list):
            place = top.schema.get("items", {})
        elif top.key is _MERGE:
            place = top.schema
        else:
            place = top.schema.get("properties", {}).get(top.key, top.schema.get("additionalProperties", {}))
        return place if isinstance(place, Mapping) else {}

    def _count(self, event: Any, values: int) -> None:
        self.values += values
        if self.values > MOST_VALUES:
            raise self._error(event, f"there are more than {MOST_VALUES} values, with those that aliases repeat")

    def _error(self, event: Any, problem: str, hint: str = "") -> FilmError:
        return FilmError(f"In {self.name} at line {event.start_mark.line + 1} {problem}.", hint)


_MERGE = object()


def _of_kind(schema: Schema, kind: str) -> Schema:
    """The one of several alternatives of a schema that describes a list or mapping."""
    for alternative in schema.get("anyOf", ()):
        if alternative.get("type") == kind:
            return dict(alternative)
    return schema


def _typed(text: str, schema: Schema, is_text: bool = False) -> Any:
    """What a scalar means in its place. `is_text`: it was written in quotation marks, or as a block of text."""
    if "enum" in schema:
        return next((value for value in schema["enum"] if text == _written(value)), text)
    if is_text:
        return text
    wanted = schema.get("type")
    kinds = [wanted] if isinstance(wanted, str) else list(wanted or ())
    kinds += [kind for one in schema.get("anyOf", ()) if isinstance(kind := one.get("type"), str)]
    if not kinds:
        return _plain(text)
    if "boolean" in kinds and text.lower() in (*TRUE, *FALSE):
        return text.lower() in TRUE
    if "integer" in kinds and WHOLE.fullmatch(text) and not ("string" in kinds and _padded(text)):
        return int(text)
    if "number" in kinds and NUMBER.fullmatch(text) and not ("string" in kinds and _padded(text)):
        return int(text) if WHOLE.fullmatch(text) else float(text)
    if "string" in kinds:
        return None if "null" in kinds and text.lower() in NULL else text
    return _plain(text)


def _plain(text: str) -> Any:
    """What a scalar means where nothing is said of its place."""
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    if text.lower() in NULL:
        return None
    if text.lower() in SPECIAL:
        return SPECIAL[text.lower()]
    if _padded(text):
        return text
    if WHOLE.fullmatch(text):
        return int(text)
    return float(text) if NUMBER.fullmatch(text) else text


def _padded(text: str) -> bool:
    """Whether a number begins with a zero that says nothing, as only names and counters do: 007."""
    return re.match(r"[-+]?0[0-9]", text) is not None


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
