"""The bundle: all that anyone needs to reproduce a restoration, except the film and the locked packages.

It holds the files of this workflow with the weights that it trained itself, the locks of its environment, the recipe
(with the decisions, and the checksums of the film and of published weights), and a page of instructions.
"""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..runtime.files import atomic_write

CODE = (
    *("Snakefile", "Makefile", "LICENSE", "README.md", "CITATION.cff", "SECURITY.md", "pyproject.toml"),
    *("requirements.txt", "requirements-torch.txt", "requirements-nodeps.txt", "requirements-dev.txt"),
    *("config", "docs", "envs", "images", "profiles", "resources", "rules", "scripts", "tests", "workflow"),
)
"""The files and folders of the repository that make up the workflow."""
PAGE = """This bundle reproduces one restoration: {film}.

It does not contain the film itself, which is a file called {file} with the SHA-256
{sha256}

On Linux with Python {python} (requirements*.txt locks all other versions; the restoration ran on {processor}):

    cd answerprint
    make setup
    .venv/bin/snakemake --cores all reproduce --config recipe=../recipe.yaml source=PATH/TO/THE/FILM

This restores the film and says whether every frame of every stage is the same as before; if not, it names the first
frame that differs and what else does. `tolerance=near reference=FOLDER` compares the masters with those in FOLDER.
{weights}"""


def write(path: Path, repository: Path, recipe: Path, row: Mapping[str, Any], decisions: Path | None) -> None:
    """Write the bundle of a film, byte for byte the same for the same content; `row` is the content of `recipe`."""
    # Dates and owners would make two bundles of the same content differ.
    with (
        atomic_write(path) as temporary,
        temporary.open("wb") as raw,
        gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as tar,
    ):
        _add(tar, "bundle/READ-ME-FIRST.txt", page(row).encode())
        _add(tar, "bundle/recipe.yaml", recipe.read_bytes())
        if decisions:
            _add(tar, "bundle/decisions.yaml", decisions.read_bytes())
        for file in code_files(repository):
            _add(tar, f"bundle/answerprint/{file.relative_to(repository)}", file.read_bytes())


def page(row: Mapping[str, Any]) -> str:
    """The page of instructions."""
    weights = [
        f"    {name}: {sum_}" for engine in row["engines"].values() for name, sum_ in engine.get("weights", {}).items()
    ]
    heading = (
        "\nWeights that it reads, by SHA-256 (resources/models.yaml says where they are published):\n\n"
        if weights
        else ""
    )
    environment = row["environment"]
    return PAGE.format(
        film=row["film"],
        file=row["source"]["file"],
        sha256=row["source"]["sha256"],
        python=".".join(environment["python"].split(".")[:2]),
        processor=environment["processor"],
        weights=heading + "\n".join(weights) + ("\n" if weights else ""),
    )


def code_files(repository: Path) -> Iterator[Path]:
    """The files of the workflow in order, without caches and hidden files."""
    for name in CODE:
        place = repository / name
        for file in sorted(place.rglob("*")) if place.is_dir() else [place]:
            inside = file.relative_to(repository).parts
            left_out = "__pycache__" in inside or any(part.startswith(".") for part in inside)
            # Published weights are known by their checksums: whoever unpacks the bundle fetches them.
            if file.is_file() and not left_out and inside[:2] != ("resources", "weights"):
                yield file


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), 0o644
    tar.addfile(entry, io.BytesIO(content))
