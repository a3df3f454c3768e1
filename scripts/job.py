"""What every script does first: say errors in one sentence, log the rest, end with the workflow."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from answerprint.environment import die_with_parent
from answerprint.errors import FilmError
from answerprint.files import sweep
from answerprint.progress import sentence


@contextmanager
def job(snakemake: Any) -> Iterator[None]:
    """Run the body of a script; what goes wrong becomes a sentence on the terminal and a trace in the log."""
    die_with_parent()
    log = Path(snakemake.log[0])
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("")
    for output in snakemake.output:
        sweep(output)
    try:
        yield
    except BaseException as error:
        if not isinstance(error, FilmError):
            error = FilmError(
                f"Rule {snakemake.rule} failed: {''.join(traceback.format_exception_only(error)).strip()}"
            )
        told = f"{sentence(error)}       (rule {snakemake.rule}; details in {log})\n"
        log.write_text(f"{told}\n{log.read_text()}\n{traceback.format_exc()}")
        sys.exit(told)


def parts_in_order(snakemake: Any) -> list[Path]:
    """The part files that a job reads, in the order of the film."""
    return [Path(path) for path in sorted({snakemake.input.frames, *snakemake.input.get("neighbours", [])})]


def bounds_in_order(snakemake: Any) -> list[list[int]]:
    """First and last frame (exclusive) of the parts that a job reads, in the order of the film."""
    from answerprint.files import read_json

    rows = read_json(snakemake.input.parts)
    return [[rows[int(path.stem)]["first"], rows[int(path.stem)]["stop"]] for path in parts_in_order(snakemake)]


def label(snakemake: Any) -> str:
    """How the job calls itself on the terminal."""
    where = snakemake.wildcards
    stage = where.get("stage") or snakemake.rule
    return f"{where.film} {where.get('edition', '')} {stage}, {snakemake.params.label}".replace("  ", " ")


def run_stage(snakemake: Any) -> None:
    """Run the stage that the rule is named after over one part."""
    from answerprint import stage

    measures = snakemake.input.get("measures")
    stage.run(
        snakemake.params.brief,
        parts_in_order(snakemake),
        output=Path(snakemake.output.frames),
        changes=Path(snakemake.output.changes),
        record=Path(snakemake.output.record),
        film=snakemake.wildcards.film,
        label=label(snakemake),
        measures=Path(measures) if measures else None,
    )
