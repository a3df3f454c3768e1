"""Deciders: who decided what about a film, and who judged the result."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .decisions import Decisions
from .reviews import VERDICTS

Rows = Iterable[Mapping[str, Any]]
"""Decisions as `Decisions.rows` has them: what, why, by and where."""


def taken(rows: Rows) -> list[Mapping[str, Any]]:
    """The decisions that change a film or its transcript."""
    return [row for row in rows if not _is_review(row)]


def reviewed(rows: Rows) -> list[Mapping[str, Any]]:
    """The reviews of the result."""
    return [row for row in rows if _is_review(row)]


def people(rows: Rows) -> list[str]:
    """Everybody who signed a decision or a review, in the order of the file."""
    return list(dict.fromkeys(str(row["by"]) for row in rows if row.get("by")))


def behind(decided: Decisions, stage: str) -> list[str]:
    """Those who signed a decision on a stage: its options in a shot, or a region that it heeds."""
    shots = [one.by for one in decided.shots if stage in one.options]
    regions = [one.by for one in decided.regions if stage in one.stages]
    return list(dict.fromkeys(name for name in [*shots, *regions] if name))


def _is_review(row: Mapping[str, Any]) -> bool:
    return str(row["what"]).rpartition(" ")[2] in VERDICTS
