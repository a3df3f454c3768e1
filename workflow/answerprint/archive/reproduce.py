"""Reproduction: a film restored again from its recipe alone, and compared with what the recipe says.

*Exact* is every frame of every stage with the digest that the recipe holds. Where one differs, the first is named, in
the order of the work, with what differs in the surroundings.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np

from ..frames.part_file import DIGEST
from ..plan import config, film_sheet
from ..plan.config import Project
from ..runtime.errors import FilmError, unknown_name_error
from ..runtime.yaml_text import read_yaml
from .recipe import SHORT, of_frames, read

AGAIN = "_again"
"""What the name of a film is followed by, so that its results never mix with those of the published restoration."""
FREE = (
    *("recipe", "source", "reference", "tolerance", "parts", "working_files", "gpu_share"),
    *("models", "cast", "audio", "subtitles", "matte"),
)
"""Keys that may be given beside a recipe: they choose what to compare and how to work, not what the pixels are."""
TOLERANCES = ("exact", "near")
NEAR = 60.0
"""Decibels that every frame must reach under `tolerance: near`: an error of one step of ten bits."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """The first frame that is not what the recipe says, in the order of the work."""

    edition: str
    stage: str
    part: int
    """As the recipe cuts the film."""
    frame: int
    """Of the edition, from 0."""
    frames: int
    """How many frames of that stage differ."""

    def __str__(self) -> str:
        where = f"stage {self.stage} of {self.edition}"
        return f"{self.frames} frames differ at {where}, the first of them frame {self.frame} (part {self.part + 1})"


@dataclass(frozen=True, kw_only=True)
class Distance:
    """How far two masters of an edition are from each other."""

    edition: str
    psnr: float
    """Decibels of the worst frame; infinite when all are equal."""
    frame: int
    """The worst frame."""
    largest: float
    """The largest difference of any value, as a share of white."""

    def __str__(self) -> str:
        if np.isinf(self.psnr):
            return f"{self.edition}: equal"
        return f"{self.edition}: at least {self.psnr:.1f} dB (frame {self.frame}), at most {self.largest:.2%} of white"


def project(default: Path, given: Mapping[str, Any], folder: Path) -> Project:
    """The project that restores one film from its recipe: the recipe's configuration in place of any other.

    `default` is the repository's configuration, for what a recipe does not hold; `given` what --config says.
    """
    film_sheet.require_plain(Path(str(given["recipe"])))
    row = read(str(given["recipe"]))
    if row.get("digests") != DIGEST:
        raise FilmError(
            f"{given['recipe']} tells frames apart by {row.get('digests', 'BLAKE2b')}, this version of answerprint by "
            f"{DIGEST}: whether they are the same could not be said.",
            f"Use the code that wrote it, answerprint {row.get('answerprint', '')}; `archive` bundles both.",
        )
    values = settings(row, given)
    beside = {key: value for key, value in read_yaml(default).items() if key not in row["configuration"]}
    found = config.project([beside, values], {}, folder)
    (film,) = found.films.values()
    renamed = dataclasses.replace(film, film=f"{row['film']}{AGAIN}")
    wanted = {"wanted": [row["source"]["sha256"], row["source"]["file"]]}
    return dataclasses.replace(found, films={renamed.film: renamed}, values={**found.values, **wanted})


def settings(row: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration that a recipe stands for, with what a person gave beside it.

    What the recipe decided is read from the recipe itself, see plan/decisions.py. Raises FilmError for a key that would
    change the pixels.
    """
    for key in given:
        if key not in FREE:
            raise unknown_name_error("key beside a recipe, which decides all else", str(key), FREE)
    if given.get("tolerance", "exact") not in TOLERANCES:
        raise unknown_name_error("tolerance", str(given["tolerance"]), TOLERANCES)
    if not given.get("source"):
        raise FilmError("It is not said where the film is.", "Give --config recipe=PATH/recipe.yaml source=PATH/film.")
    if row.get("matte") and not given.get("matte"):
        raise FilmError(
            "The recipe is of a film with a defect matte, and none is given.",
            f"Give matte=PATH, the one whose SHA-256 is {row['matte']['sha256'][:12]}….",
        )
    values = {key: value for key, value in row["configuration"].items() if value is not None}
    if row["source"]["kind"] == "frames":
        values["rate"] = row["source"]["rate"]
    chosen = {key: value for key, value in given.items() if key not in ("source", "recipe")}
    return {**values, **chosen, "film": str(given["source"]), "recipe": str(given["recipe"])}


def first_difference(row: Mapping[str, Any], records: Sequence[Mapping[str, Any]]) -> Difference | None:
    """Where the frames of a run first differ from a recipe's; None where they never do."""
    made: dict[tuple[str, str], list[str]] = {}
    for record in sorted(records, key=lambda record: int(record["part"])):
        made.setdefault((record["edition"], record["stage"]), []).extend(record["digests"])
    for edition, stages in row["frames"].items():
        for stage, parts in stages.items():
            found = _difference(edition, stage, parts, made.get((edition, stage), []))
            if found:
                return found
    return None


