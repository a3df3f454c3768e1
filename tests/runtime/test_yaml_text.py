"""YAML is read as people mean it, within bounds."""

from __future__ import annotations

import math
import time
from typing import Any

import pytest

from answerprint.runtime.errors import FilmError
from answerprint.runtime.yaml_text import parse

SCHEMA = {
    "properties": {
        "title": {"type": "string"},
        "parts": {"type": ["integer", "string"]},
        "rate": {"type": ["string", "number"]},
        "grey": {"type": ["string", "boolean"]},
        "master": {"type": "boolean"},
        "depth": {"enum": ["auto", 10, 12]},
        "mirror": {"type": ["string", "null"]},
        "names": {"type": "object", "additionalProperties": {"type": "string"}},
        "polygon": {"propertyNames": {"type": "integer"}, "additionalProperties": {"items": {"type": "number"}}},
    }
}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("title: No", "No"),
        ("title: off", "off"),
        ("title: 010", "010"),
        ("title: 1.10", "1.10"),
        ("title: 12:30", "12:30"),
        ("title: 1921-03-04", "1921-03-04"),
        ("title: null", "null"),
        ("title: true", "true"),
        ("title:", ""),
        ("title: |\n  a\n  b\n", "a\nb\n"),
        ("parts: 3", 3),
        ("parts: auto", "auto"),
        ("rate: 18", 18),
        ("rate: 23.976", 23.976),
        ("rate: 24000/1001", "24000/1001"),
        ("grey: no", False),
        ("grey: auto", "auto"),
        ("master: on", True),
        ("master: maybe", "maybe"),
        ("depth: 10", 10),
        ("depth: '12'", 12),
        ("depth: auto", "auto"),
        ("mirror: ~", None),
        ("mirror: null.example", "null.example"),
        ("names: {Person 1: No, 7: 007, yes: true}", {"Person 1": "No", "7": "007", "yes": "true"}),
        ("polygon: {040: [1, 2.5], x: [.5]}", {40: [1, 2.5], "x": [0.5]}),
    ],
)
def test_a_value_is_what_its_place_is_for(written: str, value: Any) -> None:
    (read,) = parse(written, "it", SCHEMA).values()
    assert read == value and type(read) is type(value)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", True),
        ("no", "no"),
        ("12", 12),
        ("-1.5e3", -1500.0),
        ("1e-3", 0.001),
        ("010", "010"),
        ("0x10", "0x10"),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("2001-01-01", "2001-01-01"),
        ("'12'", "12"),
        ("!!str 12", "12"),
        ("9" * 5000, "9" * 5000),
        ("", None),
        ("null", None),
    ],
)
def test_where_nothing_is_said_only_plain_numbers_and_words_of_yaml_are_more_than_text(
    written: str, value: Any
) -> None:
    read = parse(f"a: {written}", "it")["a"]
    assert read == value and type(read) is type(value)


def test_not_a_number_is_a_number() -> None:
    assert math.isnan(parse("a: .nan", "it")["a"])


def test_a_key_that_stands_twice_is_named_with_both_lines() -> None:
    with pytest.raises(FilmError, match="'cuts' twice, at line 1 and at line 3"):
        parse("cuts: 1\nshots: 2\ncuts: 3\n", "it")
    with pytest.raises(FilmError, match="'b' twice"):
        parse("a: {b: 1, c: {b: 2}, b: 3}", "it")
    with pytest.raises(FilmError, match="'040' twice"):
        parse("polygon: {40: [1], 040: [2]}", "it", SCHEMA)


def test_aliases_and_merges_repeat_what_stands_above() -> None:
    read = parse("a: &x {k: [1]}\nb: *x\nc: {<<: *x, j: 2}\nd: {k: 5, <<: [*x]}\n", "it")
    assert read == {"a": {"k": [1]}, "b": {"k": [1]}, "c": {"j": 2, "k": [1]}, "d": {"k": 5}}
    read["a"]["k"].append(2)
    assert read["b"] == {"k": [1]}


BOMB = "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12))


@pytest.mark.parametrize(
    "written",
    [
        "a: " + "[" * 100_000,
        "a: " + "{b: " * 100_000,
        "- " * 100_000,
        BOMB,
        "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 5000)),
        "a: &a [*a]",
        "a: *b",
        "? [a]\n: b",
        "{a: 1}: b",
        "a: 1\n---\nb: 2\n",
        "a: !!python/object/apply:os.system [echo]",
        "a: !!binary aGk=",
        "a: [",
        "a: 'b",
        "\ta: b",
        "a: b: c",
        "%YAML 9.9\n---\na: b",
        "a: \x01",
        "<<: 5",
        "a: \u2028\ud800",
    ],
)
def test_yaml_that_cannot_be_is_one_sentence_at_once(written: str) -> None:
    begun = time.monotonic()
    with pytest.raises(FilmError) as caught:
        parse(written, "films.yaml")
    assert time.monotonic() - begun < 5
    assert "films.yaml" in caught.value.message and "\n" not in caught.value.message
    assert len(caught.value.message) < 300
