"""The report and its stills: one file that needs nothing else and leaves nothing out silently."""

import base64
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from answerprint.report import collect, report, stills
from answerprint.report.stills import FrameReaders
from answerprint.runtime.files import read_json

SHOTS = [{"start": 0, "stop": 6, "transition": "cut"}, {"start": 6, "stop": 12, "transition": "fade"}]
SOURCE: dict[str, Any] = {
    "film": "roof",
    "path": "film/roof.mov",
    "sha256": "9f" * 32,
    "kind": "video",
    "width": 64,
    "height": 48,
    "rate": "18/1",
    "frames": 12,
    "sar": "1/1",
    "field_order": "progressive",
    "pulldown": False,
    "deinterlace": "motion",
    "depth": 8,
    "pixel_format": "gray",
    "grey": True,
    "colour": {"transfer": "bt709"},
    "timecode": None,
    "start": "0/1",
    "audio": [],
    "chapters": [],
    "title": "Fire on the <b>roof</b>",
    "year": "1928",
    "notes": "",
}


def record(first: int = 0, frames: int = 12, **other: Any) -> dict[str, Any]:
    changed = [0.01 + 0.05 * (frame in (4, 9)) for frame in range(first, first + frames)]
    return {
        "film": "roof",
        "edition": "restored",
        "stage": "clean",
        "part": 0,
        "first": first,
        "frames": frames,
        "engine": {"name": "motion", "kind": "repair", "licence": "MIT", "paper": "Kokaram 1998", "weights": []},
        "options": [{"start": first, "stop": first + frames, "options": {"threshold": 0.1}, "why": ""}],
        "statistics": {"dirt_specks": [float(frame) for frame in range(first, first + frames)]},
        "changed": changed,
        "seconds": frames / 4,
        "digests": [],
    } | other


def before(frame: int) -> np.ndarray:
    return np.full((48, 64, 1), 0.2 + frame / 40, np.float32)


def after(frame: int) -> np.ndarray:
    return np.full((96, 128, 3), 0.3 + frame / 40, np.float32)


def changes(frame: int) -> np.ndarray:
    bits = np.full((48, 64), 1, np.uint8)
    bits[10, 20] |= 4
    return bits


def make(folder: Path, **other: Any) -> report.Report:
    picked = stills.choose([record()], SHOTS)
    stills.write(folder / "stills", picked, FrameReaders(before=before, after=after, changes=changes))
    edition = report.Edition(
        name="restored",
        parent="source",
        kind="repair",
        stages=["clean"],
        added=["clean"],
        left_out={"deflicker": "brightness is steady"},
        records=[record(0, 6), record(6, 6)],
        stills=[folder / "stills"],
        prints=[{"file": "restored/master.mkv", "size": 184_000_000, "codec": "FFV1"}],
        check={
            "passed": False,
            "checks": [{"name": "frames", "expected": 12, "found": 11, "passed": False}],
        },
    )
    values: dict[str, Any] = {
        "source": SOURCE,
        "shots": SHOTS,
        "editions": [edition],
        "analysis": [{"weave_px": 1.2, "suggests": ["stabilise"]}, {"weave_px": 0.1, "suggests": {"clean": "dirty"}}],
        "transcript": [
            {"start": 1.5, "end": 2, "speaker": "Ada", "on_screen": False, "confidence": 0.42, "text": "<i>Look!</i>"}
        ],
        "decisions": [{"what": "strength 0.3", "why": "The smoke is the subject."}],
        "warnings": ["No colour hints: stays grey."],
        "versions": {"answerprint": "0.1"},
    }
    return report.Report(**(values | other))


def picture(path: Path) -> np.ndarray:
    image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert image is not None
    return image


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
        if tag not in ("meta", "img", "input", "br", "path", "polygon", "polyline"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        pass

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


def test_the_report_loads_nothing_from_anywhere(tmp_path: Path) -> None:
    html = report.render(make(tmp_path))
    assert all(loaded.startswith("data:image/") for loaded in read(html).loaded)
    assert not re.search(r"url\(|@import|<link|<iframe|fetch\(", html)
    assert "default-src 'none'" in html


def test_every_still_is_embedded(tmp_path: Path) -> None:
    loaded = read(report.render(make(tmp_path))).loaded
    index = read_json(tmp_path / "stills" / "index.json")
    assert len(index) == 4
    for entry in index:
        for kind in ("before", "after", "mask"):
            content = base64.b64encode((tmp_path / "stills" / entry[kind]).read_bytes()).decode()
            assert any(content in source for source in loaded)


def test_what_people_wrote_is_never_markup(tmp_path: Path) -> None:
    html = report.render(make(tmp_path))
    assert "<b>roof</b>" not in html and "<i>Look!</i>" not in html
    assert "&lt;b&gt;roof&lt;/b&gt;" in html and "&lt;i&gt;Look!&lt;/i&gt;" in html


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
        "dirt specks",
        "12 frames at 4 frames a second.",
        "from the film's own pixels",
    ],
)
def test_the_report_says(tmp_path: Path, sentence: str) -> None:
    assert sentence in "".join(read(report.render(make(tmp_path))).words)


