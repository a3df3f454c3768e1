"""Listing the jobs of a run: what is the same for all jobs of a rule is found out once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import films
from runs import Run

COUNTED = """
import inspect, sys
from snakemake.cli import main
import snakemake.script
counts = {"scripts": 0, "signatures": 0}
def counting(name, function):
    def counted(*arguments, **named):
        counts[name] += 1
        return function(*arguments, **named)
    return counted
snakemake.script.get_source = counting("scripts", snakemake.script.get_source)
inspect._signature_from_function = counting("signatures", inspect._signature_from_function)
try:
    main()
except SystemExit as end:
    assert not end.code
print("counts", *counts.values())
"""


def counts(run: Run) -> tuple[int, int, int]:
    """Scripts looked for, functions inspected and jobs listed by a dry run."""
    command = run.command("--dry-run")
    done = subprocess.run([sys.executable, "-c", COUNTED, *command[3:]], capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    told = done.stdout + done.stderr
    scripts, signatures = map(int, told.rpartition("counts ")[2].split()[:2])
    return scripts, signatures, told.count("\nJob ")


def test_a_film_of_more_parts_asks_no_more_of_its_rules(tmp_path: Path) -> None:
    film = films.write_video(tmp_path / "reel.mkv", films.moving_texture(48, 48, 64, 1), rate=24)
    few, many = (counts(Run(tmp_path / str(parts), film=film, parts=parts)) for parts in (2, 16))
    assert many[2] > few[2] + 14 * 8
    assert many[0] == few[0]
    assert many[1] - few[1] < 0.2 * (many[2] - few[2])
