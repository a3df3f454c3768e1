"""What a person corrected stays corrected, in the decisions and in a spreadsheet, whatever is recognised next."""

from __future__ import annotations

import csv

import pytest

from answerprint.runtime.errors import FilmError
from answerprint.speech import corrections


def line(start: float, end: float, speaker: str, text: str) -> dict:
    return {
        "start": start,
        "end": end,
        "speaker": speaker,
        "text": text,
        "on_screen": True,
        "confidence": 0.6,
        "words": [],
        "reasons": {"lips": 1.0, "voice": None, "face": None},
    }


LINES = [line(0, 2, "Person 1", "Good morning."), line(3, 5, "Person 2", "Is it?"), line(6, 8, "Person 1", "Yes.")]


def edited(tmp_path, *changes: tuple[str, str]):
    path = tmp_path / "film.csv"
    text = corrections.as_sheet(LINES)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")
    return corrections.read_sheet(path)


def test_a_name_given_once_appears_on_every_line_of_that_person():
    lines = corrections.apply_decisions(LINES, {"names": {"Person 1": "Anna"}})
    assert [one["speaker"] for one in lines] == ["Anna", "Person 2", "Anna"]
    assert LINES[0]["speaker"] == "Person 1"


def test_two_people_may_swap_their_names():
    lines = corrections.apply_decisions(LINES, {"names": {"Person 1": "Person 2", "Person 2": "Person 1"}})
    assert [one["speaker"] for one in lines] == ["Person 2", "Person 1", "Person 2"]


def test_a_line_can_change_its_speaker_and_people_their_names():
    decisions = {"names": {"Person 2": "Ben"}, "lines": [{"at": 4, "speaker": "Person 1", "why": "the mirror"}]}
    lines = corrections.apply_decisions(LINES, decisions)
    assert [one["speaker"] for one in lines] == ["Person 1"] * 3 and lines[1]["reasons"]["decision"] == "the mirror"


def test_an_untouched_sheet_changes_nothing(tmp_path):
    assert corrections.apply_sheet(LINES, edited(tmp_path)) == LINES


def test_changed_cells_survive_a_different_transcript(tmp_path):
    rows = edited(tmp_path, ("Person 2,Is it?", "Ben,Is it really?"))
    assert [(one["speaker"], one["text"]) for one in corrections.apply_sheet(LINES, rows)][1] == (
        "Ben",
        "Is it really?",
    )
    again = [LINES[0], line(2.9, 4, "Person 3", "His"), line(4.1, 5.1, "Person 3", "hit"), line(6, 8, "X", "Yes.")]
    after = corrections.apply_sheet(again, rows)
    assert [(one["speaker"], one["text"]) for one in after] == [
        ("Person 1", "Good morning."),
        ("Ben", "Is it really?"),
        ("X", "Yes."),
    ]
    assert after[1]["confidence"] == 1.0


def test_lines_can_be_added_and_removed(tmp_path):
    path = tmp_path / "film.csv"
    text = corrections.as_sheet(LINES).replace("Person 2,Is it?", "Person 2,", 1) + "9,0:10.5,Carl,Goodbye.\n"
    path.write_text(text, encoding="utf-8")
    lines = corrections.apply_sheet(LINES, corrections.read_sheet(path))
    assert [one["text"] for one in lines] == ["Good morning.", "Yes.", "Goodbye."]
    assert (lines[2]["start"], lines[2]["end"], lines[2]["speaker"]) == (9, 10.5, "Carl")


def test_a_sheet_saved_with_semicolons_and_decimal_commas_is_read(tmp_path):
    path = tmp_path / "film.csv"
    path.write_text(
        "start;end;speaker;text;on_screen;confidence;speaker_was;text_was\n"
        "3,000;5,000;Ben;Is it?;yes;0,60;Person 2;Is it?\n",
        encoding="utf-8",
    )
    assert corrections.apply_sheet(LINES, corrections.read_sheet(path))[1]["speaker"] == "Ben"


