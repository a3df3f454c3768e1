"""Where working files are discarded, films take turns."""

from __future__ import annotations

from pathlib import Path

import pytest

import films
from runs import PLAIN, Run

pytestmark = pytest.mark.workflow
NAMES = ("a", "b", "c", "d")


def test_a_job_of_its_own_process_asks_nothing_of_the_films_before(tmp_path: Path) -> None:
    for number, name in enumerate(NAMES):
        films.write_video(tmp_path / f"{name}.mkv", films.moving_texture(12, 32, 48, seed=number), rate=18)
    rows = ["film\tsource", *(f"{name}\t{name}.mkv" for name in NAMES)]
    (tmp_path / "films.tsv").write_text("\n".join(rows) + "\n")
    (tmp_path / "a.mkv").write_bytes(b"no film at all")
    run = Run(tmp_path / "run", PLAIN + "working_files: discard\n", films=tmp_path / "films.tsv")
    run.decide("a", "shots: [{at: 3, clean: {strenth: 1}, why: x}]")
    run.succeed("results/c/survey/facts.json", "--mode", "subprocess")
