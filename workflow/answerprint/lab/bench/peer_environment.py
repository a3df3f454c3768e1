"""Makes the environment in which the filters of VapourSynth run: they need a newer Python than the project does."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from ...runtime.files import write_text

VERSIONS = ("3.12", "3.13", "3.14")
"""The versions of Python that the checksums are for."""
PROBE = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"


def make(folder: Path, requirements: Path, answer: Path) -> None:
    """Install requirements into an environment in a folder; `answer` says in JSON where its Python is, or why not."""
    shutil.rmtree(folder, ignore_errors=True)
    python = next((one for one in _pythons() if _version(one) in VERSIONS), None)
    reason = ""
    if python is None:
        reason = f"there is no Python {VERSIONS[0]} to {VERSIONS[-1]} here"
    elif failure := _failure([python, "-m", "venv", folder]):
        reason = f"the environment could not be made: {failure}"
    elif failure := _failure([*_pip(folder), "--requirement", requirements]):
        reason = f"the packages could not be installed: {failure}"
    if reason:
        shutil.rmtree(folder, ignore_errors=True)
    made = None if reason else str((folder / "bin" / "python").absolute())
    write_text(answer, json.dumps({"python": made, "reason": reason}, indent=1) + "\n")


def read(answer: Path) -> tuple[Path | None, str]:
    """The Python that `make` found, or None and the reason."""
    values = json.loads(answer.read_text(encoding="utf-8"))
    return (Path(values["python"]) if values["python"] else None), values["reason"]


def _pip(folder: Path) -> list[str | Path]:
    options = ["--quiet", "--disable-pip-version-check", "--require-hashes", "--no-deps", "--only-binary", ":all:"]
    return [folder / "bin" / "python", "-m", "pip", "install", *options]


def _pythons() -> Iterator[str]:
    """Interpreters that may be new enough: those on the path, and those that pyenv keeps."""
    for name in [*(f"python{version}" for version in VERSIONS), "python3"]:
        if path := shutil.which(name):
            yield path
    for version in VERSIONS:
        yield from (str(path) for path in sorted(Path.home().glob(f".pyenv/versions/{version}*/bin/python3")))


def _version(python: str) -> str | None:
    """The version of an interpreter that can make environments; None: it cannot, or does not run."""
    done = subprocess.run([python, "-c", PROBE], capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else None


def _failure(command: list[str | Path]) -> str:
    """What a command that failed said last; nothing if it did not fail."""
    done = subprocess.run(command, capture_output=True, text=True)
    lines = [line for line in done.stderr.strip().splitlines() if line and not line.startswith("WARNING")]
    return "" if done.returncode == 0 else (lines[-1] if lines else f"exit code {done.returncode}")
