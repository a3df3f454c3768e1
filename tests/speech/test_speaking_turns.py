"""Turns have the names of the lines, also where no word was recognised."""

from __future__ import annotations

from types import SimpleNamespace

from answerprint.speech.speaking_turns import rttm, turns


def named(*heard: tuple[float, float, int]) -> list[tuple[float, float, str]]:
    """The turns of voices in a film in which Anna Holm speaks until 4 s, then Ben; then he is heard alone."""
    seen = {"on_screen": True}
    lines = [
        {"start": 0.0, "end": 4.0, "speaker": "Anna Holm", **seen},
        {"start": 4.0, "end": 8.0, "speaker": "Ben", **seen},
        {"start": 10.0, "end": 12.0, "speaker": "Ben", "on_screen": False},
    ]
    return turns(lines, SimpleNamespace(turns=lambda: list(heard)))


def test_a_turn_has_the_name_that_its_voice_has_elsewhere():
    assert named((0.0, 3.0, 0), (4.0, 8.0, 1), (3.0, 4.5, 1)) == [
        (0.0, 3.0, "Anna Holm"),
        (4.0, 8.0, "Ben"),
        (3.0, 4.5, "Ben"),
    ]


def test_a_line_of_somebody_unseen_is_no_reason_against_the_voice():
    assert named((0.0, 4.0, 0), (10.0, 12.0, 0))[1] == (10.0, 12.0, "Anna Holm")


def test_a_turn_beside_one_line_only_has_its_name_and_one_beside_none_that_of_its_voice():
    assert [name for _, _, name in named((0.0, 4.0, 0), (5.0, 6.0, 0), (9.0, 9.5, 0))] == [
        "Anna Holm",
        "Ben",
        "Anna Holm",
    ]
    assert [name for _, _, name in named((9.0, 9.5, 1))] == ["Voice 2"]


def test_turns_are_written_as_other_tools_read_them():
    assert rttm([(0.5, 2.0, "Anna Holm")], "reel") == "SPEAKER reel 1 0.500 1.500 <NA> <NA> Anna_Holm <NA> <NA>\n"
