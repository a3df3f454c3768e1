"""Reversion: which pixels of a packaged print become what they were, by stage, region or shot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..film.enlargement import Step
from ..plan.chain import INGEST, SOURCE, STAGES, Chain
from ..prints.change_maps import ELEMENT, bit
from ..runtime.errors import FilmError, unknown_name_error
from ..stages.masks import polygon_mask
from .recipe import read

RECIPE = Path("data", "recipe.yaml")
"""The recipe in a package."""
KEYS = ("edition", "stage", "shot", "from", "to", "polygon")
EXAMPLE = "Write it as revert='{edition: restored, stage: clean, shot: 130}'."


@dataclass(frozen=True, kw_only=True)
class Reversion:
    """Which pixels of an edition become what they were before a stage."""

    edition: str
    stage: str
    """The stage whose changes are taken back, with those of every stage after it; empty for all stages."""
    before: tuple[str, str]
    """The (edition, stage) whose frames hold the original pixels."""
    frames: range
    """The frames of the film in which that happens."""
    polygon: tuple[tuple[float, float], ...] = ()
    """x, y of its corners in pixels of the print; none for the whole frame."""
    enlargements: tuple[Step, ...] = ()
    """How the frames of the edition are enlarged on their way from the source."""

    @property
    def chosen(self) -> int:
        """The bits of a change map any of which must be set for a pixel to be put back."""
        return bit(self.stage) if self.stage else sum(bit(stage) for stage in STAGES)

    @property
    def cleared(self) -> int:
        """The bits that are no longer set in such a pixel."""
        first = STAGES.index(self.stage) if self.stage else 0
        # Where the repair goes, the other element's pixel goes with it.
        lent = ELEMENT if "clean" in STAGES[first:] else 0
        return lent + sum(bit(stage) for stage in STAGES[first:])

    def pixels(self, marks: np.ndarray) -> np.ndarray:
        """Where the original pixels are put back, from the change map uint16 (h, w) of a frame: bool (h, w)."""
        where = (marks & np.uint16(self.chosen)) != 0
        if self.polygon:
            where &= polygon_mask(np.array(self.polygon), *marks.shape)
        return where

    def __str__(self) -> str:
        what = f"stage {self.stage}" if self.stage else "every stage"
        within = f" within {len(self.polygon)} corners" if self.polygon else ""
        return f"{what} taken back in frames {self.frames.start} to {self.frames.stop - 1}{within}"


def with_recipe(given: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of --config with the recipe of a package in place of the package, cut into the parts that it was cut in.

    Raises FilmError where the folder holds no package of a film.
    """
    if "package" not in given:
        return dict(given)
    path = Path(str(given["package"])) / RECIPE
    if not path.is_file():
        raise FilmError(f"{given['package']} is not the package of a film.", "It is results/<film>/package, or a copy.")
    return {**given, "recipe": str(path), "parts": max(1, len(read(path).get("parts") or ()))}


def resolve(wanted: Mapping[str, Any], recipe: Mapping[str, Any], chain: Chain) -> Reversion:
    """What `revert:` of the configuration means for the film of a recipe. Raises FilmError for what cannot be done."""
    for key in wanted:
        if key not in KEYS:
            raise unknown_name_error("key of revert", str(key), KEYS)
    edition, stage = str(wanted.get("edition", "")), str(wanted.get("stage", ""))
    if edition not in chain.editions:
        raise unknown_name_error("edition to revert", edition, list(chain.editions))
    steps = chain.lineage(edition)
    names = [name for _, name in steps[1:]]
    if stage and stage not in names:
        raise unknown_name_error(f"stage of edition {edition}", stage, names)
    before = steps[names.index(stage)] if stage else (SOURCE, INGEST)
    _require_same_frames(edition, before, chain)
    return Reversion(
        edition=edition,
        stage=stage,
        before=before,
        frames=_frames(wanted, recipe),
        polygon=tuple((float(x), float(y)) for x, y in wanted.get("polygon") or ()),
        enlargements=tuple(step.step for step in chain.enlargements(edition)),
    )


def _require_same_frames(edition: str, before: tuple[str, str], chain: Chain) -> None:
    """Raises FilmError where the frames of an edition are others than those that they are made from."""
    retiming = chain.retiming(edition)
    if retiming:
        raise FilmError(
            f"Edition {edition} has in-between frames, which have no original.",
            f"Revert the edition before {retiming.name}: {chain.editions[edition].parent}.",
        )
    earlier = () if before == (SOURCE, INGEST) else chain.enlargements(*before)
    if earlier != chain.enlargements(edition):
        raise FilmError(
            f"Edition {edition} is enlarged, so that earlier pixels do not fit into it.",
            f"Revert the edition that it grows from, {chain.editions[edition].parent}, or a stage after upscale.",
        )


def _frames(wanted: Mapping[str, Any], recipe: Mapping[str, Any]) -> range:
    """The frames that are asked for: those of a shot, or from one to another, or all."""
    count = int(recipe["source"]["frames"])
    first, last = int(wanted.get("from", 0)), int(wanted.get("to", count - 1))
    if "shot" in wanted:
        frame = int(wanted["shot"])
        shots = [shot for shot in recipe["shots"] if shot["start"] <= frame < shot["stop"]]
        if not shots:
            raise FilmError(f"Frame {frame} is in no shot of the film.", f"Frames run from 0 to {count - 1}.")
        first, last = max(first, shots[0]["start"]), min(last, shots[0]["stop"] - 1)
    if not 0 <= first <= last < count:
        raise FilmError(
            f"There are no frames from {first} to {last} to revert.",
            f"Frames run from 0 to {count - 1}; `from` and `to` are included, and lie in the shot.",
        )
    return range(first, last + 1)


def parts(reversion: Reversion, recipe: Mapping[str, Any]) -> list[int]:
    """The parts of a film that hold its frames, as the recipe cuts it."""
    frames = reversion.frames
    return [
        number for number, (first, stop) in enumerate(recipe["parts"]) if first < frames.stop and frames.start < stop
    ]
