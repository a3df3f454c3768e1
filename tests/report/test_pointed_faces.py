"""A decision that points at no face is told."""

from __future__ import annotations

from typing import Any

from answerprint.report.pointed_faces import missed


def record(first: int, options: dict[str, Any] | None, *rows: dict[str, Any]) -> dict[str, Any]:
    """One part of ten frames, in the middle of one shot."""
    span = {"start": first, "stop": first + 10, "options": options}
    return {"stage": "faces", "first": first, "options": [span], "decided": list(rows)}


def test_a_point_beside_every_face_is_told_once_and_one_that_hits_is_not() -> None:
    leave = {"leave": ["3:0.5,0.2"], "enhance": [], "protect": []}
    beside, hit = {"pointed": []}, {"pointed": ["3:0.5,0.2"]}
    parts = [record(0, leave, beside), record(10, leave, beside)]
    (said,) = missed("enhanced", parts)
    assert "enhanced" in said and "leave" in said and "3:0.5,0.2" in said
    assert list(missed("enhanced", [record(0, leave, hit), record(10, leave)])) == []
    assert list(missed("enhanced", [record(0, None), record(10, {"strength": 1.0})])) == []


def test_each_point_of_a_list_is_told_by_itself() -> None:
    options = {"leave": ["3:0.5,0.2", "4:0.9,0.9"], "protect": ["5:0.1,0.1"]}
    said = list(missed("enhanced", [record(0, options, {"pointed": ["3:0.5,0.2"]})]))
    assert len(said) == 2
    assert "leave" in said[0] and "4:0.9,0.9" in said[0] and "protect" in said[1] and "5:0.1,0.1" in said[1]
