"""rules/reruns.smk: a job behind an ancient input still runs for reasons of its own."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from places import REPOSITORY

RERUNS = REPOSITORY / "rules" / "reruns.smk"
INCLUDE = f'include: "{RERUNS}"\n'
WORKFLOW = """
rule late:
    input: ancient("early.txt")
    output: "late.txt"
    params: config["late"]
    shell: "echo {params} > {output}"

rule early:
    output: "early.txt"
    params: config["early"]
    shell: "echo {params} > {output}"
"""


def rules_that_run(folder: Path, snakefile: str, early: int, late: int) -> set[str]:
    """The rules that Snakemake runs with these params."""
    (folder / "Snakefile").write_text(snakefile)
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--config", f"early={early}", f"late={late}"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr[-3000:]
    return set(re.findall(r"\(Rule: (\w+)\)", done.stderr))


@pytest.mark.parametrize(("include", "both"), [("", {"early"}), (INCLUDE, {"early", "late"})], ids=["bug", "mended"])
def test_two_changes_at_once_both_run_only_with_the_include(include: str, both: set[str], tmp_path: Path) -> None:
    """The first case is the bug itself: should it fail, Snakemake is mended and the include can go."""
    snakefile = include + WORKFLOW
    assert rules_that_run(tmp_path, snakefile, early=1, late=1) == {"early", "late"}
    assert rules_that_run(tmp_path, snakefile, early=2, late=2) == both


def test_a_change_before_an_ancient_input_still_runs_alone(tmp_path: Path) -> None:
    rules_that_run(tmp_path, INCLUDE + WORKFLOW, early=1, late=1)
    assert rules_that_run(tmp_path, INCLUDE + WORKFLOW, early=2, late=1) == {"early"}


def test_another_version_of_snakemake_is_left_alone_with_a_sentence(tmp_path: Path) -> None:
    pretended = 'import snakemake\nsnakemake.__version__ = "9.99.0"\n'
    (tmp_path / "Snakefile").write_text(pretended + INCLUDE + WORKFLOW)
    command = [sys.executable, "-m", "snakemake", "--dry-run", "--config", "early=1", "late=1"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and done.stderr.count("checked with Snakemake 9.27 only") == 1, done.stderr


def test_the_lock_installs_the_version_that_was_checked() -> None:
    checked = re.search(r'^CHECKED_VERSION = "(.+)"', RERUNS.read_text(), re.MULTILINE)
    assert checked and f"\nsnakemake=={checked[1]}." in (REPOSITORY / "requirements.txt").read_text()
