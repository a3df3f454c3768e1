"""What a print must be follows from the film, the edition and the records of its last stage."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from answerprint.film.facts import Colour, Facts, Film
from answerprint.film.shots import from_starts
from answerprint.prints import prints
from answerprint.prints.prints import Edition, Extras, PrintJob

FACTS = Facts(path="", kind="video", width=64, height=48, rate=Fraction(24), frames=22, sar=Fraction(8, 9))
FILM = Film(
    facts=FACTS,
    tinted=False,
    grey=True,
    pulldown=False,
    deinterlace="motion",
    damaged=False,
    depth=10,
    sha256="ab" * 32,
    title="Reel",
)
EDITION = Edition(name="restored", kind="repair", steps=(("clean", "motion"), ("denoise", "motion")))
EXTRAS = Extras(sound_lengths=(Fraction(1),), subtitles=True, chapters=3)
RECORDS = [{"digests": ["a", "b"]}, {"digests": ["c"]}]


def expected(codec: str = "master", edition: Edition = EDITION, film: Film = FILM) -> prints.Expected:
    return prints.expected(codec, film, edition, EXTRAS, RECORDS)


def test_a_print_has_the_size_the_edition_enlarges_to() -> None:
    larger = expected(edition=replace(EDITION, enlargements=((3, 0, False),)))
    assert (larger.width, larger.height, larger.look.sar) == (192, 144, Fraction(8, 9))


def test_a_print_whose_pixels_were_made_square_says_so() -> None:
    square = expected(edition=replace(EDITION, enlargements=((2, 0, True), (2, 0, False))))
    # Pixels of 8:9 at twice the size: 128 x 8 / 9, to the next even number, and once more.
    assert (square.width, square.height, square.look.sar) == (228, 192, 1)
    assert expected("changes", replace(EDITION, enlargements=((1, 96, True),))).look.sar == 1


@pytest.mark.parametrize(("rate", "frames"), [("", 22), ("2x", 44), ("60", 55), ("24000/1001", 22)])
def test_a_print_lasts_as_long_as_the_film_at_any_rate(rate: str, frames: int) -> None:
    assert expected(edition=replace(EDITION, rate=rate)).frames == frames


def test_a_print_has_the_channels_of_the_film_unless_the_edition_is_coloured() -> None:
    assert expected().channels == 1
    assert expected(edition=replace(EDITION, output_channels=3)).channels == 3
    assert expected(film=replace(FILM, grey=False)).channels == 3


def test_only_the_master_has_to_hold_the_working_frames() -> None:
    assert expected().digests == ("a", "b", "c")
    assert expected("mezzanine").digests == expected("x264").digests == ()


def test_a_change_map_is_grey_and_silent() -> None:
    changes = expected("changes", replace(EDITION, output_channels=3))
    assert (changes.channels, changes.depth, changes.sounds, changes.subtitles) == (1, 16, 0, False)
    assert changes.sound_lengths == () and changes.chapters == 3


@pytest.mark.parametrize(
    ("pulldown", "rate", "code"),
    [(False, "", "00:00:10:20"), (False, "2x", "00:00:10:40"), (True, "", "00:00:10:16")],
)
def test_the_timecode_is_that_of_the_source(pulldown: bool, rate: str, code: str) -> None:
    film = replace(FILM, pulldown=pulldown, facts=replace(FACTS, timecode="00:00:10:20"))
    assert expected(edition=replace(EDITION, rate=rate), film=film).timecode == code


def job(**changes: Any) -> PrintJob:
    values: dict[str, Any] = {"codec": "master", "edition": EDITION, "film": FILM, "shots": from_starts({9: "cut"}, 22)}
    values |= {"pieces": (Path("a"),), "sounds": (), "sound_languages": (), "subtitles": None, "language": "en"}
    return PrintJob(**{**values, "year": "1921", **changes})


def test_a_print_says_what_was_done_to_which_source() -> None:
    tags = prints.metadata(job())
    assert (tags["title"], tags["date"]) == ("Reel", "1921")
    assert "restored" in tags["comment"] and "clean/motion, denoise/motion" in tags["comment"]
    assert "ab" * 32 in tags["comment"]
    assert "date" not in prints.metadata(job(year=""))
    assert "nothing" in prints.metadata(job(edition=replace(EDITION, steps=())))["comment"]


def test_shots_are_chapters_where_the_film_has_none_of_its_own() -> None:
    shots = from_starts({9: "cut"}, 22)
    assert prints.chapters(FILM, shots) == (
        (Fraction(0), Fraction(9, 24), "Shot 1"),
        (Fraction(9, 24), Fraction(22, 24), "Shot 2"),
    )
    own = ((Fraction(0), Fraction(1), "Reel one"), (Fraction(1), Fraction(2), "Reel two"))
    # They end with the picture, which is 22 frames of 24 a second long.
    cut_off = ((Fraction(0), Fraction(22, 24), "Reel one"),)
    assert prints.chapters(replace(FILM, facts=replace(FACTS, chapters=own)), shots) == cut_off


def test_a_look_is_the_sources_at_the_rate_of_the_edition() -> None:
    look = prints.look_of(FILM, "2x")
    assert (look.rate, look.sar, look.colour) == (Fraction(48), Fraction(8, 9), Colour())
