"""What is decided about somebody's face holds in every shot in which it is seen, by whatever name the person goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from answerprint.film.shots import Shot
from answerprint.plan import chain, decisions, people
from answerprint.plan.decisions import PersonDecision
from answerprint.runtime import files
from answerprint.runtime.errors import FilmError

SHOTS = [Shot(start=0, stop=10), Shot(start=10, stop=30), Shot(start=30, stop=40)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two tracks of one person, the first of whom reaches over a cut, and one of another, who is silent."""
    boxes = [[10.0, 20.0, 30.0, 60.0]]
    rows = [{"id": 0, "first": 4, "boxes": boxes * 12}, {"id": 1, "first": 32, "boxes": boxes * 5}]
    files.write_json(tmp_path / people.TRACKS, [*rows, {"id": 2, "first": 12, "boxes": [[50.0, 0.0, 70.0, 20.0]] * 8}])
    persons = [(0, "face 0"), (1, "face 0"), (2, "Ben")]
    files.write_json(tmp_path / people.SEEN, [{"id": number, "person": name} for number, name in persons])
    files.write_json(tmp_path / people.SPEAKERS, [{"speaker": "Person 1", "known": False, "tracks": [0, 1]}])
    return tmp_path


def wish(person: str, do: str = "leave") -> PersonDecision:
    return PersonDecision(person=person, do=do, why="soft on purpose")


def decided(folder: Path, *wishes: PersonDecision) -> dict[int, dict[str, list[str]]]:
    made = people.decisions(folder, wishes, {"Person 1": "Anna Holm"}, SHOTS, (100, 200))
    return {one.at: dict(one.options["faces"] or {}) for one in made}


@pytest.mark.parametrize("name", ["Person 1", "Anna Holm", "face 0"])
def test_a_face_is_pointed_at_in_every_shot_of_every_track(folder: Path, name: str) -> None:
    assert decided(folder, wish(name)) == {
        0: {"leave": ["6:0.1000,0.4000"]},
        10: {"leave": ["12:0.1000,0.4000"]},
        30: {"leave": ["34:0.1000,0.4000"]},
    }


def test_people_whose_names_are_swapped_are_found_by_their_new_ones(folder: Path) -> None:
    swapped = {"Person 1": "Ben", "Ben": "Person 1"}
    made = people.decisions(folder, [wish("Ben")], swapped, SHOTS, (100, 200))
    assert {one.at: dict(one.options["faces"] or {}) for one in made} == decided(folder, wish("Person 1"))


def test_people_in_one_shot_are_decided_on_together(folder: Path) -> None:
    made = decided(folder, wish("Anna Holm"), wish("Ben", "protect"))
    assert made[10] == {"leave": ["12:0.1000,0.4000"], "protect": ["15:0.3000,0.1000"]}


def test_somebody_who_is_not_in_the_film_is_named(folder: Path) -> None:
    with pytest.raises(FilmError, match=r"the face of Carl, who was not found") as caught:
        decided(folder, wish("Carl"))
    assert "Anna Holm, Ben" in str(caught.value.hint)


def test_a_decision_on_a_person_says_what_and_why(tmp_path: Path) -> None:
    path = tmp_path / "film.yaml"
    path.write_text("faces: [{person: Anna Holm, do: leave, why: soft on purpose, by: B. Holm}]")
    read = decisions.read(path)
    assert read.people == (PersonDecision(person="Anna Holm", do="leave", why="soft on purpose", by="B. Holm"),)
    assert read.rows == ({"what": "leave the face of Anna Holm", "by": "B. Holm", "why": "soft on purpose"},)
    without = chain.resolve({"restored": {"stages": ["clean"]}}, {"clean": {"engine": "motion"}})
    with pytest.raises(FilmError, match="no edition has the stage faces"):
        decisions.check(path, without)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("{do: leave, why: x}", "whose it is"),
        ("{person: Anna, do: erase, why: x}", "erase"),
        ("{person: Anna, do: leave}", "no why"),
        ("{person: Anna, do: leave, when: now, why: x}", "when"),
    ],
)
def test_what_is_no_decision_on_a_person_is_refused(tmp_path: Path, text: str, error: str) -> None:
    path = tmp_path / "film.yaml"
    path.write_text(f"faces: [{text}]")
    with pytest.raises(FilmError, match=error):
        decisions.read(path)
