"""What every script does first: say errors in one sentence, log the rest, end with the workflow."""

from __future__ import annotations

import gc
import os
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from answerprint.runtime.environment import die_with_parent
from answerprint.runtime.errors import terminal_message
from answerprint.runtime.failures import explained
from answerprint.runtime.files import remove_stale_temporaries
from answerprint.runtime.gpus import reserve_gpu

# Looking for garbage while libraries load is a twentieth of a short job's time.
gc.set_threshold(50_000)


@contextmanager
def job(snakemake: Any) -> Iterator[None]:
    """Run the body of a script, on a GPU of its own where its rule asks for one.

    What goes wrong becomes a sentence on the terminal and a trace in the log.
    """
    die_with_parent()
    log = Path(snakemake.log[0])
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("")
    for output in snakemake.output:
        remove_stale_temporaries(output)
    try:
        with on_a_gpu(log) if snakemake.resources.get("gpu") else nullcontext():
            yield
    except BaseException as error:
        failure = explained(error, snakemake.rule)
        if failure.damaged:
            failure.damaged.unlink(missing_ok=True)
        message = f"{terminal_message(failure)}       (rule {snakemake.rule}; details in {log})\n"
        log.write_text(f"{message}\n{log.read_text()}\n{traceback.format_exc()}")
        sys.exit(message)
    # Libraries take themselves apart at a regular end: torch needs a tenth of a second for that.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


@contextmanager
def on_a_gpu(log: Path) -> Iterator[None]:
    """A GPU of its own for the length of the block; the log says which, and from when to when."""
    with reserve_gpu() as device:
        begun = time.time()
        try:
            yield
        finally:
            with log.open("a") as file:
                file.write(f"GPU {device} from {begun:.3f} to {time.time():.3f}\n")


def parts_in_order(snakemake: Any) -> list[Path]:
    """The part files that a job reads, in the order of the film."""
    own = snakemake.input.frames
    frames = [own] if isinstance(own, str) else own
    return [Path(path) for path in sorted({*frames, *snakemake.input.get("neighbours", [])})]


def bounds_in_order(snakemake: Any) -> list[list[int]]:
    """First and last frame (exclusive) of the parts that a job reads, in the order of the film."""
    from answerprint.runtime.files import read_json

    rows = read_json(snakemake.input.parts)
    return [[rows[int(path.stem)]["first"], rows[int(path.stem)]["stop"]] for path in parts_in_order(snakemake)]


def label(snakemake: Any) -> str:
    """How the job calls itself on the terminal."""
    where = snakemake.wildcards
    stage = where.get("stage") or snakemake.rule
    return f"{where.film} {where.get('edition', '')} {stage}, {snakemake.params.label}".replace("  ", " ")


def run_stage(snakemake: Any) -> None:
    """Run the stage that the rule is named after over one part."""
    from answerprint.stages import run as stage

    given = snakemake.input.get
    measures, matte, regions = (Path(given(name)) if given(name) else None for name in ("measures", "matte", "regions"))
    stage.run(
        snakemake.params.brief,
        parts_in_order(snakemake),
        output=Path(snakemake.output.frames),
        changes=Path(snakemake.output.changes),
        record=Path(snakemake.output.record),
        film=snakemake.wildcards.film,
        label=label(snakemake),
        measures=measures,
        matte=matte,
        regions=regions,
        carried=[Path(path) for path in given("carried", [])],
    )
