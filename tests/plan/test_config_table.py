"""The table of configuration keys in config/README.md is that of the schema and the default configuration."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from answerprint.plan import config_table
from answerprint.plan.config import SCHEMA
from answerprint.runtime.errors import FilmError
from answerprint.runtime.yaml_text import read_yaml


def entries(schema: dict[str, Any], parent: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every key that a schema describes, at any depth, with its parents."""
    for name, entry in schema.get("properties", {}).items():
        yield f"{parent}{name}", entry
        yield from entries(entry, f"{parent}{name}.")
    if isinstance(schema.get("additionalProperties"), dict):
        yield from entries(schema["additionalProperties"], f"{parent}NAME.")


ENTRIES = dict(entries(read_yaml(SCHEMA)))


def test_the_committed_table_is_the_one_that_the_schema_gives() -> None:
    readme = config_table.README.read_text(encoding="utf-8")
    assert config_table.with_table(readme) == readme, "run: python -m answerprint.plan.config_table"


def test_the_schema_is_a_valid_schema() -> None:
    Draft202012Validator.check_schema(read_yaml(SCHEMA))


@pytest.mark.parametrize("name", sorted(ENTRIES))
def test_every_key_is_described_in_a_sentence(name: str) -> None:
    assert ENTRIES[name]["description"].endswith(".")


def test_a_default_stands_in_one_place_only() -> None:
    defaults = read_yaml(config_table.DEFAULTS)
    assert [
        key for key, entry in read_yaml(SCHEMA)["properties"].items() if key in defaults and "default" in entry
    ] == []


def test_every_key_of_the_schema_has_a_row() -> None:
    lines = config_table.rows(read_yaml(SCHEMA), read_yaml(config_table.DEFAULTS))
    assert [row.key for row in lines] == list(ENTRIES)


def test_every_key_of_the_default_configuration_is_in_the_schema() -> None:
    assert set(read_yaml(config_table.DEFAULTS)) <= set(read_yaml(SCHEMA)["properties"])


def test_a_key_within_a_key_has_a_row_with_its_default_and_unit() -> None:
    grow = {"type": "integer", "unit": "pixels", "description": "How far; see docs/train.md."}
    schema = {"properties": {"mattes": {"type": "object", "description": "Mattes.", "properties": {"grow": grow}}}}
    table = config_table.table(config_table.rows(schema, {"mattes": {"grow": 1}}))
    assert table.splitlines()[-1] == (
        "| `mattes.grow` | integer | `1` | pixels | How far; see [docs/train.md](../docs/train.md). |"
    )


@pytest.mark.parametrize(
    ("value", "entry", "shown"),
    [
        (False, {"type": "boolean"}, "`false`"),
        ("auto", {"type": "string"}, "`auto`"),
        ([], {"type": "array"}, "`[]`"),
        ({"a": {}, "b": {}}, {"type": "object"}, "`a, b`"),
        (None, {"type": "string", "default": "en"}, "`en`"),
        (None, {"type": "string"}, ""),
    ],
)
def test_a_default_is_shown_as_it_is_written(value: Any, entry: dict[str, Any], shown: str) -> None:
    schema = {"properties": {"key": {**entry, "description": "A key."}}}
    (row,) = config_table.rows(schema, {"key": value})
    assert row.default == shown


def test_a_readme_without_a_place_for_the_table_is_refused() -> None:
    with pytest.raises(FilmError, match="no place"):
        config_table.with_table("# Configuration\n")


def test_rewriting_leaves_the_rest_of_the_readme_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n\n{config_table.BEGIN}\nstale\n{config_table.END}\n\nafter\n")
    monkeypatch.setattr(config_table, "README", readme)
    config_table.main()
    text = readme.read_text()
    assert text.startswith("before\n\n") and text.endswith("\n\nafter\n") and "stale" not in text and "`parts`" in text
