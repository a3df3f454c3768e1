"""Rows of the table of repair: what each engine and each peer reached."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from ... import engines
from ...runtime.errors import FilmError
from . import repair_peers as peers

Row = tuple[str, str, str, str, str]
"""What, at least, aim, found by each engine, found by each peer."""


@cache
def loaded(stage: str) -> tuple[Mapping[str, Any], Mapping[str, str]]:
    """Every engine of a stage that loads by itself, and why the others do not. Grain is taken out whole."""
    found: dict[str, Any] = {}
    missing: dict[str, str] = {}
    for name in engines.available()[stage]:
        fields = {field.name for field in dataclasses.fields(engines.find(stage, name).Options)}
        whole: dict[str, Any] = {"keep_grain": 0.0} if "keep_grain" in fields else {}
        try:
            found[name] = engines.load(stage, name, **whole)
        except FilmError:
            missing[name] = "not run, wants weights"
    return found, missing


def said(found: Mapping[str, str], missing: Mapping[str, str]) -> str:
    return "; ".join(f"{name} {value}" for name, value in {**found, **missing}.items())


def best_of(
    tried: Mapping[str, Sequence[str]], score: Callable[[str], float], best: Callable[..., str] = max
) -> dict[str, tuple[str, float] | None]:
    """The best settings of each peer and their score; None for a peer that is missing."""
    found: dict[str, tuple[str, float] | None] = {}
    for peer, settings in tried.items():
        scores = {one: score(one) for one in settings} if peers.has(peer) else {}
        winner = best(scores, key=scores.__getitem__) if scores else ""
        found[peer] = (winner, scores[winner]) if scores else None
    return found


def told(best: Mapping[str, tuple[str, float] | None], form: str) -> str:
    """The best of each peer in words, with its settings."""
    values = {peer: f"{form.format(one[1])} ({one[0].removeprefix(peer + '=')})" if one else "missing"
              for peer, one in best.items()}  # fmt: skip
    return said(values, {})
