"""What every script does first: end with the workflow, say errors in one sentence, log the rest."""

from __future__ import annotations

import faulthandler
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from answerprint.runtime.environment import die_with_parent, limit_memory
from answerprint.runtime.errors import terminal_message
from answerprint.runtime.failures import DECODING, explained
from answerprint.runtime.files import remove_stale_temporaries
from answerprint.runtime.gpus import reserve_gpu
from answerprint.runtime.made import record

MEMORY_SLACK = 8
"""A job that decodes may take so many times its `mem_mb`, which is meant for ordinary films, before it fails."""


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
    if snakemake.rule in DECODING:
        limit_memory(MEMORY_SLACK * snakemake.resources.mem_mb)
    # A library that crashes leaves a trace in the log, of which the run makes a sentence.
    crash_log = log.open("a")
    faulthandler.enable(crash_log)
    try:
        with on_a_gpu(log) if snakemake.resources.get("gpu") else nullcontext():
            yield
        record(snakemake.output)
    except BaseException as error:
        reason = explained(error, snakemake.rule)
        if reason.damaged:
            reason.damaged.unlink(missing_ok=True)
        message = f"{terminal_message(reason)}       (rule {snakemake.rule}; details in {log})\n"
        text = f"{message}\n{log.read_text(errors='replace')}\n{traceback.format_exc()}"
        log.write_text(text, encoding="utf-8", errors="backslashreplace")
        sys.exit(message)


@contextmanager
def on_a_gpu(log: Path) -> Iterator[None]:
    """A GPU of its own for the length of the block; the log says which, and from when to when."""
    with reserve_gpu() as device:
        started = time.time()
        try:
            yield
        finally:
            with log.open("a") as file:
                file.write(f"GPU {device} from {started:.3f} to {time.time():.3f}\n")


def say_warnings(film: str, warnings: Sequence[str]) -> None:
    """Print what a person should know of a film on the terminal."""
    for warning in warnings:
        print(f"WARNING  {film}: {warning}", file=sys.stderr, flush=True)


def paths(files: Any, name: str) -> list[Path]:
    """The files that a rule names so, in their order; none where it does not."""
    value = files.get(name, [])
    return [Path(path) for path in ([value] if isinstance(value, str) else value)]


def optional_path(files: Any, name: str) -> Path | None:
    """The one file that a rule names so, if it does."""
    return next(iter(paths(files, name)), None)


def parts_in_order(files: Any) -> list[Path]:
    """The part files that a job reads, with those beside them, in the order of the film."""
    return sorted({*paths(files, "frames"), *paths(files, "neighbours")})


def bounds_in_order(files: Any) -> tuple[tuple[int, int], ...]:
    """First frame and stop of the part files that a job reads, in the order of the film."""
    from answerprint.runtime.files import read_json

    rows = read_json(files.parts)
    return tuple((rows[int(path.stem)]["first"], rows[int(path.stem)]["stop"]) for path in parts_in_order(files))


def elements(files: Any) -> list[list[Path]]:
    """The part files of each other element of the film, in the order of the film."""
    numbers = sorted(int(name[8:]) for name, _ in files.items() if name and name.startswith("element_"))
    return [paths(files, f"element_{number}") for number in numbers]


def label(snakemake: Any) -> str:
    """How the job is called on the terminal."""
    wildcards = snakemake.wildcards
    stage = wildcards.get("stage") or snakemake.rule
    return f"{wildcards.film} {wildcards.get('edition', '')} {stage}, {snakemake.params.label}".replace("  ", " ")


def run_stage(snakemake: Any) -> None:
    """Run the stage that the rule is named after over one part."""
    from answerprint.plan.fingerprint import StageFingerprint
    from answerprint.stages.run import run
    from answerprint.stages.stage_job import StageJob

    files, output = snakemake.input, snakemake.output
    run(
        StageJob(
            fingerprint=StageFingerprint.from_json(snakemake.params.fingerprint),
            film=snakemake.wildcards.film,
            label=label(snakemake),
            frames=parts_in_order(files),
            output=Path(output.frames),
            changes=Path(output.changes),
            record=Path(output.record),
            confidence=optional_path(output, "confidence"),
            measures=optional_path(files, "measures"),
            matte=optional_path(files, "matte"),
            regions=optional_path(files, "regions"),
            carried=paths(files, "carried"),
            elements=elements(files),
        )
    )
