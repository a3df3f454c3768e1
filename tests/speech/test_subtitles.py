"""Subtitles leave time to read, show names where needed, and are valid files."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from itertools import pairwise

import numpy as np
import pytest

from answerprint.speech import subtitles


def line(start: float, end: float, text: str, speaker: str = "Anna", on_screen: bool = True) -> dict:
    tokens = text.split()
    step = (end - start) / max(1, len(tokens))
    words = [{"start": start + i * step, "end": start + (i + 1) * step, "text": t} for i, t in enumerate(tokens)]
    return {"start": start, "end": end, "speaker": speaker, "on_screen": on_screen, "text": text, "words": words}


LONG = (
    "When the evening came, the old projectionist closed the shutters and went home. He had seen the film "
    "four hundred times, and yet he could not have said how it ended, because he always left before."
)
FORMATS = [subtitles.srt, subtitles.webvtt, subtitles.ttml]


def test_rows_and_times_keep_their_limits():
    random = np.random.default_rng(0)
    at, lines = 0.0, []
    for i in range(60):
        length = float(random.uniform(0.1, 12))
        words = " ".join("x" * int(n) for n in random.integers(1, 12, int(random.integers(1, 40))))
        lines.append(line(at, at + length, words, f"Person {i % 3}", bool(i % 4)))
        at += length + float(random.choice([0, 0.02, 2.0]))
    cues = subtitles.cues(lines)
    assert all(1 <= len(cue.rows) <= 2 and max(map(len, cue.rows)) <= 42 for cue in cues)
    assert all(a.end < b.start for a, b in pairwise(cues))
    assert all(cue.end > cue.start for cue in cues)
    said = " ".join(row for cue in cues for row in cue.rows)
    assert re.sub(r"Person \d: ", "", said).split() == " ".join(one["text"] for one in lines).split()


def test_a_short_line_stays_a_second_and_a_long_one_can_be_read():
    short, long = subtitles.cues([line(1, 1.2, "No."), line(10, 10.5, "This takes more time to read than to say.")])
    assert short.end - short.start == pytest.approx(1.0)
    assert sum(map(len, long.rows)) / (long.end - long.start) <= 17.01


def test_a_run_of_very_short_lines_does_not_fall_behind_its_sound():
    cues = subtitles.cues([line(0.3 * i, 0.3 * i + 0.2, "Ha!") for i in range(40)])
    assert all(cue.start - 0.3 * i <= 0.51 for i, cue in enumerate(cues))
    assert all(a.end <= b.start for a, b in pairwise(cues))


@pytest.mark.parametrize("write", FORMATS)
def test_the_last_subtitle_ends_with_the_film(write):
    lines = [line(0.5, 1.2, "One."), line(2.0, 2.4, "This takes more time to read than to say."), line(3.2, 3.9, "No.")]
    ends = [cue.end for cue in subtitles.cues(lines, 3.0)]
    assert len(ends) == 2 and ends[-1] == 3.0 and subtitles.cues(lines)[1].end > 3.0
    assert "No." not in write(lines, until=3.0) and "No." in write(lines)


def test_long_lines_are_split_at_full_stops():
    cues = subtitles.cues([line(0, 12, LONG)])
    assert cues[1].rows[-1].endswith("home.")
    assert all(cue.end - cue.start <= 7 for cue in cues)
    assert abs(len(cues[0].rows[0]) - len(cues[0].rows[-1])) < 15


def test_the_name_is_shown_on_a_change_and_off_screen():
    lines = [
        line(0, 2, "One."),
        line(3, 5, "Two."),
        line(6, 8, "Three.", "Ben"),
        line(9, 11, "Four.", "Ben", on_screen=False),
    ]
    assert [cue.rows[0] for cue in subtitles.cues(lines)] == ["Anna: One.", "Two.", "Ben: Three.", "Ben: Four."]


def test_a_rewritten_text_is_spread_over_the_line():
    changed = {**line(2, 8, "wrong words"), "text": LONG}
    cues = subtitles.cues([changed])
    assert len(cues) > 2 and cues[0].start == 2 and 2 < cues[1].start < 8


def test_text_without_spaces_fits_too():
    text = "\u6620\u753b" * 30
    words = [{"start": i * 0.1, "end": i * 0.1 + 0.1, "text": "\u6620\u753b"} for i in range(30)]
    cues = subtitles.cues([{"start": 0, "end": 3, "speaker": "", "text": text, "words": words}])
    assert "".join(row for cue in cues for row in cue.rows) == text
    assert all(len(row) <= 42 for cue in cues for row in cue.rows)


@pytest.mark.parametrize("speaker", ["", "Anna", "Wilhelm von und zu Schmidt-Rottluff der J\u00fcngere", "X" * 90])
@pytest.mark.parametrize("text", ["\u0e01" * 60 + "\u0e02" * 60, "\u0e01" * 300, "Hm " + "\u6620\u753b" * 50 + " ok"])
def test_a_rewritten_text_without_spaces_keeps_its_end(text, speaker):
    cues = subtitles.cues([{**line(2, 11, "wrong words", speaker), "text": text}])
    shown = "".join(row for cue in cues for row in cue.rows).replace(" ", "")
    assert shown == (f"{speaker}: {text}" if speaker else text).replace(" ", "")
    assert all(1 <= len(cue.rows) <= 2 and max(map(len, cue.rows)) <= 42 for cue in cues)
    assert all(a.end <= b.start for a, b in pairwise(cues)) and cues[-1].start < 11


@pytest.mark.parametrize("write", FORMATS)
def test_no_lines_give_a_valid_file(write):
    text = write([])
    assert text == "" or text.startswith("WEBVTT") or ElementTree.fromstring(text.encode()) is not None


@pytest.mark.parametrize("write", FORMATS)
def test_special_characters_of_the_format_do_no_harm(write):
    text = write([line(0, 2, "<b>Fish & chips</b> --> \x02 {now}", 'O\'Neill <Jr> & "Co"')])
    body = text.replace("<v ", "").replace("</v>", "")
    assert "<b>" not in body and text.count("-->") == (0 if write is subtitles.ttml else 1)
    if write is subtitles.ttml:
        root = ElementTree.fromstring(text.encode())
        assert "<b>Fish & chips</b> --> {now}" in "".join("".join(root.itertext()).split("\n"))


def test_times_are_written_as_each_format_requires():
    lines = [line(3661.5, 3663.25, "Later.")]
    assert subtitles.srt(lines) == "1\n01:01:01,500 --> 01:01:03,250\nAnna: Later.\n\n"
    assert "01:01:01.500 --> 01:01:03.250\n<v Anna>Anna: Later.</v>\n" in subtitles.webvtt(lines)
    (paragraph,) = ElementTree.fromstring(subtitles.ttml(lines, language="en").encode()).iter(
        "{http://www.w3.org/ns/ttml}p"
    )
    assert (paragraph.get("begin"), paragraph.get("end")) == ("01:01:01.500", "01:01:03.250")


def test_the_suffix_decides_the_format(tmp_path):
    for suffix in (".srt", ".vtt", ".ttml"):
        subtitles.write(tmp_path / f"film{suffix}", [line(0, 2, "Gr\u00fc\u00df dich.")], language="de")
        assert "Gr\u00fc\u00df dich." in (tmp_path / f"film{suffix}").read_text(encoding="utf-8")
    with pytest.raises(ValueError, match="is not a"):
        subtitles.write(tmp_path / "film.txt", [])
