"""What each stage mends and does, in words, and its settings as a sentence holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Doing:
    """One stage in words."""

    damage: str
    """What it is for."""
    done: str
    """What it has done."""


DOINGS = {
    "video": Doing(
        damage="Faults of a video signal", done="Lines, colour and records were moved to their place, or combed"
    ),
    "stabilise": Doing(damage="Gate weave", done="Gate weave was steadied"),
    "deflicker": Doing(damage="Flicker", done="Brightness was evened"),
    "dyes": Doing(damage="Faded dyes", done="Faded dyes were given back"),
    "clean": Doing(damage="Dirt and scratches", done="Dirt and scratches were repaired"),
    "denoise": Doing(damage="Coarse grain", done="Noise was reduced"),
    "upscale": Doing(damage="A small picture", done="The picture was enlarged"),
    "faces": Doing(damage="Soft faces", done="Faces were sharpened"),
    "colorize": Doing(damage="No colour", done="Colour was added"),
    "tint": Doing(damage="A tinted or toned print", done="The film's own tints were laid on again"),
    "grade": Doing(damage="A dark picture", done="The picture was graded"),
    "interpolate": Doing(damage="Repeated frames", done="In-between frames were drawn"),
}


def settings(options: Mapping[str, Any] | None) -> str:
    """Options as a sentence holds them: strength 0.5, scratches yes."""
    parts = [f"{name.replace('_', ' ')} {_value(value)}" for name, value in (options or {}).items()]
    return ", ".join(parts) or "its defaults"


def choice(value: Any) -> str:
    """What a person decided, as a sentence holds it: a stage left out, or its options."""
    if value is False:
        return "left out"
    return settings(value) if isinstance(value, Mapping) else str(value)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None else str(value)
