"""Numbers of each frame: in film frames whatever the rate, small for a long film, ranked for whoever looks."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from answerprint.prints.change_maps import bit
from answerprint.report import census, facts, formatting, series, stage_views, verdict, worst
from answerprint.report.values import Edition


def record(
    first: int, values: list[float], *, times: Sequence[str] = (), stage: str = "clean", **statistics: Any
) -> dict[str, Any]:
    return {
        "edition": "restored",
        "stage": stage,
        "first": first,
        "frames": len(values),
        **({"times": list(times)} if times else {}),
        "engine": {"name": "motion", "retimes": bool(times)},
        "options": [{"start": first, "stop": first + len(values), "options": {}, "why": ""}],
        "changed": values,
        "statistics": statistics,
        "seconds": 1.0,
    }


def test_numbers_of_an_interpolated_edition_stand_at_the_frames_of_the_film() -> None:
    # 4 film frames at 24 as 8 at 48, in two parts; every other one is in between.
    parts = [
        record(0, [0.0, 1.0, 0.0, 1.0], times=["0", "1/2", "1", "3/2"]),
        record(2, [0.0, 1.0, 0.0, 0.6], times=["2", "5/2", "3", "7/2"]),
    ]
    columns = series.by_frame(parts, 4)
    assert columns["changed"].tolist() == [0.5, 0.5, 0.5, 0.3]


def test_numbers_at_a_rate_that_is_no_multiple_stand_at_the_frames_of_the_film() -> None:
    values = [0.0] * 15
    values[9] = 1.0  # 9 * 24/30 = 7.2: after film frame 7.
    times = [str(Fraction(4 * k, 5)) for k in range(15)]
    columns = series.by_frame([record(0, values, times=times)], 12)
    assert int(np.nanargmax(columns["changed"])) == 7 and np.isfinite(columns["changed"]).all()


def test_a_shot_that_a_stage_is_left_out_of_has_no_numbers_however_the_film_is_cut() -> None:
    spans = [{"start": 0, "stop": 2, "options": None}, {"start": 2, "stop": 6, "options": {}}]

    def part(first: int, stop: int, **statistics: Any) -> dict[str, Any]:
        touched = [span for span in spans if span["start"] < stop and span["stop"] > first]
        return record(first, [0.0] * (stop - first), **statistics) | {"options": touched}

    # The account of a part fills with zeros what some of its blocks do not name.
    whole = [part(0, 6, defects=[0, 0, 3, 4, 0, 0])]
    cut = [part(0, 2), part(2, 4, defects=[3, 4]), part(4, 6)]
    for records in (whole, cut):
        columns = series.by_frame(records, 6)
        np.testing.assert_array_equal(columns["defects"], [np.nan, np.nan, 3, 4, 0, 0])
        np.testing.assert_array_equal(columns["changed"], np.zeros(6))


def test_before_and_after_share_a_chart_and_what_is_constant_has_none() -> None:
    columns = {"changed": np.ones(3), "before": np.array([1.0, 3, 2]), "after": np.array([2.0, 2, 2])}
    (chart,) = series.charts("deflicker", columns)
    assert list(chart.lines) == ["before", "after"] and chart.unit == "share of white"


def test_a_chart_stays_small_and_keeps_the_peak_of_a_long_film() -> None:
    values = np.zeros(150_000)
    values[77_777] = 5.0
    rows = series.envelope(values)
    assert len(rows["frame"]) == series.COLUMNS
    column = rows["most"].index(5.0)
    assert rows["peak"][column] == 77_777 and rows["frame"][column] <= 77_777


def test_a_chart_of_few_frames_holds_every_number_and_its_gaps() -> None:
    assert series.envelope(np.array([0.5, np.nan, 2.0])) == {"median": [0.5, None, 2.0]}


def test_options_of_a_shot_that_parts_share_are_one_set() -> None:
    runs = [{"start": 30, "stop": 96, "options": {"strength": 1}, "why": ""}] * 2
    other = {"start": 96, "stop": 120, "options": {"strength": 2}, "why": ""}
    again = {"start": 120, "stop": 144, "options": {"strength": 1}, "why": ""}
    spans = [(run["start"], run["stop"]) for run in stage_views.options([*runs, again, other])]
    assert spans == [(30, 96), (96, 120), (120, 144)]


def test_worst_frames_are_ranked_and_not_neighbours() -> None:
    values = [0.0] * 48
    values[20], values[21], values[40] = 0.9, 0.8, 0.5
    (ranked,) = worst.rank([record(0, values)], Fraction(24), 48)
    assert [one.frame for one in ranked] == [20, 40] and ranked[0].measure.title == "largest repair"


def test_the_least_certain_colour_counts_only_where_there_is_colour() -> None:
    colour = record(
        0, [0.5] * 48, stage="colorize", trust=[0.0] * 24 + [0.9, 0.2] + [0.7] * 22, coloured=[0.0] * 24 + [1.0] * 24
    )
    (ranked,) = worst.rank([colour], Fraction(24), 48)
    assert ranked[0].frame == 25 and all(one.frame >= 24 for one in ranked)


def test_a_film_without_changes_has_no_worst_frames() -> None:
    assert list(worst.rank([record(0, [0.0] * 10)], Fraction(24), 10)) == []


KINDS = {"clean": "repair", "denoise": "repair", "upscale": "enhance", "interpolate": "generate"}


def counted(marks: np.ndarray) -> census.Census:
    return census.count([(0, marks)], [{"start": 0, "stop": 1}])


def test_every_pixel_counts_once_under_its_highest_class() -> None:
    marks = np.zeros((10, 10), np.uint16)
    marks[:5] |= bit("denoise")
    marks[4:6] |= bit("interpolate")
    marks[0] |= bit("clean")
    totals = census.from_json([census.to_json(counted(marks))])
    shares = census.by_kind(census.whole(totals), KINDS)
    assert shares == {"untouched": 0.4, "repair": 0.4, "enhance": 0.0, "generate": 0.2}
    assert census.by_stage(census.whole(totals)) == {"clean": 0.1, "denoise": 0.5, "interpolate": 0.2}


def test_shots_are_counted_apart() -> None:
    shots = [{"start": 0, "stop": 2}, {"start": 2, "stop": 4}]
    maps = [(frame, np.full((2, 2), bit("clean") * (frame >= 2), np.uint16)) for frame in range(4)]
    totals = census.count(maps, shots)
    assert census.by_stage(totals[0]) == {} and census.by_stage(totals[2]) == {"clean": 1.0}


def test_the_verdict_says_what_was_repaired_and_what_was_invented() -> None:
    marks = np.zeros((10, 10), np.uint16)
    marks[:5] |= bit("denoise")
    marks[0] |= bit("clean")
    repair = {stage: kind for stage, kind in KINDS.items() if kind == "repair"}
    said = verdict.sentence(counted(marks), repair, ["clean", "denoise"])
    assert said.replace("\u202f", " ") == "10 % of pixels repaired, 50 % denoised; none invented"
    assert verdict.claim(census.by_kind(census.whole(counted(marks)), repair)).startswith(
        "May be shown and cited as the film"
    )
    untouched = verdict.sentence(counted(np.zeros((4, 4), np.uint8)), KINDS, ["clean", "denoise", "upscale"])
    assert untouched.replace("\u202f", " ") == "0 % of pixels repaired; none invented"
    assert verdict.sentence(counted(np.zeros((4, 4), np.uint8)), KINDS, ["upscale"]) == "unchanged; none invented"
    marks[8:] |= bit("interpolate")
    said = verdict.sentence(counted(marks), KINDS, ["interpolate"])
    assert said.replace("\u202f", " ") == "20 % of pixels invented: in-between frames"
    assert "no evidence" in verdict.claim(census.by_kind(census.whole(counted(marks)), KINDS))


def test_lines_drawn_between_those_of_fields_are_repaired_and_said_in_the_first_edition() -> None:
    marks = np.zeros((10, 10), np.uint16)
    marks[:2] |= bit("clean")
    kinds = {"clean": "repair"}
    fields = {"deinterlace": "motion", "field_order": "tff"}
    first = Edition(
        name="restored",
        parent="source",
        kind="repair",
        kinds=kinds,
        steps=["restored/clean"],
        census=counted(marks),
        drawn=facts.drawn(fields),
    )
    assert first.classes == pytest.approx({"untouched": 0.4, "repair": 0.6, "enhance": 0.0, "generate": 0.0})
    said = "50 % of pixels drawn between the lines of fields; 20 % of pixels repaired; none invented"
    assert first.says.replace("\u202f", " ") == said
    assert "fields" not in dataclasses.replace(first, parent="restored").says


def test_only_stretches_of_fields_are_drawn() -> None:
    scans = [{"first": 0, "stop": 30, "way": "progressive"}, {"first": 30, "stop": 40, "way": "bff"}]
    mixed = {"deinterlace": "motion", "field_order": "mixed", "scans": scans}
    assert facts.drawn(mixed) == 0.125
    for order, pulldown in (("progressive", False), ("tff", True)):
        assert facts.drawn({"deinterlace": "motion", "field_order": order, "pulldown": pulldown}) == 0.0


@pytest.mark.parametrize(
    ("function", "value", "text"),
    [
        (formatting.clock, 3723.44, "1:02:03.4"),
        (formatting.clock, 59.96, "1:00.0"),
        (formatting.number, 12345.0, "12\u202f345"),
        (formatting.number, 0.01234, "0.0123"),
        (formatting.number, 1234.5, "1\u202f234"),
        (formatting.percent, 0.00001, "under 0.01\u202f%"),
        (formatting.percent, 0.999, "over 99\u202f%"),
        (formatting.percent, 1.0, "100\u202f%"),
        (formatting.size, 2_500_000, "2.5\u202fMB"),
    ],
)
def test_numbers_read_well(function: Callable[[Any], str], value: float, text: str) -> None:
    assert function(value) == text
