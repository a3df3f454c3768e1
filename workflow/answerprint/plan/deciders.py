"""Deciders: who decided what about a film, and who judged the result."""

from __future__ import annotations

from typing import Any

from .decisions import Decisions
from .reviews import VERDICTS


def taken(decided: Decisions) -> list[dict[str, Any]]:
    """The decisions that change a film or its transcript, as rows with what, why, by and where."""
    return [row for row in decided.rows if not _is_review(row)]


def reviewed(decided: Decisions) -> list[dict[str, Any]]:
    """The reviews of the result, as such rows."""
    return [row for row in decided.rows if _is_review(row)]


def people(decided: Decisions) -> list[str]:
    """Everybody who signed a decision or a review, in the order of the file."""
    return list(dict.fromkeys(str(row["by"]) for row in decided.rows if row.get("by")))


def behind(decided: Decisions, stage: str) -> list[str]:
    """Those who signed a decision on a stage: its options in a shot, or a region that it heeds."""
    shots = [one.by for one in decided.shots if stage in one.options]
    regions = [one.by for one in decided.regions if stage in one.stages]
    return list(dict.fromkeys(name for name in [*shots, *regions] if name))


def _is_review(row: dict[str, Any]) -> bool:
    return str(row["what"]).rpartition(" ")[2] in VERDICTS
