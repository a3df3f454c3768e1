"""`stages: auto`: what the analysis of a film suggests, as decisions that a person can read, copy and edit.

shots:
- at: 0
  stabilise: {limit: 0.03}
  why: "the picture weaves by 5.5 pixels ..."
- at: 0
  denoise: false
  why: "grain has a standard deviation of 0.20% of white, less than 1.2%"
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from . import suggestions
from .chain import Chain
from .regions import MENDING

FILE = "stages.yaml"
"""The decisions of `stages: auto`, in a film's folder of results."""
ENOUGH: Mapping[str, str] = {
    "video": "as far as can be seen, lines jitter by {line_jitter:.2f} pixels and {torn_lines:.0f} are torn at the "
    "bottom, colour lies {chroma_shift:.1f} pixels beside brightness, red {red_offset[0]:.1f} "
    "and {red_offset[1]:.1f} beside green, blue {blue_offset[0]:.1f} and {blue_offset[1]:.1f}, and colours flash by "
    "{cross_colour:.1%}",
    "stabilise": f"weaves by {{weave:.2f}} pixels and jumps by {{tremor:.2f}} from frame to frame, less than "
    f"{suggestions.WEAVE} and {suggestions.TREMOR}, or with jumps under {suggestions.SHARE:.0%} of the weave and "
    f"{suggestions.SHAKEN:.2%} of the width",
    "deflicker": f"brightness jitters by {{flicker:.2%}}, less than {suggestions.FLICKER:.1%}",
    "dyes": "left are {cyan:.0%} of the cyan, {magenta:.0%} of the magenta and {yellow:.0%} of the yellow dye",
    "clean": f"spots of one frame cover {{dirt:.3%}}, no more than {suggestions.DIRT:.2%} plus what motion explains; "
    f"{{bold:.2f}} bold ones a frame, less than {suggestions.BOLD}; vertical lines run through {{scratches:.0%}} of "
    f"the frames; {{dropouts:.2f}} dropouts a frame, less than {suggestions.DROPPED}",
    "denoise": f"grain has a standard deviation of {{noise:.2%}} of white, less than {suggestions.NOISE:.1%}",
    "tint": "0 colours of a tint or a tone were measured",
}
"""By stage that `auto` decides on: why it is left out where it is not suggested, in numbers."""


def decisions(
    analysis: Sequence[Mapping[str, Any]],
    chain: Chain,
    *,
    configured: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    matte: bool = False,
    removed: Sequence[int] = (),
) -> list[dict[str, Any]]:
    """Rows of decisions from analysis.json, one for each shot and stage of the chain.

    Options that the engine does not have, or that the configuration sets (`configured`, by stage), are left as they
    are. A stage that repairs marked pixels stays in every shot of a film with a `matte`, and in the shots with a frame
    in `removed`.
    """
    free = {
        name: {field.name for field in dataclasses.fields(stage.options)} - configured.get(name, {}).keys()
        for name, stage in chain.stages.items()
        if name in ENOUGH
    }
    undoing = [name for name, stage in chain.stages.items() if getattr(stage.options, "undo_repeats", False)]
    return [
        row
        for shot in analysis
        for row in (
            *_shot(shot, free, matte or any(shot["start"] <= frame < shot["stop"] for frame in removed)),
            *_repeats(shot, undoing),
        )
    ]


def _repeats(shot: Mapping[str, Any], stages: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Where the frames of a shot repeat, for the stages that are to undo that."""
    for row in shot["suggests"]:
        if row["stage"] in stages:
            yield {"at": shot["start"], row["stage"]: dict(row["options"]), "why": row["why"]}


def _shot(shot: Mapping[str, Any], free: Mapping[str, set[str]], marked: bool) -> Iterator[dict[str, Any]]:
    suggested = {row["stage"]: row for row in shot["suggests"]}
    for stage in ENOUGH:
        if stage not in free:
            continue
        suggestion = suggested.get(stage)
        options: dict[str, Any] | bool = False
        if suggestion:
            options, why = {key: v for key, v in suggestion["options"].items() if key in free[stage]}, suggestion["why"]
        elif marked and stage in MENDING:
            options, why = {}, "a person or a scanner marked what it is to repair"
        else:
            why = ENOUGH[stage].format(**shot)
        yield {"at": shot["start"], stage: options, "why": why}


def to_yaml(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows as a file of decisions, headed by how to change them."""
    import yaml

    head = (
        "# What the analysis suggests for each shot: options laid over the configuration's, or false to leave a stage\n"
        "# out. To decide otherwise, copy a row into config/decisions/<film>.yaml and change it there: that row wins.\n"
        "# This file is written again whenever the film's cuts or its analysis change.\n"
    )
    return head + yaml.safe_dump({"shots": [dict(row) for row in rows]}, sort_keys=False, width=120, allow_unicode=True)
