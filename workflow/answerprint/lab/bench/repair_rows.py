"""Rows of the repair table: the scores of each engine and each peer."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import cache
from typing import Any

from ... import engines
from ...runtime.errors import FilmError
from .repair_peers import Best

Row = tuple[str, str, str, str, str]
"""What is measured, at least, aim, engines, peers."""


@cache
def loaded_engines(stage: str) -> tuple[Mapping[str, Any], Mapping[str, str]]:
    """The engines of a stage that load without weights, set to remove all grain, and why the others are missing."""
    loaded: dict[str, Any] = {}
    missing: dict[str, str] = {}
    for name in engines.available()[stage]:
        fields = {field.name for field in dataclasses.fields(engines.find(stage, name).Options)}
        options: dict[str, Any] = {"keep_grain": 0.0} if "keep_grain" in fields else {}
        try:
            loaded[name] = engines.load(stage, name, **options)
        except FilmError:
            missing[name] = "not run, needs weights"
    return loaded, missing


def format_values(values: Mapping[str, str], missing: Mapping[str, str]) -> str:
    """The value of each engine, and why the others are missing."""
    return "; ".join(f"{name} {value}" for name, value in {**values, **missing}.items())


def format_best(best: Best, form: str) -> str:
    """The best score of each peer, with its settings."""
    values = {}
    for peer, winner in best.items():
        settings = winner[0].removeprefix(peer).lstrip("= ") or "default" if winner else ""
        values[peer] = f"{form.format(winner[1])} ({settings})" if winner else "missing"
    return format_values(values, {})
