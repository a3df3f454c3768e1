"""The bundle: all that a stranger needs to make a restoration again, but the film and the packages of the lock.

It holds this workflow's own files with the weights that it trained itself, the locks of its environment, the recipe
(with decisions, and the checksums by which the film and published weights are known), and a page that says what to do.
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
    *("Snakefile", "Makefile", "LICENSE", "README.md", "CITATION.cff", "pyproject.toml", "config", "docs", "envs"),
    *("images", "profiles", "requirements.txt", "requirements-nodeps.txt", "requirements-dev.txt", "resources", "rules"),
    *("scripts", "tests", "workflow"),
)
"""What of a checkout makes up the workflow."""
PAGE = """This bundle makes one restoration again: {film}.

The film itself is not in it: a file called {file} with the SHA-256
{sha256}

On Linux with Python {python} (all other versions are locked in answerprint/requirements*.txt; made on {processor}):

    cd answerprint
    make setup
    .venv/bin/snakemake --cores all reproduce --config recipe=../recipe.yaml source=PATH/TO/THE/FILM

It restores the film and says whether every frame of every stage is the same as then; if not, which is the first that
is not, and what differs around it. `tolerance=near reference=FOLDER` says how near the masters are to those in FOLDER.
{weights}"""


def write(path: Path, repository: Path, recipe: Path, row: Mapping[str, Any], decisions: Path | None) -> None:
    """Write the bundle of a film, the same bytes for the same content; `row` is what `recipe` holds."""
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
    """What a stranger reads first."""
    weights = [
        f"    {name}: {sum_}" for engine in row["engines"].values() for name, sum_ in engine.get("weights", {}).items()
    ]
    known = (
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
        weights=known + "\n".join(weights) + ("\n" if weights else ""),
    )


def code_files(repository: Path) -> Iterator[Path]:
    """The files of the workflow in order, without what Python and editors leave among them."""
    for name in CODE:
        place = repository / name
        found = sorted(place.rglob("*")) if place.is_dir() else [place]
        for file in found:
            inside = file.relative_to(repository).parts
            left_out = "__pycache__" in inside or any(part.startswith(".") for part in inside)
            # Published weights are known by their checksums: whoever unpacks the bundle fetches them.
            if file.is_file() and not left_out and inside[:2] != ("resources", "weights"):
                yield file


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), 0o644
    tar.addfile(entry, io.BytesIO(content))
