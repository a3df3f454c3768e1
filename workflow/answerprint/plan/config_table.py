"""The table of configuration keys in config/README.md, made from the schema and the default configuration.

python -m answerprint.plan.config_table      # rewrites the table in place
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from ..runtime.errors import FilmError
from ..runtime.yaml_text import read_yaml
from .config import SCHEMA

REPOSITORY = SCHEMA.parents[2]
DEFAULTS = REPOSITORY / "config" / "config.yaml"
README = REPOSITORY / "config" / "README.md"
BEGIN = (
    "<!-- The table is made by `python -m answerprint.plan.config_table`; edit workflow/schemas/config.schema.yaml. -->"
)
END = "<!-- End of the table. -->"
TYPES = {
    "string": "text",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "array": "list",
    "object": "mapping",
    "null": "null",
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One key of the configuration, as the table shows it."""

    key: str
    """With its parents, joined by dots: prints.access."""
    type: str
    default: str
    unit: str
    description: str


def rows(schema: dict[str, Any], defaults: Any, parent: str = "") -> Iterator[Row]:
    """A row for each key of a schema, in its order, each followed by the keys within it.

    The default is the default configuration's, or the schema's `default` for what that leaves out.
    """
    for name, entry in schema.get("properties", {}).items():
        value = defaults.get(name) if isinstance(defaults, dict) else None
        key = f"{parent}{name}"
        yield Row(
            key=key,
            type=_type(entry),
            default=_default(entry.get("default") if value is None else value, entry),
            unit=entry.get("unit", ""),
            description=entry["description"],
        )
        yield from rows(entry, value, f"{key}.")
        if isinstance(entry.get("additionalProperties"), dict):
            yield from rows(entry["additionalProperties"], None, f"{key}.NAME.")


def table(lines: Iterator[Row]) -> str:
    """A Markdown table of rows; its links count from the folder config/."""
    cells = [["key", "type", "default", "unit", "meaning"], ["---"] * 5]
    cells += [[f"`{row.key}`", row.type, row.default, row.unit, _linked(row.description)] for row in lines]
    return "\n".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |" for line in cells)


def with_table(readme: str) -> str:
    """A README whose table, between its two markers, is that of the schema. Raises FilmError without the markers."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise FilmError("The README of the configuration has no place for its table.", f"Add: {BEGIN} {END}")
    made = table(rows(read_yaml(SCHEMA), read_yaml(DEFAULTS)))
    return f"{before}{begin}\n\n{made}\n\n{end}{after}"


def main() -> None:
    """Rewrite the table in config/README.md."""
    README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")


def _type(entry: dict[str, Any]) -> str:
    if "enum" in entry:
        return ", ".join(f"`{value}`" for value in entry["enum"])
    types = entry["type"] if isinstance(entry["type"], list) else [entry["type"]]
    return " or ".join(TYPES[name] for name in types)


def _default(value: Any, entry: dict[str, Any]) -> str:
    """A default as it is written in YAML; of a mapping its keys, and nothing where they have rows of their own."""
    if value is None or ("properties" in entry and isinstance(value, dict)):
        return ""
    text = ", ".join(value) if isinstance(value, dict) else yaml.safe_dump(value, default_flow_style=True)
    # PyYAML ends a bare scalar with a document mark.
    text = text.strip().removesuffix("...").strip()
    return f"`{text}`"


def _linked(description: str) -> str:
    """A description in which the pages of docs/ are links."""
    return re.sub(r"docs/(\w+\.md)", r"[docs/\1](../docs/\1)", description)


if __name__ == "__main__":
    main()
