"""A shot that somebody coloured is not tinted in any of its frames, in editions that show its colours."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from answerprint.film.parts import Part
from answerprint.film.shots import from_starts
from answerprint.plan import chain, decisions
from answerprint.plan.film_cut import FilmCut
from answerprint.plan.film_fingerprints import Fingerprints

EDITIONS = {
    "toned": {"class": "generate", "stages": ["tint"]},
    "presented": {"class": "generate", "stages": ["colorize", "tint"]},
}
AUTO = tuple(
    decisions.ShotDecision(at=at, options={"tint": {"colours": ["#000000", "#f0c060"]}}, why="toned") for at in (0, 8)
)
CUT = FilmCut(
    frames=20,
    rate=Fraction(18),
    depth=10,
    origin="o",
    parts=(Part(first=0, stop=5), Part(first=5, stop=20)),
    shots=from_starts({8: "cut"}, 20),
)


def tinted(folder: Path, text: str, edition: str = "presented", **colorize: Any) -> list[list[bool]]:
    """For each part, which of its shots are tinted."""
    path = folder / "film.yaml"
    path.write_text(text)
    stages = {"colorize": {"engine": "hints", **colorize}, "tint": {"engine": "curve"}}
    film = Fingerprints(CUT, chain.resolve(EDITIONS, stages), decisions.read(path), resolved=AUTO)
    return [[span.options is not None for span in film.stage(edition, "tint", part).spans] for part in (0, 1)]


@pytest.mark.parametrize(
    "said",
    ["hints: ['6:0.5,0.5,#a03020']", "references: ['6=still.png']", "strokes: {6: paint.png}", "like: ['a=still.png']"],
)
def test_no_frame_of_a_shot_that_somebody_coloured_is_tinted_in_any_part(tmp_path: Path, said: str) -> None:
    text = f"shots: [{{at: 0, colorize: {{{said}}}, why: the market}}]"
    assert tinted(tmp_path, text) == [[False], [False, True]]
    assert tinted(tmp_path, text, edition="toned") == [[True], [True, True]]


def test_a_frame_coloured_in_the_configuration_colours_its_own_shot_and_no_other(tmp_path: Path) -> None:
    given = {"references": ["12=still.png"]}
    assert tinted(tmp_path, "", **given) == [[True], [True, False]]
    assert tinted(tmp_path, "shots: [{at: 12, colorize: false, why: grey}]", **given) == [[True], [True, True]]


def test_pictures_that_may_be_of_the_scene_leave_the_tint_to_what_they_colour(tmp_path: Path) -> None:
    assert tinted(tmp_path, "shots: [{at: 0, colorize: {scene: ['12=still.png']}, why: near}]") == [[True], [True] * 2]
