"""Damages a clean film with the simulator, for tests and training, as films that any tool can read.

`make` writes damaged.mkv and clean.mkv (FFV1, in the size, rate and colour of the source), truth.mkv (FFV1, white
where dirt or scratches changed a pixel by more than 4 %), and damage.json: the options, the seed, and each frame's
weave, tilt and gain.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ..film import ingest, ledger
from ..film.facts import read_film
from ..frames import part_file
from ..prints import encode
from ..runtime.errors import FilmError, unknown_name_error
from ..runtime.files import atomic_write, write_json
from .damage import WORN, Damage, damage


@dataclasses.dataclass(frozen=True, kw_only=True)
class Order:
    """What to do to a film."""

    options: Damage = WORN
    seed: int = 1895
    frames: int = 0
    """How many from the start of the film; 0 for all."""


def order(values: dict[str, Any]) -> Order:
    """What the configuration's `damage:` asks for: options of the simulator (by default those of WORN), seed, frames.

    Raises a FilmError that names the wrong key or value.
    """
    fields = {field.name for field in dataclasses.fields(Damage)}
    options: dict[str, float] = {}
    integers = {"seed": Order.seed, "frames": Order.frames}
    for key, value in values.items():
        if key not in fields | set(integers):
            raise unknown_name_error("key of damage", key, sorted(fields | set(integers)))
        try:
            # Snakemake leaves integers within braces of the command line as text.
            if key in integers:
                integers[key] = int(value)
            else:
                options[key] = float(value)
        except (TypeError, ValueError) as error:
            raise FilmError(f"damage.{key} is {value!r}, but it must be a number.", "See docs/train.md.") from error
    if min(integers.values()) < 0:
        raise FilmError("damage.seed and damage.frames must not be negative.")
    try:
        return Order(options=dataclasses.replace(WORN, **options), **integers)
    except ValueError as error:
        raise FilmError(f"The configuration's damage is wrong: {error}.") from error


def make(facts: Path, ledger_path: Path, folder: Path, order: Order) -> None:
    """Write damaged.mkv, clean.mkv, truth.mkv and damage.json of a surveyed film; the films appear all at once."""
    film = read_film(facts)
    length = len(ledger.read(ledger_path).frames)
    stop = min(order.frames or length, length)
    look = encode.Look(rate=film.facts.rate, sar=film.facts.sar, colour=film.facts.colour)
    masks: list[np.ndarray] = []
    motion: dict[str, list[Any]] = {"weave": [], "tilt": [], "gain": []}

    def clean() -> Iterator[np.ndarray]:
        return ingest.read(film, ledger_path, 0, stop)

    def damaged() -> Iterator[np.ndarray]:
        for index, planes in enumerate(clean()):
            frame = part_file.to_floats(planes[None], film.depth)
            worn, done = damage(frame, order.options, order.seed, first=index)
            masks.append(np.packbits(done.mask[0], axis=1))
            motion["weave"].append([round(float(step), 4) for step in done.weave[0]])
            motion["tilt"].append(round(float(done.tilt[0]), 5))
            motion["gain"].append(round(float(done.gain[0]), 5))
            yield part_file.to_integers(worn, film.depth)[0]

    def truth() -> Iterator[np.ndarray]:
        width = film.facts.width
        return (np.unpackbits(mask, axis=1, count=width)[None] * np.uint16(65535) for mask in masks)

    with (
        atomic_write(folder / "clean.mkv") as clean_path,
        atomic_write(folder / "damaged.mkv") as damaged_path,
        atomic_write(folder / "truth.mkv") as truth_path,
    ):
        encode.piece("master", [encode.Run(frames=clean())], clean_path, look, film.depth)
        encode.piece("master", [encode.Run(frames=damaged())], damaged_path, look, film.depth)
        encode.piece("changes", [encode.Run(frames=truth())], truth_path, look, 16)
    record = {"source": film.facts.path, "sha256": film.sha256, "seed": order.seed, "frames": stop}
    write_json(folder / "damage.json", record | {"options": dataclasses.asdict(order.options)} | motion)
