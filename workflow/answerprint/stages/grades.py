"""The grades of an edition, shot by shot, as other programs read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .. import engines
from ..engines.grade import _cdl


def collection(records: Sequence[Mapping[str, Any]]) -> str:
    """A .ccc file from the records of the stage `grade`: one correction a shot, named after its first frame.

    Lifts and colour tables are no part of it. Of several corrections of a shot, `.2` and so on mark the later ones.
    """
    corrections: dict[str, _cdl.Correction] = {}
    engine = engines.find("grade", "cdl")
    for record in records:
        for run in record["options"]:
            values = run["options"]
            applied = engines.options.read(engine, values).corrections() if values is not None else []
            for number, correction in enumerate(applied or [_cdl.Correction()], 1):
                corrections[f"{run['start']:07d}" + (f".{number}" if number > 1 else "")] = correction
    return _cdl.to_xml(corrections)
