"""`stages: auto`: what the analysis of a film suggests, as decisions that a person can read, copy and edit.

shots:
- at: 0
  stabilise: {limit: 0.03}
  why: "the picture weaves by 5.5 pixels ..."
- at: 0
  denoise: false
  why: "grain has a standard deviation of 0.2 % of white, under 1.2 %"
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from . import suggestions
from .chain import Chain
from .regions import MENDING

FILE = "stages.yaml"
"""The decisions of `stages: auto`, in a film's folder of results."""
ENOUGH: Mapping[str, str] = {
    "stabilise": f"weaves by {{weave:.2f}} pixels and jumps by {{tremor:.2f}} from frame to frame; "
    f"asked for are {suggestions.WEAVE} and {suggestions.TREMOR}, and {suggestions.SHARE:.0%} of it in jumps",
    "deflicker": f"brightness jitters by {{flicker:.2%}}, less than {suggestions.FLICKER:.1%}",
    "clean": f"spots of one frame cover {{dirt:.3%}}, no more than {suggestions.DIRT:.2%} and what motion explains; "
    "upright lines stand in {scratches:.0%} of the frames",
    "denoise": f"grain has a standard deviation of {{noise:.2%}} of white, less than {suggestions.NOISE:.1%}",
}
"""Why a stage that is not suggested is left out, in numbers; the stages that are resolved."""


def decisions(
    analysis: Sequence[Mapping[str, Any]], chain: Chain, *, matte: bool = False, removed: Sequence[int] = ()
) -> list[dict[str, Any]]:
    """Rows of decisions, one a stage a shot, from analysis.json; only stages that the chain has.

    Options that the configured engine does not know are left out: its own default holds. A stage that repairs what a
    person marked stays in every shot of a film with a `matte`, and in those that hold a frame of `removed`.
    """
    return [
        row
        for shot in analysis
        for row in _shot(shot, chain, matte or any(shot["start"] <= frame < shot["stop"] for frame in removed))
    ]


def _shot(shot: Mapping[str, Any], chain: Chain, marked: bool) -> Iterator[dict[str, Any]]:
    suggested = {one["stage"]: one for one in shot["suggests"]}
    for stage in ENOUGH:
        if stage not in chain.stages:
            continue
        one = suggested.get(stage)
        known = {field.name for field in dataclasses.fields(chain.stages[stage].options)}
        options = {key: value for key, value in one["options"].items() if key in known} if one else False
        why = one["why"] if one else ENOUGH[stage].format(**shot)
        if not one and marked and stage in MENDING:
            options, why = {}, "a person or a scanner marked what it is to repair"
        yield {"at": shot["start"], stage: options, "why": why}


def to_yaml(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows as a file of decisions, with a word on how to change it."""
    import yaml

    head = (
        "# What the analysis suggests, shot by shot: options over those of the configuration, or false to leave a\n"
        "# stage out. To decide otherwise copy a row into config/decisions/<film>.yaml and change it: that one wins.\n"
        "# This file is made anew when the film is cut or analysed anew.\n"
    )
    return head + yaml.safe_dump({"shots": [dict(row) for row in rows]}, sort_keys=False, width=120, allow_unicode=True)
