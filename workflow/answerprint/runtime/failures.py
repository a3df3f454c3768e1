"""What went wrong in a run, found again in the logs, so that it can be the last thing on the terminal."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterable
from pathlib import Path

from .errors import FilmError

_FAILED = re.compile(r"^\s*(?:Error in rule|rule) (\w+)[,:]|^\s+log: (.+) \(check log file", re.MULTILINE)


def explained(error: BaseException, rule: str) -> FilmError:
    """What ended a job, as a person reads it; no setting is changed to get by."""
    if isinstance(error, FilmError):
        return error
    # torch.OutOfMemoryError, by name, because most jobs never import torch.
    if type(error).__name__ == "OutOfMemoryError":
        return FilmError(
            f"The GPU ran out of memory in rule {rule}; no setting was changed to get by.",
            "Give the stage's engine a smaller `tile` where it has one, set `gpu_share: 1`, end other programs on the "
            "GPU, or set `device: cpu`.",
        )
    if isinstance(error, MemoryError):
        return FilmError(
            f"The machine ran out of memory in rule {rule}.",
            "Run fewer jobs at once: a smaller --cores, or --resources mem_mb=NUMBER with what the machine has.",
        )
    return FilmError(f"Rule {rule} failed: {''.join(traceback.format_exception_only(error)).strip()}")


def failure_summary(logs: Iterable[Path | str]) -> str:
    """The sentences of the jobs that failed by the logs of Snakemake; of the silent ones, which they were."""
    found: dict[str, str] = {}
    rule = ""
    text = "\n".join(Path(log).read_text(encoding="utf-8", errors="replace") for log in logs)
    for name, job_log in _FAILED.findall(text):
        rule = name or rule
        if job_log:
            found.setdefault(_sentence(rule, job_log.split(", ")[0]), rule)
    return "\n".join(found)


def _sentence(rule: str, log: str) -> str:
    """What a job said before it ended."""
    try:
        said = Path(log).read_text(encoding="utf-8", errors="replace")
    except OSError:
        said = ""
    if said.startswith("\nERROR"):
        return "\n" + said.split("\n\n")[0].strip("\n")
    return (
        f"\nERROR  A job of rule {rule} ended without a word.\n"
        f"       Was it killed, or short of memory? Run the same command again; its log is {log}"
    )
