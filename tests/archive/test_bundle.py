"""A bundle holds what a stranger needs, and is the same for the same content."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from answerprint.archive import bundle
from answerprint.archive.bundle import CODE
from places import REPOSITORY

ROW: dict[str, Any] = {
    "film": "reel",
    "source": {"file": "reel.mkv", "sha256": "ab" * 32, "kind": "video"},
    "configuration": {},
    "frames": {},
    "engines": {"upscale": {"engine": "spandrel", "weights": {"RealESRGAN": "cd" * 32}}},
    "environment": {"python": "3.11.7", "processor": "Some Processor"},
}


def made(folder: Path, name: str = "bundle.tar.gz") -> Path:
    recipe, decisions = folder / "recipe.yaml", folder / "reel.yaml"
    recipe.write_text(yaml.safe_dump(ROW))
    decisions.write_text("shots: []\n")
    bundle.write(folder / name, REPOSITORY, recipe, ROW, decisions)
    return folder / name


@pytest.mark.workflow
def test_a_bundle_says_what_to_do_and_runs_from_its_own_files(tmp_path: Path) -> None:
    with tarfile.open(made(tmp_path)) as tar:
        tar.extractall(tmp_path)
    page = (tmp_path / "bundle" / "READ-ME-FIRST.txt").read_text()
    assert "ab" * 32 in page and "Python 3.11" in page and "RealESRGAN: " + "cd" * 32 in page
    assert (tmp_path / "bundle" / "recipe.yaml").exists() and (tmp_path / "bundle" / "decisions.yaml").exists()
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--lint"]
    done = subprocess.run(command, cwd=tmp_path / "bundle" / "answerprint", capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_bundle_holds_every_tracked_file_of_the_workflow(tmp_path: Path) -> None:
    with tarfile.open(made(tmp_path)) as tar:
        inside = {name.removeprefix("bundle/answerprint/") for name in tar.getnames()}
    listed = subprocess.run(["git", "ls-files", *CODE], cwd=REPOSITORY, capture_output=True, text=True).stdout.split()
    assert listed == [] or {name for name in listed if (REPOSITORY / name).exists()} <= inside
    assert {"Snakefile", "requirements.txt", "resources/models.yaml"} <= inside
    assert not [name for name in inside if "__pycache__" in name or name.startswith(".")]


def test_the_same_content_is_the_same_bundle(tmp_path: Path) -> None:
    assert made(tmp_path, "one.tar.gz").read_bytes() == made(tmp_path, "two.tar.gz").read_bytes()
