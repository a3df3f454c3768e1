"""The report and the blind review in a real browser: keys, wipe, overlay, charts, decisions that the next run takes."""

from __future__ import annotations

import base64
from pathlib import Path

import cv2
import numpy as np
import pytest

from answerprint.lab import report_picture
from answerprint.plan import decisions
from answerprint.report import report, review
from answerprint.report.sound_clips import opus
from browser import CHROMIUM, Browser
from reports import make

DRAW = """
const drag = (kind, clientX, clientY) =>
  find(".panes").dispatchEvent(new PointerEvent(kind, {clientX, clientY, pointerId: 1, bubbles: true}));
find(".panes").setPointerCapture = () => {};
await find(".pane.a img").decode();
const box = find(".pane.a img").getBoundingClientRect();
const scale = Math.min(box.width / 64, box.height / 48);
const left = box.left + (box.width - 64 * scale) / 2, top = box.top + (box.height - 48 * scale) / 2;
const at = (x, y) => [left + (x + 0.5) * scale, top + (y + 0.5) * scale];
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    written = {"shots": [{"at": 7, "clean": {"strength": 0.2}, "why": "it snows"}], "protect": [
        {"polygon": {4: [[1, 2], [9, 2], [9, 8]]}, "why": "a button"}
    ]}  # fmt: skip
    said = {"0.1": "data:audio/ogg;base64," + base64.b64encode(opus(np.zeros(8000, np.float32))).decode()}
    report.write(folder / "report.html", make(folder, written=written, clips=said))
    review.write(folder / "review.html", make(folder))
    return folder / "report.html"


def decided(folder: Path, text: str) -> decisions.Decisions:
    path = folder / "roof.yaml"
    path.write_text(text, encoding="utf-8")
    return decisions.read(path)


def test_the_page_opens_on_the_frame_that_changed_most_and_keys_open_shots(browser: Browser, page: Path) -> None:
    script = """
    const where = [view.still.frame];
    for (const key of ["k", "j", "ArrowLeft", ","]) { press(key); where.push(view.still.frame); }
    if (find(".pane.b .name").textContent !== "restored") throw new Error("the edition is not named");
    return [where, find('.strip [aria-selected="true"]').dataset.shot, all(".strip button").length];
    """
    (first, *then), shot, shots = browser.work(page, script)
    assert first in (4, 9) and set(then[:3]) <= {4, 9} and then[3] != then[2]
    assert shot == "0" and shots == 2


def test_pictures_are_compared_by_wipe_flip_and_side_by_side_and_both_sides_move_in_step(
    browser: Browser, page: Path
) -> None:
    script = """
    find("#wipe").value = 20; find("#wipe").dispatchEvent(new Event("input"));
    const wiped = getComputedStyle(find(".pane.b")).clipPath;
    press(" "); const flipped = getComputedStyle(find(".pane.b")).visibility;
    press(" "); const back = getComputedStyle(find(".pane.b")).visibility;
    press("s"); press("+"); press("+");
    const moved = [".a", ".b"].map((side) => getComputedStyle(find(`.pane${side} .sheet`)).transform);
    return [wiped, flipped, back, moved];
    """
    wiped, flipped, back, moved = browser.work(page, script)
    assert wiped.endswith("20%)") and (flipped, back) == ("visible", "hidden")
    assert moved[0] == moved[1] and moved[0].startswith("matrix(1.56")


def test_the_space_bar_flips_after_a_click_on_flip_and_types_where_text_is_written(
    browser: Browser, page: Path
) -> None:
    script = """
    const flip = find('[data-mode="flip"]');
    flip.focus(); flip.dispatchEvent(new MouseEvent("click", {bubbles: true, detail: 1}));
    press(" "); const flipped = getComputedStyle(find(".pane.b")).visibility;
    find("#decide").open = true; find("#why").focus(); press("s"); press(" ");
    return [flipped, view.mode, view.flipped];
    """
    assert browser.work(page, script) == ["visible", "flip", True]


def test_what_changed_is_drawn_by_cause(browser: Browser, page: Path) -> None:
    script = """
    const box = find(".causes input"); box.click(); await drawMask();
    const canvas = find(".pane.b canvas");
    const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    const drawn = []; for (let i = 0; i < pixels.length; i += 4) if (pixels[i + 3]) drawn.push(i / 4);
    press("o"); await tick();
    find("#b").value = SOURCE; find("#b").dispatchEvent(new Event("change"));
    if (find(".causes input")) throw new Error("nothing lies between a picture and itself");
    return [drawn.length, drawn[0] % canvas.width, Math.floor(drawn[0] / canvas.width), canvas.width, canvas.hidden];
    """
    # Clean changed a square of 10 x 10 pixels at (20, 10).
    assert browser.work(page, script) == [100, 20, 10, 64, True]


def test_what_an_enlargement_left_can_be_looked_at_and_stays_chosen_from_frame_to_frame(
    browser: Browser, page: Path
) -> None:
    script = """
    const select = find("#b");
    const option = [...select.options].find((one) => one.textContent.includes("minus what was enlarged"));
    select.value = option.value; select.dispatchEvent(new Event("change"));
    const first = find(".pane.b img").src;
    press("."); await find(".pane.b img").decode();
    const causes = all(".causes label").length;
    return [find(".pane.b .name").textContent, find("#b").value, first.startsWith("data:image"), causes];
    """
    name, chosen, shown, causes = browser.work(page, script)
    assert name == "restored: reduced again, minus what was enlarged, 16 times"
    assert chosen == "restored/clean/difference" and shown and causes == 1


def test_charts_have_axes_and_peaks_that_lead_to_their_frame(browser: Browser, page: Path) -> None:
    script = """
    const texts = [...document.querySelectorAll("#measures text")].map((text) => text.textContent);
    const peaks = [...document.querySelectorAll("#measures text.peak")];
    peaks.find((peak) => peak.textContent === "9").dispatchEvent(new MouseEvent("click", {bubbles: true}));
    find('[data-span="shot"]').click();
    const shot = [...document.querySelectorAll("#measures text")].map((text) => text.textContent);
    return [texts, view.still.frame, shot];
    """
    texts, frame, of_shot = browser.work(page, script)
    assert {"0", "frame 6", "11", "0.06"} <= set(texts) and frame == 9
    assert "6" in of_shot and "0" not in [text for text in of_shot if text.startswith("frame")]


def test_the_ends_of_an_axis_are_told_apart(browser: Browser, page: Path) -> None:
    script = "return [[0.99987, 1.0002], [1999.6, 2000.4], [-0.5, 12345.678], [1, 1]].map((one) => ends(...one))"
    written = [[text for _, text in one] for one in browser.work(page, script)]
    assert written == [["0.9999", "1"], ["1999.6", "2000.4"], ["-0.5", "12346"], ["1"]]


@pytest.mark.parametrize("width", [360, 420, 800, 1440])
def test_frame_time_and_number_of_a_worst_frame_stand_on_one_line(browser: Browser, page: Path, width: int) -> None:
    script = """
    for (const one of all(".card li")) {
      one.querySelector("a").textContent = "143999";
      one.querySelector("small").textContent = "1:39:59.9";
      one.querySelector("b").textContent = "0.12\u202f%";
    }
    const line = parseFloat(getComputedStyle(find(".card li")).fontSize) * 2;
    return all(".card li").map((one) => [one.offsetHeight < line, one.scrollWidth <= one.offsetWidth + 1]);
    """
    rows = browser.work(page, script, size=(width, 900))
    assert rows and all(all(row) for row in rows)


def test_words_in_a_table_of_numbers_have_room_in_a_narrow_window(browser: Browser, page: Path) -> None:
    script = """
    for (const one of all("details")) one.open = true;
    return [all("td.wide").map((one) => one.offsetWidth), document.documentElement.scrollWidth <= innerWidth];
    """
    widths, narrow = browser.work(page, script, size=(420, 900))
    assert widths and min(widths) >= 200 and narrow


def test_what_is_decided_on_the_page_is_taken_by_the_next_run(browser: Browser, page: Path, tmp_path: Path) -> None:
    script = (
        DRAW
        + """
    find("#by").value = "B. Holm"; find("#why").value = 'it "rains": so';
    goToFrame(4);
    const push = (name) => find(`[data-decide="${name}"]`).click();
    push("accepted"); push("leave-out");
    const given = find("#strength").value;
    find("#strength").value = 0.3; push("strength");
    push("remove");
    drag("pointerdown", ...at(10, 5)); drag("pointermove", ...at(15, 9)); drag("pointerup", ...at(20, 12));
    find("#cut").value = 6; push("strike"); find("#cut-to").value = 7; push("move"); push("add");
    find("#name").value = "Ada Holm"; push("name"); find("#text").value = "Look: there!"; push("line");
    return [find("#yaml").value, find("#said").textContent, given];
    """
    )
    text, said, given = browser.work(page, script)
    found = decided(tmp_path, text)
    assert said == "9 decisions to copy." and given == "0.5"
    assert found.cuts.strike == (6,) and found.cuts.move == ((6, 7),) and found.cuts.add == ((6, "cut"),)
    # What was written before is still there, and comes first.
    assert [(shot.at, shot.options["clean"]) for shot in found.shots] == [
        (7, {"strength": 0.2}),
        (4, None),
        (4, {"strength": 0.3}),
    ]
    assert found.shots[1].why == 'it "rains": so' and found.shots[1].by == "B. Holm"
    protected, removed = found.regions
    assert protected.keys[0][0] == 4 and removed.keys == ((4, ((10, 5), (20, 5), (20, 12), (10, 12))),)
    assert found.speakers["names"] == {"Ada": "Ada Holm"} and found.speakers["lines"][0]["text"] == "Look: there!"
    assert "shot accepted" in [row["what"] for row in found.rows]


def test_a_line_of_speech_is_heard_where_it_is_clicked(browser: Browser, page: Path) -> None:
    script = """
    goToFrame(9);
    find('button[data-line="0.1"]').click();
    await new Promise((resolve) => { sound.onplaying = resolve; setTimeout(resolve, 3000); });
    return [sound.duration > 0.4, sound.error, view.shot];
    """
    assert browser.work(page, script) == [True, None, 0]


def test_names_that_yaml_would_read_as_something_else_stay_names(browser: Browser, page: Path, tmp_path: Path) -> None:
    script = """
    data.written = {speakers: {names: {"No": "Person: 1", "007": "Bond # James", "Person 2": "Ann\\u2028a"}}};
    find("#why").value = "yes"; ACTIONS.accepted();
    return find("#yaml").value;
    """
    found = decided(tmp_path, browser.work(page, script))
    assert found.speakers["names"]["No"] == "Person: 1" and found.speakers["names"]["Person 2"].startswith("Ann")
    assert "Bond # James" in found.speakers["names"].values() and found.rows[-1]["why"] == "yes"


def test_nothing_is_decided_without_a_reason(browser: Browser, page: Path) -> None:
    said, text = browser.work(
        page, 'find(\'[data-decide="rejected"]\').click(); return [find("#said").textContent, find("#yaml").value];'
    )
    assert said == "Say why, in a few words." and text == ""


@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
def test_the_first_screen_holds_the_picture_and_the_verdict(
    browser: Browser, page: Path, size: tuple[int, int]
) -> None:
    script = """
    const inside = (selector) => find(selector).getBoundingClientRect().bottom <= innerHeight;
    const narrow = document.documentElement.scrollWidth <= innerWidth;
    return [[".panes", ".tools", ".verdict:last-of-type p"].map(inside), narrow];
    """
    assert browser.work(page, script, size=size) == [[True, True, True], True]


@pytest.mark.skipif(not CHROMIUM, reason="no Chromium is installed")
def test_a_picture_of_the_report_is_its_first_screen(page: Path, tmp_path: Path) -> None:
    report_picture.write(page, tmp_path / "report.jpg")
    picture = cv2.imread(str(tmp_path / "report.jpg"))
    # Dark room colours, and something to see.
    assert picture is not None and picture.shape == (900, 1440, 3) and picture.mean() < 90 and picture.std() > 10


def test_on_paper_there_are_pairs_instead_of_wipes(browser: Browser, page: Path) -> None:
    script = """
    dispatchEvent(new Event("beforeprint"));
    const pairs = all("#gallery .pair").map((pair) => pair.querySelectorAll("img").length);
    const folded = all("details:not([open])").length;
    dispatchEvent(new Event("afterprint"));
    return [pairs, folded, all("#gallery .pair").length];
    """
    assert browser.work(page, script) == [[2, 2], 0, 0]


def test_a_blind_review_tells_what_was_chosen_only_at_the_end(browser: Browser, page: Path) -> None:
    script = """
    const before = document.querySelector("main").innerText;
    const count = data.pairs.length;
    for (let i = 0; i < count; i++) { all(".blind img")[order[i].swapped ? 0 : 1].parentElement.click(); }
    return [before, count, find("#result").value, find("#end").hidden];
    """
    before, count, result, hidden = browser.work(page.with_name("review.html"), script)
    assert "restored" not in before and not hidden
    assert count == 2 and f"# source / restored: restored {count}" in result
