"""Reproduction: a film restored again from its recipe alone, and compared with it.

It is *exact* if every frame of every stage has the digest that the recipe holds. Otherwise the first frame that differs
is named, in the order of the stages, with everything that differs around it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np

from ..frames.part_file import DIGEST
from ..plan import config, elements, named_files
from ..plan.config import Project
from ..runtime.errors import FilmError, unknown_name_error
from ..runtime.yaml_text import read_yaml
from .recipe import SHORT, of_frames, read

AGAIN = "_again"
"""Appended to the name of the film, so that its results never mix with those of the published restoration."""
FREE = (
    *("recipe", "source", "reference", "tolerance", "parts", "working_files", "gpu_share"),
    *("models", "cast", "audio", "subtitles", "matte", "elements", "device", "package", "revert"),
)
"""Keys allowed together with a recipe: they choose what to compare and how to work. Only `device` can change pixels,
those that networks make, and the comparison then says how far; without it the recipe's own device counts."""
TOLERANCES = ("exact", "near")
NEAR = 60.0
"""Decibels that every frame must reach under `tolerance: near`: an error of one step of ten bits."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """The first frame that differs from the recipe, in the order of the stages."""

    edition: str
    stage: str
    part: int
    """The part of the recipe that the frame is in."""
    frame: int
    """The number of the frame in the edition, from 0."""
    frames: int
    """How many frames of that stage differ."""

    def __str__(self) -> str:
        where = f"stage {self.stage} of {self.edition}"
        count = "1 frame differs" if self.frames == 1 else f"{self.frames} frames differ"
        return f"{count} at {where}, the first is frame {self.frame} (part {self.part + 1})"


@dataclass(frozen=True, kw_only=True)
class Distance:
    """How far two masters of an edition are from each other."""

    edition: str
    psnr: float
    """PSNR of the worst frame in decibels; infinite when all frames are equal."""
    frame: int
    """The worst frame."""
    largest: float
    """The largest difference of any value, as a share of white."""

    def __str__(self) -> str:
        if np.isinf(self.psnr):
            return f"{self.edition}: equal"
        return f"{self.edition}: at least {self.psnr:.1f} dB (frame {self.frame}), at most {self.largest:.2%} of white"


def project(default: Path, overrides: Mapping[str, Any], folder: Path) -> Project:
    """The project that restores one film from its recipe, with the recipe's configuration instead of any other.

    `default` is the repository's configuration, for keys that a recipe lacks; `overrides` is what --config says.
    """
    named_files.require_plain(Path(str(overrides["recipe"])))
    row = read(str(overrides["recipe"]))
    if row.get("digests") != DIGEST:
        raise FilmError(
            f"{overrides['recipe']} identifies frames by {row.get('digests', 'BLAKE2b')}, this version of answerprint "
            f"by {DIGEST}, so that they cannot be compared.",
            f"Use the version that wrote it, answerprint {row.get('answerprint', '')}; `archive` bundles both.",
        )
    values = settings(row, overrides)
    beside = {key: value for key, value in read_yaml(default).items() if key not in row["configuration"]}
    restored = config.project([beside, values], {}, folder)
    (film,) = restored.films.values()
    renamed = dataclasses.replace(film, film=f"{row['film']}{AGAIN}", rate=_rate(row["source"]))
    wanted = {
        "wanted": [row["source"]["sha256"], row["source"]["file"]],
        "wanted_elements": [[one["sha256"], one["file"]] for one in row.get("elements") or ()],
    }
    return dataclasses.replace(restored, films={renamed.film: renamed}, values={**restored.values, **wanted})


def settings(row: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration that a recipe stands for, with what a person gave together with it.

    What the recipe decided is read from the recipe itself, see plan/decisions.py. Raises FilmError for a key that would
    change the pixels.
    """
    for key in overrides:
        if key not in FREE:
            raise unknown_name_error("key to give with a recipe, which decides all else", str(key), FREE)
    if overrides.get("tolerance", "exact") not in TOLERANCES:
        raise unknown_name_error("tolerance", str(overrides["tolerance"]), TOLERANCES)
    if not overrides.get("source"):
        raise FilmError("No film given to reproduce.", "Give --config recipe=PATH/recipe.yaml source=PATH/film.")
    if row.get("matte") and not overrides.get("matte"):
        raise FilmError(
            "The recipe is for a film with a defect matte, but no matte is given.",
            f"Give matte=PATH, the one whose SHA-256 is {row['matte']['sha256'][:12]}….",
        )
    again = _elements(row.get("elements") or (), str(overrides.get("elements") or ""))
    values = {key: value for key, value in row["configuration"].items() if value is not None}
    chosen = {key: value for key, value in overrides.items() if key not in ("source", "recipe")}
    # The paths of results that this folder already holds must not read as files of this run, which it would make.
    published = {key: str(Path(str(overrides[key])).resolve()) for key in ("recipe", "reference") if overrides.get(key)}
    # The recipe holds what the analysis decided.
    return {**values, **chosen, **published, **again, "film": str(overrides["source"]), "auto": False}


