"""Snakemake remembers all that rules give their scripts, so that whatever changes is made again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import films
from runs import ONE_PRINT, PLAIN, Run

pytestmark = pytest.mark.workflow
WATCHED = """
import sys
from snakemake import cli, rules
from snakemake.persistence import UNREPRESENTABLE, PersistenceBase

expand = rules.Rule.expand_params

def watched(rule, *arguments, **named):
    params, given = expand(rule, *arguments, **named)
    for value in given:
        remembered = PersistenceBase._serialize_param_builtin(None, value) is not UNREPRESENTABLE
        print("PARAM", rule.name, remembered or not rule.output)
    return params, given

rules.Rule.expand_params = watched
cli.main(sys.argv[1:])
"""
"""Snakemake, which says of every value that it gives a job whether it remembers it."""


def test_snakemake_remembers_the_params_of_every_rule(tmp_path: Path) -> None:
    film = films.write_video(tmp_path / "tiny.mkv", films.moving_texture(6, 32, 48), rate=18)
    run = Run(tmp_path / "run", PLAIN + ONE_PRINT, film=film, matte=film)
    said = subprocess.run(
        [sys.executable, "-c", WATCHED, *run.command("--dry-run")[3:]], capture_output=True, text=True
    )
    assert said.returncode == 0, said.stderr[-3000:]
    values = [line.split()[1:] for line in said.stdout.splitlines() if line.startswith("PARAM")]
    assert {"survey", "recipe", "report", "package"} <= {rule for rule, _ in values}
    assert {rule for rule, remembered in values if remembered == "False"} == set()
