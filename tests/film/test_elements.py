"""Another element is read by the film's rules, and one that cannot be one is said in a sentence."""

from __future__ import annotations

import shutil
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from answerprint.film import elements, probe, survey_files
from answerprint.film.elements import Proxied
from answerprint.film.facts import Film, film_of, read_film
from answerprint.film.shots import from_starts
from answerprint.frames.part_file import Reader
from answerprint.runtime.errors import FilmError
from answerprint.runtime.files import read_json
from answerprint.runtime.progress import Progress
from films import moving_texture, write_video

PARAMS = {
    **{"rate": "", "colour": "", "fields": "auto", "accept_damaged": False, "time_stamps": "auto"},
    **{"missing": "refuse", "grey": "auto", "depth": "auto", "deinterlace": "bwdif", "wanted": ["", ""]},
}


def surveyed(path: Path) -> tuple[Film, survey_files.Surveyed]:
    folder = path.with_suffix("")
    folder.mkdir()
    files = survey_files.Surveyed(facts=folder / "f.json", ledger=folder / "l.npz", proxy=folder / "p.npy")
    survey_files.write(path.stem, {**PARAMS, "source": str(path)}, files, label="test")
    return film_of(read_json(files.facts)), files


def proxied(path: Path) -> Proxied:
    film, files = surveyed(path)
    return Proxied(film=film, pictures=np.load(files.proxy))


def test_the_frames_of_runs_are_found_in_a_part() -> None:
    assert elements.frames([(2, 10, 3), (8, 4, 9)], 0, 10).tolist() == [-1, -1, 10, 11, 12, -1, -1, -1, 4, 5]
    assert elements.frames([(2, 10, 3), (8, 4, 9)], 4, 9).tolist() == [12, -1, -1, -1, 4]


def test_a_part_holds_the_elements_frames_and_black_where_it_has_none(tmp_path: Path) -> None:
    drawn = moving_texture(12, 32, 48, 3)
    film, files = surveyed(write_video(tmp_path / "second.mkv", drawn))
    shown = np.array([-1, 0, 1, -1, 7, 8, 3])
    elements.write_part(film, files.ledger, shown, tmp_path / "part.zip", Progress("test", len(shown)))
    read = Reader(tmp_path / "part.zip").frames(0, len(shown))
    assert not read[[0, 3]].any()
    np.testing.assert_allclose(read[[1, 2, 4, 5, 6]], drawn[[0, 1, 7, 8, 3]], atol=0.01)


def test_an_element_is_as_grey_as_its_film(tmp_path: Path) -> None:
    film, _ = surveyed(write_video(tmp_path / "film.mkv", moving_texture(4, 32, 48, 1)))
    second, files = surveyed(write_video(tmp_path / "second.mkv", moving_texture(4, 32, 48, 3)))
    assert film.channels == 1 and second.channels == 3
    like = elements.like(second, film)
    elements.write_part(like, files.ledger, np.arange(4), tmp_path / "part.zip", Progress("test", 4))
    assert Reader(tmp_path / "part.zip").channels == 1


def test_a_black_and_white_element_of_a_film_in_colour_is_refused(tmp_path: Path) -> None:
    film = proxied(write_video(tmp_path / "film.mkv", moving_texture(20, 64, 96, 3)))
    grey = proxied(write_video(tmp_path / "grey.mkv", moving_texture(20, 64, 96, 1)))
    with pytest.raises(FilmError, match=r"grey\.mkv is black-and-white, the film is in colour"):
        elements.placed(film, grey, from_starts({}, 20), 0)


def test_another_rate_is_refused_with_both_rates(tmp_path: Path) -> None:
    one, other = (
        probe.inspect(write_video(tmp_path / f"{rate}.mkv", moving_texture(4, 32, 48), rate)) for rate in (24, 25)
    )
    with pytest.raises(FilmError, match=r"25\.mkv has 25 frames a second, the film has 24") as caught:
        elements.require_rate(other, one)
    assert "rate=24" in caught.value.hint
    elements.require_rate(replace(other, rate=Fraction(24)), one)


def test_a_header_may_count_the_fields_of_pulldown_until_it_is_undone(tmp_path: Path) -> None:
    film = probe.inspect(write_video(tmp_path / "film.mkv", moving_texture(4, 32, 48), 24))
    telecined = replace(film, rate=Fraction(30))
    elements.require_rate(telecined, film, surveyed=False)
    elements.require_rate(film, telecined, surveyed=False)
    with pytest.raises(FilmError, match="has 30 frames a second, the film has 24"):
        elements.require_rate(telecined, film)


def test_a_copy_of_the_film_is_refused(tmp_path: Path) -> None:
    film = proxied(write_video(tmp_path / "film.mkv", moving_texture(20, 64, 96)))
    copy = proxied(Path(shutil.copy(tmp_path / "film.mkv", tmp_path / "copy.mkv")))
    with pytest.raises(FilmError, match=r"copy\.mkv is a copy of the film"):
        elements.placed(film, copy, from_starts({}, 20), None)


def test_an_element_that_lies_beyond_the_film_is_refused(tmp_path: Path) -> None:
    film = proxied(write_video(tmp_path / "film.mkv", moving_texture(20, 64, 96)))
    second = proxied(write_video(tmp_path / "second.mkv", np.clip(0.9 * moving_texture(20, 64, 96), 0, 1)))
    with pytest.raises(
        FilmError, match=r"At the offset 30 no frame of second\.mkv, which has 20, lies along film\.mkv"
    ):
        elements.placed(film, second, from_starts({}, 20), 30)
    assert elements.placed(film, second, from_starts({}, 20), 3)["runs"] == [[0, 3, 17]]


def test_what_is_kept_of_an_element_is_what_its_survey_says(tmp_path: Path) -> None:
    _, files = surveyed(write_video(tmp_path / "second.mkv", moving_texture(4, 32, 48)))
    assert set(elements.FACTS) <= set(read_json(files.facts)) and read_film(files.facts).facts.frames == 4