def _rate(source: Mapping[str, Any]) -> Fraction | None:
    """The rate that a film had, as if a person had given it; None where the undoing of pulldown made it."""
    return None if source.get("pulldown") or not source.get("rate") else Fraction(source["rate"])


def _elements(rows: Sequence[Mapping[str, Any]], given: str) -> dict[str, str]:
    """The key that names the elements of a recipe again, each at the offset that a person gave it."""
    names = elements.written(given)
    if len(names) != len(rows):
        raise FilmError(
            f"Elements given: {len(names)}; the film of the recipe has {len(rows)}.",
            f"Give elements='PATH | PATH': {', '.join(row['file'] for row in rows)}."
            if rows
            else "Leave elements out.",
        )
    places = [
        f"{name}@{row['offset']}" if row.get("offset") is not None else name
        for row, (name, _) in zip(rows, names, strict=True)
    ]
    return {"elements": " | ".join(places)} if places else {}


def first_difference(row: Mapping[str, Any], records: Sequence[Mapping[str, Any]]) -> Difference | None:
    """Where the frames of a run first differ from a recipe's; None if they are the same."""
    digests: dict[tuple[str, str], list[str]] = {}
    for record in sorted(records, key=lambda record: int(record["part"])):
        digests.setdefault((record["edition"], record["stage"]), []).extend(record["digests"])
    for edition, stages in row["frames"].items():
        for stage, parts in stages.items():
            difference = _difference(edition, stage, parts, digests.get((edition, stage), []))
            if difference:
                return difference
    return None


def _difference(edition: str, stage: str, parts: Mapping[Any, Any], run: list[str]) -> Difference | None:
    first, count, start = None, 0, 0
    for number in sorted(parts, key=int):
        expected = parts[number]["frames"].split()
        digests = run[start : start + len(expected)]
        if of_frames(digests) != parts[number]["digest"]:
            unlike = [k for k, (a, b) in enumerate(zip_longest(expected, digests)) if b is None or a != b[:SHORT]]
            # If the shortened digests all agree by chance, once in 4 thousand million times, there are none.
            first = first or (int(number), start + (unlike[0] if unlike else 0))
            count += max(1, len(unlike))
        start += len(expected)
    if len(run) > start:
        first, count = first or (len(parts) - 1, start), count + len(run) - start
    return Difference(edition=edition, stage=stage, part=first[0], frame=first[1], frames=count) if first else None


def differing(row: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What else differs from the recipe: source, ledger, shots, engines, packages, processor.

    `now` is the recipe of the reproduction.
    """
    lines = [
        f"{what} {key}: {_short(then)} then, {_short(today)} now"
        for what, old, new in (
            ("source", row["source"], now["source"]),
            ("matte", row.get("matte") or {}, now.get("matte") or {}),
            *((f"element {n}", old, new) for n, (old, new) in enumerate(_pairs(row, now), 1)),
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


def _pairs(row: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """The elements of two recipes, one beside the other."""
    return zip_longest(row.get("elements") or (), now.get("elements") or (), fillvalue={})


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
                    f"The frames of {again} and {reference} differ in number, size or depth.",
                    "See above what else differs.",
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
    """The result of the comparison, for people."""
    lines = [
        f"{name}: exact, every frame of every stage" if difference is None else f"{name}: not exact: {difference}."
    ]
    lines += [f"  {distance}" for distance in distances]
    if surroundings:
        lines += ["  Different from the recipe:", *(f"    {line}" for line in surroundings)]
    return "\n".join(lines)


def require(difference: Difference | None, distances: Sequence[Distance], tolerance: str) -> None:
    """Raises FilmError when a reproduction is not as near as `tolerance` asks for."""
    if difference is None:
        return
    if tolerance == "exact":
        raise FilmError(f"The film was not reproduced exactly: {difference}.", "See above what else differs.")
    if not distances:
        raise FilmError(
            f"The film was not reproduced exactly: {difference}; without masters to compare, its distance is unknown.",
            "Give reference=FOLDER, the published results with <edition>/master.mkv in it.",
        )
    far = min(distances, key=lambda distance: distance.psnr)
    if far.psnr < NEAR:
        raise FilmError(f"The film was not reproduced nearly: {far}, but {NEAR:.0f} dB are required.", f"{difference}.")


def masters(reference: Path, editions: Sequence[str]) -> dict[str, Path]:
    """By edition, the masters of the published restoration that are in a folder."""
    masters = {edition: reference / edition / "master.mkv" for edition in editions}
    return {edition: path for edition, path in masters.items() if path.is_file()}


def as_plain(
    difference: Difference | None, distances: Sequence[Distance], surroundings: Sequence[str]
) -> dict[str, Any]:
    """The result of the comparison, for other programs."""
    return {
        "exact": difference is None,
        "first_difference": dataclasses.asdict(difference) if difference else None,
        "masters": [{**dataclasses.asdict(d), "psnr": None if np.isinf(d.psnr) else d.psnr} for d in distances],
        "not_as_in_the_recipe": list(surroundings),
    }
