"""The restoration report says in words what was wrong, done, left and invented, and who decided and approved."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from answerprint.plan import chain
from answerprint.prints import labels
from answerprint.prints.change_maps import ELEMENT, bit
from answerprint.report import document, document_pdf, report, restoration, stage_doings, stills, verdict
from answerprint.report.document import Bullets, Document, Heading, Paragraph, Table
from reports import SECOND, make, record

WHEN = datetime(2026, 11, 28, tzinfo=UTC)
ROWS: list[dict[str, Any]] = [
    {"what": "shot options", "at": 7, "clean": {"strength": 0.2}, "why": "it snows", "by": "B. Holm"},
    {"what": "strike cut", "frame": 3, "why": "a flash"},
    {"what": "clean rejected", "at": 2, "why": "the snow is gone", "by": "A. Curator"},
]
ANALYSIS = [
    {"suggests": [{"stage": "clean", "why": "spots cover 1%"}], "notes": ["blocks of compression"]},
    {"suggests": [{"stage": "stabilise", "why": "it weaves by 2 pixels"}]},
]


def spans(first: Any, second: Any) -> list[dict[str, Any]]:
    """Options of the film's two shots."""
    return [{"start": 0, "stop": 6, **first}, {"start": 6, "stop": 12, **second}]


def told(folder: Path, **other: Any) -> dict[str, str]:
    """The text of each section, by its heading."""
    made = make(folder, **{"analysis": ANALYSIS, **other})
    said = document.markdown(restoration.document(made))
    sections = re.split(r"^## (.+)$", said, flags=re.MULTILINE)
    return {"": sections[0], **dict(zip(sections[1::2], sections[2::2], strict=True))}


def edition(folder: Path, **changes: Any) -> Any:
    return replace(make(folder).editions[0], **changes)


def test_it_says_what_the_film_was_and_what_was_wrong_in_which_shots(tmp_path: Path) -> None:
    sections = told(tmp_path)
    assert "Restoration of Fire on the \\<b\\>roof\\</b\\> (1928)" in sections[""]
    assert "roof.mov" in sections["What the film was"] and "film/roof" not in sections["What the film was"]
    wrong = sections["What was wrong"]
    assert "**Dirt and scratches,** in shot 1: spots cover 1% (shot 1)." in wrong
    assert "**Gate weave,** in shot 2: it weaves by 2 pixels (shot 2)." in wrong
    assert "blocks of compression, in shot 1." in wrong


def test_it_says_what_was_done_with_which_settings_and_why_in_the_words_of_who_decided(tmp_path: Path) -> None:
    options = spans(
        {"options": {"strength": 0.5}, "why": "spots cover 1%"}, {"options": {"strength": 0.2}, "why": "it snows"}
    )
    sections = told(tmp_path, editions=[edition(tmp_path, records=[record(options=options)])], rows=ROWS)
    done = sections["What was done, in this order"]
    assert "**restored** (repair), made from source by clean." in done
    assert "**Dirt and scratches were repaired** in every shot, by clean/motion" in done
    assert "set to strength 0.5; or strength 0.2. Why: the damage above, in shot 1; it snows (shot 2)." in done
    decided = sections["What people decided"]
    assert "Frame 7: shot options, clean: strength 0.2. “it snows” – B. Holm" in decided
    assert "Frame 3: strike cut. “a flash”" in decided and "rejected" not in decided


def test_a_stage_that_ran_in_no_shot_is_said_to_be_left_out_and_not_to_have_made_the_edition(tmp_path: Path) -> None:
    idle = record(stage="denoise", options=spans(*[{"options": None, "why": "grain is fine"}] * 2))
    both = edition(
        tmp_path,
        steps=["restored/clean", "restored/denoise"],
        kinds={"clean": "repair", "denoise": "repair"},
        records=[record(), idle],
    )
    assert both.ran == ["clean"] and both.added == ["clean", "denoise"]
    sections = told(tmp_path, editions=[both])
    assert "made from source by clean." in sections["What was done, in this order"]
    assert "**denoise** ran in no shot of restored: grain is fine." in sections["What was left as it is"]
    page = report.render(make(tmp_path, editions=[both]))
    assert "Made from source by clean." in page and "<b>denoise</b> in restored: left out of every shot" in page


