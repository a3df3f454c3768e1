"""The list of films: those that need attention on top, nothing loaded, sorted by a click."""

from __future__ import annotations

from pathlib import Path

from answerprint.report import film_index, page_data
from answerprint.runtime.files import write_json
from browser import Browser
from reports import make


def write(folder: Path, film: str, title: str, warnings: list[str]) -> None:
    told = page_data.summary(make(folder / "made" / film, warnings=warnings))
    write_json(folder / "results" / film / "report" / "summary.json", {**told, "title": title, "failed": {}})


def page(folder: Path) -> Path:
    write(folder, "anna", "Anna", [])
    write(folder, "zoo", "The Zoo", ["Stays grey."])
    film_index.write(folder / "results", {"later": "not begun"})
    return folder / "results" / "index.html"


def test_films_with_warnings_come_first_and_others_say_how_far_they_are(tmp_path: Path) -> None:
    html = page(tmp_path).read_text()
    assert html.index("The Zoo") < html.index(">Anna<") < html.index("later") < html.index("not begun")
    assert 'href="zoo/report.html"' in html and 'href="later' not in html
    assert html.count("data:image/avif") == 2 and "3\u202f% of pixels repaired" in html


def test_a_folder_has_something_to_list_once_a_film_has_a_report(tmp_path: Path) -> None:
    assert not film_index.has_reports(tmp_path / "results")
    write(tmp_path, "anna", "Anna", [])
    assert film_index.has_reports(tmp_path / "results")


def test_a_click_on_a_heading_sorts(browser: Browser, tmp_path: Path) -> None:
    script = """
    const order = () => [...document.querySelectorAll("tbody tr")].map((row) => row.cells[1].dataset.value);
    const button = document.querySelector('[data-column="1"]');
    button.click(); const once = order(); button.click(); return [once, order()];
    """
    once, twice = browser.work(page(tmp_path), script)
    assert once == ["anna", "later", "the zoo"] and twice == once[::-1]
