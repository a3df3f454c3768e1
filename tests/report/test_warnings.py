"""The report shows what a person should know of the source."""

from typing import Any

from answerprint.report.collect import _warnings


def test_warnings_of_the_survey_stand_in_the_report() -> None:
    source: dict[str, Any] = {"warnings": ["At 0:12 the clock jumps."], "audio": []}
    assert list(_warnings(source, [], [])) == ["At 0:12 the clock jumps."]


def test_a_source_surveyed_without_warnings_has_none() -> None:
    assert list(_warnings({}, [], [])) == []
