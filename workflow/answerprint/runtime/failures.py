"""Explains why jobs failed, from their exceptions and logs, so that the reason is the last thing on the terminal."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterable
from pathlib import Path

from .errors import FilmError

_FAILURE = re.compile(r"^\s*(?:Error in rule|rule) (\w+)[,:]|^\s+log: (.+) \(check log file", re.MULTILINE)
"""A line of Snakemake's log that names a rule, or the log of its failed job."""

_CRASH = re.compile(r"^Fatal Python error: (.+)$", re.MULTILINE)
"""What Python's faulthandler writes into a job's log when a library kills the process."""
DECODING = ("survey", "ingest", "audio", "own_subtitles", "matte")
"""Rules that decode what people bring."""


def _crash_hint(rule: str) -> str:
    if rule in DECODING:
        return "A decoder cannot cope with this file: it is probably damaged. Copy it again, or convert it to FFV1."
    return "Run the same command again; if it crashes at the same place, please report it."


def explained(error: BaseException, rule: str) -> FilmError:
    """The exception that ended a job, as an error for users. Running out of memory never changes any setting."""
    if isinstance(error, FilmError):
        return error
    # torch.OutOfMemoryError, by name, because most jobs never import torch.
    if type(error).__name__ == "OutOfMemoryError":
        return FilmError(
            f"The GPU ran out of memory in rule {rule}.",
            "Give the stage's engine a smaller `tile` where it has one, set `gpu_share: 1`, end other programs on the "
            "GPU, or set `device: cpu`.",
        )
    if isinstance(error, MemoryError):
        return FilmError(
            f"The machine ran out of memory in rule {rule}.",
            "Run fewer jobs at once: use a smaller --cores, or --resources mem_mb=NUMBER with the memory available.",
        )
    return FilmError(f"Rule {rule} failed: {''.join(traceback.format_exception_only(error)).strip()}")


def failure_summary(logs: Iterable[Path | str]) -> str:
    """The error message of every job that failed according to Snakemake's logs, each message once.

    Jobs that left no message are listed with their rule and log file.
    """
    text = "\n".join(Path(log).read_text(encoding="utf-8", errors="replace") for log in logs)
    messages: dict[str, None] = {}
    rule = ""
    for name, job_log in _FAILURE.findall(text):
        rule = name or rule
        if job_log:
            messages.setdefault(_job_message(rule, job_log.split(", ")[0]))
    return "\n".join(messages)


def _job_message(rule: str, log: str) -> str:
    """The error message at the start of a job's log, or a notice that there is none."""
    try:
        text = Path(log).read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    if text.startswith("\nERROR"):
        return "\n" + text.split("\n\n")[0].strip("\n")
    crash = _CRASH.search(text)
    if crash:
        return (
            f"\nERROR  A job of rule {rule} crashed ({crash[1].strip().lower()}).\n"
            f"       {_crash_hint(rule)} Where it happened is in {log}"
        )
    return (
        f"\nERROR  A job of rule {rule} died without an error message.\n"
        f"       It may have been killed or have run out of memory. Run the same command again; its log is {log}"
    )