@pytest.mark.parametrize(
    "left_out",
    [
        {"transcript": ()},
        {"analysis": ()},
        {"decisions": (), "warnings": (), "versions": {}},
        {"source": SOURCE | {"title": None, "year": None, "rate": "30000/1001", "sar": "4/3"}},
        {"editions": [report.Edition(name="restored", parent="source", kind="repair", stages=[], added=[])]},
        {"shots": [{"start": 0, "stop": 12, "transition": "cut"}]},
    ],
)
def test_a_report_can_do_without(tmp_path: Path, left_out: dict[str, Any]) -> None:
    html = report.render(make(tmp_path, **left_out))
    read(html)
    assert ('id="transcript"' in html) == ("transcript" not in left_out)


def test_an_edition_is_made_from_its_parent_by_its_own_stages(tmp_path: Path) -> None:
    enhanced = report.Edition(
        name="enhanced", parent="restored", kind="enhance", stages=["clean", "upscale"], added=["upscale"]
    )
    said = " ".join("".join(read(report.render(make(tmp_path, editions=[enhanced]))).words).split())
    assert "Made from restored by upscale." in said


def test_many_stills_are_thinned_out_and_the_report_says_so(tmp_path: Path) -> None:
    html = report.render(make(tmp_path, pairs=2))
    # The picture at the head and two in the shots; each shot keeps its frame with most change.
    assert html.count('class="after"') == 3
    assert "shows 2 of 4 pairs" in html
    assert "frame 4," in html and "frame 9," in html


def test_a_report_replaces_the_old_one_whole(tmp_path: Path) -> None:
    report.write(tmp_path / "report.html", make(tmp_path))
    report.write(tmp_path / "report.html", make(tmp_path))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.html", "stills"]


def test_the_stills_of_a_shot_are_the_worst_frame_and_a_typical_one() -> None:
    picked = stills.choose([record()], SHOTS)
    assert [(choice.frame, choice.role) for choice in picked] == [
        (2, "typical"),
        (4, "worst"),
        (8, "typical"),
        (9, "worst"),
    ]


def test_a_part_shows_only_its_piece_of_a_shot() -> None:
    picked = stills.choose([record(8, 3)], SHOTS)
    assert {choice.frame for choice in picked} <= {8, 9, 10}
    assert {choice.shot_start for choice in picked} == {6}


def test_where_all_frames_changed_alike_one_is_enough() -> None:
    picked = stills.choose([record(changed=[1.0] * 12)], SHOTS)
    assert [choice.role for choice in picked] == ["typical", "typical"]
    assert [choice.frame for choice in picked] == [2, 8]


@pytest.mark.parametrize(("size", "shown"), [((48, 64), (48, 64)), ((1080, 1920), (540, 960)), ((1, 3), (1, 3))])
def test_stills_are_small_and_the_pair_is_of_one_size(
    tmp_path: Path, size: tuple[int, int], shown: tuple[int, int]
) -> None:
    def read_after(frame: int) -> np.ndarray:
        return np.full((*size, 3), 0.5, np.float32)

    picked = stills.choose([record(0, 1)], SHOTS)
    (entry,) = stills.write(tmp_path, picked, FrameReaders(before=before, after=read_after, changes=changes))
    for kind in ("before", "after", "mask"):
        assert picture(tmp_path / entry[kind]).shape[:2] == shown
    assert entry["changed"] == 1.0 and entry["stages"] == {"clean": 0.01}


def test_a_wide_pixel_makes_a_wide_still(tmp_path: Path) -> None:
    picked = stills.choose([record(0, 1)], SHOTS)
    (entry,) = stills.write(tmp_path, picked, FrameReaders(before=before, after=before, changes=changes), aspect=2.0)
    assert picture(tmp_path / entry["after"]).shape[:2] == (48, 128)


def test_stills_keep_brightness_and_the_order_of_colours(tmp_path: Path) -> None:
    def read_after(frame: int) -> np.ndarray:
        return np.tile(np.array([0.8, 0.4, 0.2], np.float32), (48, 64, 1))

    picked = stills.choose([record(0, 1)], SHOTS)
    (entry,) = stills.write(tmp_path, picked, FrameReaders(before=before, after=read_after, changes=changes))
    blue, green, red = picture(tmp_path / entry["after"]).mean(axis=(0, 1))
    assert abs(red - 204) < 3 and abs(green - 102) < 3 and abs(blue - 51) < 3


def test_a_speck_survives_in_the_mask_and_what_changed_everywhere_does_not_hide_it() -> None:
    bits = np.ones((960, 1280), np.uint8)
    bits[100:103, 200:203] |= 4
    mask = stills.overlay(bits, (640, 480))
    assert tuple(mask[50, 101]) == (58, 72, 224, 190)
    assert (mask[..., 3] > 0).mean() < 0.001


def test_only_cuts_found_with_little_confidence_are_in_doubt() -> None:
    sure = [{"start": 0, "confidence": 1.0}, {"start": 30, "confidence": 0.97}, {"start": 40}]
    assert list(collect.cuts_in_doubt(sure)) == []
    (warning,) = collect.cuts_in_doubt([*sure, {"start": 52, "confidence": 0.614}, {"start": 60, "confidence": 0.5}])
    assert "frames 52 (61 %), 60 (50 %)" in warning and "strike it" in warning
