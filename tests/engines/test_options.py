"""Options of engines are read from plain values, and what cannot be one is refused in a sentence."""

from __future__ import annotations

import contextlib
import dataclasses
import typing
from pathlib import Path
from typing import Any

import pytest

from answerprint import engines
from answerprint.runtime.errors import FilmError

ENGINES = [(stage, name) for stage, names in engines.available().items() for name in names]
LISTS = [
    (stage, name, option)
    for stage, name in ENGINES
    for option, kind in typing.get_type_hints(engines.find(stage, name).Options).items()
    if typing.get_origin(kind) is tuple
]
ODD = (
    *(None, True, -1, 5, 5.5, 10**400, float("nan"), float("inf"), "", "text", b"bytes"),
    *([], [None], [[1]], [{}], ["text"], ["a=b"], [-1], [True], ["x" * 500], {1, 2}),
    *({}, {"a": 1}, {3: None}, {None: "a.png"}, [{"frame": None, "x": [1], "y": 2, "color": 3}]),
)
"""Values that hardly any option takes."""


def read(stage: str, name: str, **values: Any) -> Any:
    return engines.options.read(engines.find(stage, name), values)


@pytest.mark.parametrize(("stage", "name"), ENGINES)
def test_no_value_of_any_option_ends_in_a_traceback(stage: str, name: str) -> None:
    for option in dataclasses.fields(engines.find(stage, name).Options):
        for value in ODD:
            with contextlib.suppress(FilmError):
                read(stage, name, **{option.name: value})


@pytest.mark.parametrize(("stage", "name", "option"), LISTS)
def test_text_and_numbers_are_no_list(stage: str, name: str, option: str) -> None:
    for value, written in (("3:0.5,0.5", '["3:0.5,0.5"]'), (5, "[5]"), (0.5, "[0.5]")):
        with pytest.raises(
            FilmError, match=rf"^Option {option} of {stage}/{name} is .*, but it must be a list"
        ) as said:
            read(stage, name, **{option: value})
        assert f"Write {written}." in said.value.hint


def test_a_folder_that_is_no_list_is_not_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "rglob", lambda *_: pytest.fail("a folder was searched"))
    with pytest.raises(FilmError, match=r"portraits of faces/portrait is .* must be a list"):
        read("faces", "portrait", portraits=str(tmp_path))


@pytest.mark.parametrize(
    ("stage", "name", "values", "kind"),
    [
        ("speaking", "light_asd", {"seconds": [1, "two"]}, "'two'.* each of its values must be a number"),
        ("faces", "detail", {"leave": [None]}, "None.* each of its values must be text"),
        ("colorize", "hints", {"hints": [[1]]}, r"\[1\].* each of its values must be text or a mapping"),
        ("colorize", "hints", {"references": {3: None}}, "None.* each of its values must be text"),
    ],
)
def test_each_value_of_a_list_must_be_of_its_kind(stage: str, name: str, values: dict[str, Any], kind: str) -> None:
    with pytest.raises(FilmError, match=kind):
        read(stage, name, **values)


def test_lists_are_read_as_they_are_meant() -> None:
    assert read("speaking", "light_asd", seconds=[1, 2.5]).seconds == (1.0, 2.5)
    assert read("faces", "detail", leave=["3:0.5,0.5"]).leave == ("3:0.5,0.5",)
    hints = [{"frame": 3, "x": 0.5, "y": 0.4, "color": "#ff0000"}, "4:0.5,0.4,#ff0000"]
    assert read("colorize", "hints", hints=hints).hints == ("3:0.5,0.4,#ff0000", "4:0.5,0.4,#ff0000")
    assert read("colorize", "hints", like={"Anna": "a.png"}).like == ("Anna=a.png",)