def _difference(edition: str, stage: str, parts: Mapping[Any, Any], made: list[str]) -> Difference | None:
    first, wrong, start = None, 0, 0
    for number in sorted(parts, key=int):
        wanted = parts[number]["frames"].split()
        own = made[start : start + len(wanted)]
        if of_frames(own) != parts[number]["digest"]:
            unlike = [k for k, (a, b) in enumerate(zip_longest(wanted, own)) if b is None or a != b[:SHORT]]
            # Shortened digests that agree by chance, one in four thousand million, would leave none.
            first = first or (int(number), start + (unlike[0] if unlike else 0))
            wrong += max(1, len(unlike))
        start += len(wanted)
    if len(made) > start:
        first, wrong = first or (len(parts) - 1, start), wrong + len(made) - start
    return Difference(edition=edition, stage=stage, part=first[0], frame=first[1], frames=wrong) if first else None


def differing(row: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What is not as the recipe says outside the frames: source, ledger, shots, engines, packages, processor.

    `now` is the recipe of the run itself.
    """
    lines = [
        f"{what} {key}: {_short(then)} then, {_short(today)} now"
        for what, old, new in (
            ("source", row["source"], now["source"]),
            ("matte", row.get("matte") or {}, now.get("matte") or {}),
            ("engine", _codes(row), _codes(now)),
            ("environment", row.get("environment", {}), now.get("environment", {})),
        )
        for key, then, today in _unlike(old, new)
        if key != "file"
    ]
    if row.get("shots") != now.get("shots"):
        lines.insert(
            0, f"shots: {len(row.get('shots') or ())} then, {len(now.get('shots') or ())} now, or at other frames"
        )
    return lines


def _codes(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        f"{stage}/{value['engine']}{what}": value.get(key)
        for stage, value in row.get("engines", {}).items()
        for what, key in ((" (code)", "code"), (" (weights)", "weights"))
    }


def _unlike(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    for key in dict.fromkeys([*old, *new]):
        if old.get(key) != new.get(key):
            yield key, old.get(key, "none"), new.get(key, "none")


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:36]}…"


def distance(edition: str, reference: Path, again: Path) -> Distance:
    """How far one master is from another. Raises FilmError when they do not have the same frames."""
    from ..film import probe

    worst, where, largest, count = np.inf, 0, 0.0, 0
    with probe.opened(reference) as (old, old_stream), probe.opened(again) as (new, new_stream):
        for a, b in zip_longest(old.decode(old_stream), new.decode(new_stream)):
            if a is None or b is None or (a.width, a.height, a.format.name) != (b.width, b.height, b.format.name):
                raise FilmError(
                    f"{again} has other frames than {reference}: another number, size or depth.",
                    "See what else differs, above.",
                )
            white = float((1 << max(part.bits for part in a.format.components)) - 1)
            error = np.abs(a.to_ndarray().astype(np.float32) - b.to_ndarray().astype(np.float32)) / white
            power = float(np.mean(np.square(error, dtype=np.float64)))
            psnr = -10 * np.log10(power) if power else np.inf
            if psnr < worst:
                worst, where = psnr, count
            largest = max(largest, float(error.max()))
            count += 1
    return Distance(edition=edition, psnr=float(worst), frame=where, largest=largest)


def report(difference: Difference | None, distances: Sequence[Distance], surroundings: Sequence[str], name: str) -> str:
    """What the comparison found, for a person."""
    lines = [
        f"{name}: exact, every frame of every stage" if difference is None else f"{name}: not exact: {difference}."
    ]
    lines += [f"  {distance}" for distance in distances]
    if surroundings:
        lines += ["  Not as in the recipe:", *(f"    {line}" for line in surroundings)]
    return "\n".join(lines)


def require(difference: Difference | None, distances: Sequence[Distance], tolerance: str) -> None:
    """Raises FilmError when a reproduction is not what `tolerance` asks for."""
    if difference is None:
        return
    if tolerance == "exact":
        raise FilmError(f"The film was not made again exactly: {difference}.", "What differs stands above.")
    if not distances:
        raise FilmError(
            f"The film was not made again exactly: {difference}; how near it is cannot be said.",
            "Give reference=FOLDER, the published results with <edition>/master.mkv in it.",
        )
    far = min(distances, key=lambda distance: distance.psnr)
    if far.psnr < NEAR:
        raise FilmError(
            f"The film was not made again nearly: {far}, where {NEAR:.0f} dB are asked for.", f"{difference}."
        )


def masters(reference: Path, editions: Sequence[str]) -> dict[str, Path]:
    """The masters of the published restoration that lie in a folder, by edition."""
    found = {edition: reference / edition / "master.mkv" for edition in editions}
    return {edition: path for edition, path in found.items() if path.is_file()}


def as_plain(
    difference: Difference | None, distances: Sequence[Distance], surroundings: Sequence[str]
) -> dict[str, Any]:
    """What the comparison found, for other programs."""
    return {
        "exact": difference is None,
        "first_difference": dataclasses.asdict(difference) if difference else None,
        "masters": [{**dataclasses.asdict(d), "psnr": None if np.isinf(d.psnr) else d.psnr} for d in distances],
        "not_as_in_the_recipe": list(surroundings),
    }