def test_a_stage_that_was_left_out_of_one_shot_is_named_with_the_shot_and_the_reason(tmp_path: Path) -> None:
    options = spans({"options": {"strength": 0.5}, "why": ""}, {"options": None, "why": "it snows"})
    sections = told(tmp_path, editions=[edition(tmp_path, records=[record(options=options)])])
    assert "**Dirt and scratches were repaired** in shot 1" in sections["What was done, in this order"]
    assert "**clean** was left out of restored in shot 2: it snows." in sections["What was left as it is"]


def test_it_says_which_pixels_are_invented_and_what_machines_are_told(tmp_path: Path) -> None:
    sections = told(tmp_path, editions=[edition(tmp_path, label=labels.CORRECTED)])
    invented = sections["Which pixels are invented"]
    assert "0 % invented. May be shown and cited as the film" in invented.replace("\u202f", " ")
    assert "algorithmicallyEnhanced (corrected by algorithm)" in invented


def test_failed_checks_and_who_approved_are_named_or_that_nobody_did(tmp_path: Path) -> None:
    sections = told(tmp_path, rows=ROWS)
    assert "0 of 1 checks passed; frames should be 12 and is 11." in sections["What was made"]
    assert "Frame 2: clean rejected. “the snow is gone” – A. Curator" in sections["Who approved"]
    assert "Nobody has signed a shot" in told(tmp_path, rows=[])["Who approved"]


def test_a_film_of_many_shots_takes_few_words(tmp_path: Path) -> None:
    """What is said of a stage does not grow with the shots; the recipe and report.html have it all."""
    shots = [{"start": n, "stop": n + 1, "transition": "cut"} for n in range(1200)]
    options = [
        {"start": n, "stop": n + 1, "options": {"strength": n / 2400}, "why": f"reason {n}"} for n in range(1200)
    ]
    analysis = [{"suggests": [{"stage": "clean", "why": f"spots {n}"}]} for n in range(1200)]
    many = edition(tmp_path, records=[record(options=options)])
    made = make(tmp_path, shots=shots, analysis=analysis, editions=[many])
    said = document.markdown(restoration.document(made))
    assert "or 1197 more sets, all in recipe.yaml" in said and "and 1197 more, see report.html" in said
    assert len(said) < 5000
    assert pages(document_pdf.pdf(restoration.document(made), WHEN)) <= 2


DOCUMENT = Document(
    title="<script>alert(1)</script>",
    subtitle="*one*",
    blocks=[
        Heading(text="# head"),
        Paragraph(lead="Lead", text="1. no list, `no code`, [no link](x), a|b"),
        Bullets(items=[Paragraph(text="- no list in a list"), Paragraph(lead="a", text="b")]),
        Table(head=["x", "y"], rows=[["a | b", "---"]]),
    ],
)


def test_what_a_text_holds_is_never_taken_for_markup() -> None:
    said = document.markdown(DOCUMENT)
    assert "\\<script\\>" in said and "\\*one\\*" in said and "## \\# head" in said
    assert "**Lead** 1\\. no list, \\`no code\\`, \\[no link\\](x), a\\|b" in said
    assert "- \\- no list in a list" in said and "| a \\| b | --- |" in said
    page = document.html(DOCUMENT)
    assert "<script>" not in page and "&lt;script&gt;" in page and "<td>a | b</td>" in page
    assert "http" not in page.replace("http-equiv", "")