def test_a_sheet_without_its_columns_and_a_time_that_is_not_a_number_are_refused(tmp_path):
    path = tmp_path / "film.csv"
    path.write_text("name,age\nAnna,9\n")
    with pytest.raises(FilmError, match="no column 'start'"):
        corrections.read_sheet(path)
    path.write_text("start,end,speaker,text\nsoon,5,Ben,Hello\n")
    with pytest.raises(FilmError, match="time 'soon'"):
        corrections.apply_sheet(LINES, corrections.read_sheet(path))


def test_the_sheet_of_a_corrected_transcript_can_replace_the_correction(tmp_path):
    rows = edited(tmp_path, ("Person 2,Is it?", "Ben,Is it really?"), ("Person 1,Yes.", "Anna,Yes."))
    rows.append({"start": "9", "end": "10", "speaker": "Carl", "text": "Goodbye."})
    once = corrections.apply_sheet(LINES, rows)
    (tmp_path / "film.csv").write_text(corrections.as_sheet(once), encoding="utf-8")
    assert corrections.apply_sheet(LINES, corrections.read_sheet(tmp_path / "film.csv")) == once


def test_a_removed_line_stays_removed_when_the_next_sheet_replaces_the_first(tmp_path):
    rows = edited(tmp_path, ("Person 2,Is it?", "Person 2,"))
    once = corrections.apply_sheet(LINES, rows)
    sheet = corrections.as_sheet(once, corrections.removed(rows))
    (tmp_path / "film.csv").write_text(sheet, encoding="utf-8")
    rows = corrections.read_sheet(tmp_path / "film.csv")
    assert [(row["start"], row["text"], row["text_was"]) for row in rows] == [
        ("0.000", "Good morning.", "Good morning."),
        ("3.000", "", "Is it?"),
        ("6.000", "Yes.", "Yes."),
    ]
    assert corrections.apply_sheet(LINES, rows) == once
    assert corrections.as_sheet(once, corrections.removed(rows)) == sheet


def test_a_line_that_took_in_a_removed_one_stays_in_every_order_of_the_rows(tmp_path):
    rows = edited(tmp_path, ("3.000,5.000,Person 2,Is it?", "3.000,9.000,Person 2,Is it? Yes."), ("1,Yes.", "1,"))
    once = corrections.apply_sheet(LINES, rows)
    assert [one["text"] for one in once] == ["Good morning.", "Is it? Yes."]
    assert corrections.apply_sheet(LINES, rows[::-1]) == once


@pytest.mark.parametrize("text", ["=HYPERLINK(A1)", "+1", "-- no", "@me", "'=1", "''-x", "'tis so", "-"])
def test_no_cell_is_a_formula_and_every_cell_comes_back_as_it_was(tmp_path, text):
    lines = [line(0, 2, text, "Hello"), line(3, 5, "Person 2", text)]
    path = tmp_path / "film.csv"
    path.write_text(corrections.as_sheet(lines), encoding="utf-8")
    for row in csv.reader(path.read_text(encoding="utf-8-sig").splitlines()):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)
    rows = corrections.read_sheet(path)
    assert (rows[0]["speaker"], rows[1]["text"], rows[1]["text_was"]) == (text, text, text)
    assert corrections.apply_sheet(lines, rows) == lines


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-8-sig"])
def test_a_sheet_is_read_in_any_encoding_with_cells_of_two_lines(tmp_path, encoding):
    path = tmp_path / "film.csv"
    head = "start;end;speaker;text;on_screen;confidence;speaker_was;text_was"
    text = f'{head};;\r\n3,0;5,0;K\u00f6nig;"Is\r\nit?";yes;0,6;Person 2;Is it?;;\r\n'
    path.write_bytes(text.encode(encoding))
    changed = corrections.apply_sheet(LINES, corrections.read_sheet(path))[1]
    assert (changed["speaker"], changed["text"]) == ("K\u00f6nig", "Is it?")


@pytest.mark.parametrize("time", ["nan", "inf", "1e9", "9" * 400, "1:2:3:4", "-1"])
def test_a_time_that_cannot_be_is_refused(tmp_path, time):
    path = tmp_path / "film.csv"
    path.write_text(f"start,end,speaker,text\n{time},5,Ben,Hello\n")
    with pytest.raises(FilmError, match="is not a number"):
        corrections.apply_sheet(LINES, corrections.read_sheet(path))
