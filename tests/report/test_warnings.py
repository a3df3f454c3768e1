"""The report shows what a person should know of the source."""

from typing import Any

from answerprint.report.collect import _warnings
from answerprint.report.facts import colour


def test_warnings_of_the_survey_stand_in_the_report() -> None:
    source: dict[str, Any] = {"warnings": ["At 0:12 the clock jumps."], "audio": []}
    assert list(_warnings(source, [], [])) == ["At 0:12 the clock jumps."]


def test_frames_that_a_folder_lacks_are_not_a_changing_rate() -> None:
    held = {"repeated": [9], "dropped": []}
    assert list(_warnings({**held, "missing": [10, 11]}, [], [])) == []
    assert "1 of its frames are shown more than once" in next(_warnings({**held, "missing": []}, [], []))


def test_a_tinted_film_is_said_to_be_tinted() -> None:
    assert colour({"grey": True, "tinted": True}) == "black and white, tinted or toned"
    assert colour({"grey": True, "tinted": False}) == "black and white" and colour({"grey": False}) == "colour"


def test_a_source_surveyed_without_warnings_has_none() -> None:
    assert list(_warnings({}, [], [])) == []