def pages(content: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b(?!s)", content))


def test_the_pdf_of_a_short_film_has_at_most_two_pages_and_the_same_bytes_each_time(tmp_path: Path) -> None:
    said = restoration.document(make(tmp_path, analysis=ANALYSIS, rows=ROWS))
    first = document_pdf.pdf(said, WHEN)
    assert first.startswith(b"%PDF-") and first.rstrip().endswith(b"%%EOF") and 1 <= pages(first) <= 2
    assert document_pdf.pdf(said, WHEN) == first


@pytest.mark.parametrize(
    ("text", "shown"), [("Ďábel, Фильм, φιλμ", "Ďábel, Фильм, φιλμ"), ("羅生門", "[U+7F85][U+751F][U+9580]")]
)
def test_a_character_that_the_font_lacks_is_written_as_its_code_point(text: str, shown: str) -> None:
    assert document_pdf.shown(text) == shown
    assert pages(document_pdf.pdf(Document(title=text, subtitle="", blocks=[Paragraph(text=text)]), WHEN)) == 1


def lines(content: bytes) -> int:
    """The lines of text on all pages, without the numbers of the pages."""
    streams = re.findall(rb"stream\n(x\x9c.*?)\nendstream", content, re.DOTALL)
    return sum(zlib.decompress(stream).count(b" Tj ET") for stream in streams) - pages(content)


def test_a_row_of_a_table_may_be_longer_than_a_page_and_nothing_of_it_is_lost() -> None:
    def table(notes: int, chapters: int) -> bytes:
        said = "\n".join(f"{number:03d} shot of the harbour" for number in range(notes))
        titles = ", ".join(f"Chapter {number:03d}: the harbour" for number in range(chapters))
        rows = [["File", "a.mov"], ["Notes", said], ["Chapters", titles], ["Year", "1928"]]
        return document_pdf.pdf(Document(title="a", subtitle="", blocks=[Table(head=["", ""], rows=rows)]), WHEN)

    assert lines(table(150, 1)) == lines(table(1, 1)) + 149 and 3 <= pages(table(150, 1)) <= 4
    # A line holds five chapters at most.
    assert lines(table(1, 800)) >= lines(table(1, 1)) + 800 // 5 - 1


def test_all_three_files_are_written(tmp_path: Path) -> None:
    restoration.write(tmp_path / "out", make(tmp_path))
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        f"restoration.{kind}" for kind in ("html", "md", "pdf")
    ]


def test_every_stage_is_said_in_words() -> None:
    assert set(stage_doings.DOINGS) == set(chain.STAGES) == set(verdict.DONE) == set(stills.COLOURS)


def test_it_says_how_much_is_another_elements_even_if_nothing_is(tmp_path: Path) -> None:
    film = make(tmp_path)
    film.source["elements"] = [SECOND]
    lent = {0: Counter({bit("clean"): 60, bit("clean") | ELEMENT: 20, 0: 20})}
    for found, words in ((lent, " of all pixels are another element's"), (film.editions[0].census, "None of all")):
        one = replace(film.editions[0], census=found)
        said = document.markdown(restoration.document(replace(film, editions=[one])))
        assert words in said
    film.source.pop("elements")
    assert "another element" not in document.markdown(restoration.document(film))


@pytest.mark.parametrize(
    ("facts", "scan", "said"),
    [
        ({"field_order": "tff", "deinterlace": "motion"}, "interlaced, top field first; its fields were", True),
        ({"field_order": "bff", "deinterlace": "bwdif"}, "into whole frames by bwdif", True),
        ({"field_order": "tff", "deinterlace": "motion", "pulldown": True}, "| interlaced, top field first |", False),
        ({"field_order": "progressive", "deinterlace": "motion"}, "| progressive |", False),
    ],
)
def test_fields_that_became_frames_are_told(tmp_path: Path, facts: dict[str, Any], scan: str, said: bool) -> None:
    sections = told(tmp_path, source={**make(tmp_path).source, **facts})
    assert scan in sections["What the film was"]
    assert ("Before the first stage its fields" in sections["What was done, in this order"]) == said
