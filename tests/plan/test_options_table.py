"""The reference of options is made from the engines, and every option of every engine says what it means."""

from __future__ import annotations

import dataclasses

import pytest

from answerprint import engines
from answerprint.plan import options_table

ENGINES = [(step, name) for step, names in engines.available().items() for name in names]


def test_the_committed_page_is_the_one_that_the_engines_give() -> None:
    committed = options_table.PAGE.read_text(encoding="utf-8")
    assert committed == options_table.page(), "run: python -m answerprint.plan.options_table"


@pytest.mark.parametrize(("step", "name"), ENGINES)
def test_every_option_of_every_engine_is_explained(step: str, name: str) -> None:
    kind = engines.find(step, name).Options
    texts = options_table.meanings(kind)
    assert {option.name for option in dataclasses.fields(kind)} == set(texts)
    assert all(len(text.split()) >= 4 and text.endswith(".") for text in texts.values()), texts


def test_an_option_of_a_base_class_keeps_its_meaning() -> None:
    learned = options_table.meanings(engines.find("clean", "learned").Options)
    assert learned["strength"] == options_table.meanings(engines.find("clean", "motion").Options)["strength"]
