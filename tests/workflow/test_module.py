"""The workflow inside another one: as a module, from a folder or from a git repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import films
from places import REPOSITORY
from runs import decoded

OUTER = """
settings = {{"film": "{film}", "editions": "restored", "shots": {{"engine": "pyscenedetect"}}}}
settings["prints"] = {{"master": True, "mezzanine": False, "access": "none", "television": False, "changes": False}}

module answerprint:
    snakefile: "{snakefile}"
    config: settings

use rule * from answerprint as ap_*

rule sizes:
    default_target: True
    input: rules.ap_all.input
    output: "sizes.txt"
    shell: "du --bytes {{input}} > {{output}}"
"""


def snakemake(*arguments: str, folder: Path, **variables: str) -> str:
    """What a successful run of Snakemake prints."""
    command = [sys.executable, "-m", "snakemake", *arguments, "--directory", str(folder), "--cores", "2"]
    environment = {**os.environ, **variables}
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300, env=environment
    )
    assert done.returncode == 0, done.stdout[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return films.write_video(
        tmp_path_factory.mktemp("film") / "tiny.mkv", films.moving_texture(4, 34, 57, seed=1), rate=18
    )


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A git repository with the files of this one as they are now, tagged v0."""
    if not (REPOSITORY / ".git").exists() or not shutil.which("git"):
        pytest.skip("needs git and a clone of the repository")
    folder = tmp_path_factory.mktemp("clone")
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=REPOSITORY, check=True, capture_output=True, text=True).stdout.split("\0")
    for name in filter(None, names):
        if (REPOSITORY / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPOSITORY / name, folder / name)
    author = ("-c", "user.name=test", "-c", "user.email=test@example.org")
    for arguments in (("init", "--quiet"), ("add", "--all"), ("commit", "--quiet", "-m", "All files"), ("tag", "v0")):
        subprocess.run(["git", *author, *arguments], cwd=folder, check=True)
    return folder


def instead_of_github(clone: Path) -> dict[str, str]:
    """Variables that make git read from a clone what it would read from github.com/someone/answerprint."""
    address = "https://github.com/someone/answerprint"
    rewritten = f"url.file://{clone}.insteadOf"
    return {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": rewritten, "GIT_CONFIG_VALUE_0": address}


def test_another_workflow_restores_a_film_with_renamed_rules(film: Path, tmp_path: Path) -> None:
    snakefile = tmp_path / "Snakefile"
    snakefile.write_text(OUTER.format(snakefile=REPOSITORY / "workflow" / "Snakefile", film=film))
    log = snakemake("--snakefile", str(snakefile), folder=tmp_path)
    assert "(Rule: ap_clean)" in log and "tiny: dirt and scratches, restored part 1 of 1" in log
    assert decoded(tmp_path / "results" / "tiny" / "restored" / "master.mkv")[1:] == (4, (57, 34))
    assert "master.mkv" in (tmp_path / "sizes.txt").read_text()
    assert "Nothing to be done" in snakemake("--snakefile", str(snakefile), folder=tmp_path)


def test_a_commit_of_a_local_clone_runs_without_a_checkout(clone: Path, film: Path, tmp_path: Path) -> None:
    snakefile = f"git+file://{clone}/workflow/Snakefile@v0"
    target, cache = "results/tiny/detect_faces/000.json", tmp_path / "cache"
    arguments = ("--snakefile", snakefile, "--config", f"film={film}", "shots={engine: pyscenedetect}")
    snakemake(target, *arguments, folder=tmp_path, XDG_CACHE_HOME=str(cache))
    assert (tmp_path / target).exists()
    assert len(list(cache.glob("**/answerprint/*/Snakefile"))) == 1


def test_a_tag_on_github_lists_its_jobs(clone: Path, film: Path, tmp_path: Path) -> None:
    arguments = ("--dry-run", "--snakefile", "gh:someone/answerprint@v0", "--config", f"film={film}")
    log = snakemake(*arguments, folder=tmp_path, **instead_of_github(clone), XDG_CACHE_HOME=str(tmp_path / "cache"))
    assert "tiny: dirt and scratches, restored" in log


def test_a_module_on_github_runs_its_jobs(clone: Path, film: Path, tmp_path: Path) -> None:
    snakefile = tmp_path / "Snakefile"
    snakefile.write_text(OUTER.format(snakefile="gh:someone/answerprint@v0", film=film))
    target = "results/tiny/source.json"
    snakemake(
        target,
        "--snakefile",
        str(snakefile),
        folder=tmp_path,
        **instead_of_github(clone),
        XDG_CACHE_HOME=str(tmp_path / "cache"),
    )
    assert (tmp_path / target).exists()
