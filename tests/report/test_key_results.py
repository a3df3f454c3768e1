"""Snakemake's report gets a picture of what changed most in each edition, and tables that say what was wrong."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from answerprint.report import key_results
from answerprint.runtime.files import write_json


def stills(folder: Path, rows: list[tuple[int, float, int]]) -> Path:
    """A folder of stills of an enlarging edition: frames, how much they changed, and how bright they became."""
    folder.mkdir()
    entries = []
    for frame, changed, level in rows:
        pictures = []
        for edition, size, value in (
            ("source", (60, 40), 20),
            ("enhanced", (120, 80), level),
            ("enhanced", (120, 80), level),
        ):
            name = f"{frame}-{edition}.png"
            Image.fromarray(np.full(size[::-1], value, np.uint8)).save(folder / name)
            pictures.append({"edition": edition, "stage": "ingest" if edition == "source" else "upscale", "file": name})
        entries.append({"frame": frame, "stages": {"upscale": changed}, "pictures": pictures})
    write_json(folder / "index.json", entries)
    return folder


def test_the_frame_that_changed_most_is_shown_before_and_after(tmp_path: Path) -> None:
    folders = [stills(tmp_path / "000", [(3, 0.1, 90)]), stills(tmp_path / "001", [(8, 0.2, 120), (9, 0.9, 200)])]
    key_results.before_after(folders, "enhanced", tmp_path / "a.jpg")
    picture = cv2.imread(str(tmp_path / "a.jpg"), cv2.IMREAD_GRAYSCALE)
    assert picture is not None and picture.shape == (40, 120)
    assert abs(float(picture[:, :55].mean()) - 20) < 2 and abs(float(picture[:, 65:].mean()) - 200) < 2


def test_an_edition_without_stages_has_no_picture(tmp_path: Path) -> None:
    key_results.before_after([stills(tmp_path / "000", [])], "plain", tmp_path / "a.jpg")
    assert not (tmp_path / "a.jpg").exists()


def test_the_tables_say_what_is_wrong_and_what_was_checked(tmp_path: Path) -> None:
    shots = [{"start": 0, "stop": 8, "transition": "cut", "confidence": 0.62}]
    measured = {"noise": 0.012, "weave": 1.25, "flicker": 0.03, "dirt": 0.002, "scratches": 0.5}
    key_results.shots_table(tmp_path / "shots.html", shots, [{**measured, "suggests": [{"stage": "clean"}]}])
    text = (tmp_path / "shots.html").read_text()
    for cell in ("0 to 7", "62%", "1.2", "3", "0.2", "50", "clean"):
        assert f"<td>{cell}</td>" in text
    path = tmp_path / "restored" / "a<b.mkv"
    path.parent.mkdir()
    path.write_bytes(bytes(1_500_000))
    rows = [{"name": "a<b.mkv: size", "passed": True}, {"name": "a<b.mkv: rate", "passed": False}]
    key_results.prints_table(tmp_path / "prints.html", [path], {"restored": {"checks": rows}})
    text = (tmp_path / "prints.html").read_text()
    assert "<td>a&lt;b.mkv</td><td>1.5</td><td>1 of 2</td>" in text
