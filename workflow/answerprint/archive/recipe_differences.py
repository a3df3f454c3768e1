"""What differs between the recipes of two restorations, in rows that people can read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

NONE = "–"
"""What stands for something that a recipe does not have."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One thing that two recipes say differently."""

    group: str
    """configuration, decisions, matte, elements, shots, engines or versions."""
    what: str
    first: str
    second: str


def differences(first: Mapping[str, Any], second: Mapping[str, Any]) -> list[Difference]:
    """Everything in which two recipes differ, what determines pixels before what should not."""
    pairs = (
        ("configuration", _flat(first.get("configuration")), _flat(second.get("configuration"))),
        ("decisions", _decisions(first), _decisions(second)),
        ("matte", _flat(first.get("matte")), _flat(second.get("matte"))),
        ("elements", _elements(first), _elements(second)),
        ("shots", _shots(first), _shots(second)),
        ("engines", _engines(first), _engines(second)),
        ("versions", _versions(first), _versions(second)),
    )
    return [
        Difference(group=group, what=what, first=old.get(what, NONE), second=new.get(what, NONE))
        for group, old, new in pairs
        for what in dict.fromkeys([*old, *new])
        if old.get(what) != new.get(what)
    ]


def _flat(value: Any, name: str = "") -> dict[str, str]:
    """The leaves of a mapping by their dotted names."""
    if not isinstance(value, Mapping):
        return {name: _text(value)} if name else {}
    leaves: dict[str, str] = {}
    for key, inner in value.items():
        leaves |= _flat(inner, f"{name}.{key}" if name else str(key))
    return leaves


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Sequence) and all(isinstance(one, str) for one in value):
        return ", ".join(value)
    return json.dumps(value, ensure_ascii=False)


def _decisions(recipe: Mapping[str, Any]) -> dict[str, str]:
    """Each decision by what it is about; those about one stage of one shot stand beside each other."""
    rows: dict[str, str] = {}
    for name, value in _about(recipe.get("decisions") or {}):
        rows[name] = f"{rows[name]}; then {value}" if name in rows else value
    return rows


def _about(decisions: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for row in decisions.get("shots") or ():
        for stage, options in row.items():
            if stage not in ("at", "why", "by"):
                done = "left out" if options is False else _text(options) if options else "as configured"
                yield f"{stage} in the shot at frame {row['at']}", _because(done, row)
    for kind, rows in (decisions.get("cuts") or {}).items():
        for row in rows or ():
            place = row.get("frame", row.get("from"))
            yield f"cut at frame {place}", _because(f"{kind} {row.get('to', '')}".strip(), row)
    for kind in ("protect", "remove"):
        for row in decisions.get(kind) or ():
            frame = min(map(int, row["polygon"]))
            yield f"{kind} a region at frame {frame}", _because(_text(row["polygon"]), row)
    for row in decisions.get("lost") or ():
        yield f"frames lost after {row['after']}", _because(_text(_without_reason(row, "after")), row)
    for row in decisions.get("faces") or ():
        yield f"face of {row['person']}", _because(str(row.get("do")), row)
    for old, new in ((decisions.get("speakers") or {}).get("names") or {}).items():
        yield f"name of {old}", str(new)
    for row in (decisions.get("speakers") or {}).get("lines") or ():
        yield f"line at {row['at']} s", _text({key: row[key] for key in ("speaker", "text") if key in row})
    for row in decisions.get("reviews") or ():
        yield f"review at frame {row['at']}", _because(str(row.get("verdict")), row)


def _without_reason(row: Mapping[str, Any], *about: str) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in ("why", "by", *about)}


def _elements(recipe: Mapping[str, Any]) -> dict[str, str]:
    rows = enumerate(recipe.get("elements") or (), 1)
    return {name: value for number, row in rows for name, value in _flat(row, f"element {number}").items()}


def _because(what: str, row: Mapping[str, Any]) -> str:
    by = f", {row['by']}" if row.get("by") else ""
    return f"{what} ({row['why']}{by})" if row.get("why") else what


def _shots(recipe: Mapping[str, Any]) -> dict[str, str]:
    shots = recipe.get("shots") or ()
    begins = {f"shot from frame {shot['start']}": f"{shot['transition']}, to {shot['stop'] - 1}" for shot in shots}
    return {"number of shots": str(len(shots)), **begins}


def _engines(recipe: Mapping[str, Any]) -> dict[str, str]:
    rows: dict[str, str] = {}
    for stage, engine in (recipe.get("engines") or {}).items():
        rows[f"{stage}: engine"] = str(engine["engine"])
        rows[f"{stage}: code"] = str(engine.get("code", NONE))
        for name, digest in (engine.get("weights") or {}).items():
            rows[f"{stage}: weights {name}"] = str(digest)
    return rows


def _versions(recipe: Mapping[str, Any]) -> dict[str, str]:
    return {str(name): str(version) for name, version in (recipe.get("environment") or {}).items()}
