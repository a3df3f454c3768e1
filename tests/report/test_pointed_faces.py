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
    undecided, decided = {"at": 4, "decision": ""}, {"at": 4, "decision": "leave"}
    parts = [record(0, leave, undecided), record(10, leave)]
    (said,) = missed("enhanced", parts)
    assert "enhanced" in said and "leave" in said and "3:0.5,0.2" in said
    # The face is decided on in the part that holds its middle, for all of its shot.
    assert list(missed("enhanced", [record(0, leave, decided), record(10, leave)])) == []
    assert list(missed("enhanced", [record(0, None), record(10, {"strength": 1.0})])) == []
    wrong = {"at": 4, "decision": "protect"}
    assert len(list(missed("enhanced", [record(0, leave, wrong)]))) == 1
