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
import snakemake.rules
import snakemake.script
counts = {"scripts": 0, "signatures": 0, "producers": 0}
def counting(name, function):
    def counted(*arguments, **named):
        counts[name] += 1
        return function(*arguments, **named)
    return counted
snakemake.script.get_source = counting("scripts", snakemake.script.get_source)
inspect._signature_from_function = counting("signatures", inspect._signature_from_function)
snakemake.rules.Rule.is_producer = counting("producers", snakemake.rules.Rule.is_producer)
try:
    main()
except SystemExit as end:
    assert not end.code
print("counts", *counts.values())
"""


def counts(run: Run) -> tuple[int, int]:
    """What a dry run asks of rules (scripts looked for, functions inspected, files compared), and the jobs it lists."""
    command = run.command("--dry-run")
    done = subprocess.run([sys.executable, "-c", COUNTED, *command[3:]], capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    told = done.stdout + done.stderr
    asked = sum(map(int, told.rpartition("counts ")[2].split()[:3]))
    return asked, told.count("\nJob ")


def test_a_film_of_more_parts_asks_no_more_of_its_rules(tmp_path: Path) -> None:
    film = films.write_video(tmp_path / "reel.mkv", films.moving_texture(48, 48, 64, 1), rate=24)
    few, many = (counts(Run(tmp_path / str(parts), film=film, parts=parts)) for parts in (2, 16))
    assert many[1] > few[1] + 14 * 8
    assert many[0] - few[0] < 0.2 * (many[1] - few[1])
