"""Explains why jobs failed, from their exceptions and logs, so that the reason is the last thing on the terminal."""

from __future__ import annotations

import re
import tempfile
import traceback
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from .errors import FilmError
from .text import shortened

_FAILURE = re.compile(r"^\s*(?:Error in rule|rule) (\w+)[,:]|^\s+log: (.+) \(check log file", re.MULTILINE)
"""A line of Snakemake's log that names a rule, or the log of its failed job."""

_CRASH = re.compile(r"^Fatal Python error: (.+)$", re.MULTILINE)
"""What Python's faulthandler writes into a job's log when a library kills the process."""
DECODING = ("survey", "survey_element", "ingest", "element", "audio", "own_subtitles", "matte")
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
    return FilmError(f"Rule {rule} failed: {shortened(''.join(traceback.format_exception_only(error)), 500)}")


def unexpected(error: Exception, function: str, arguments: Sequence[Any], folder: Path) -> FilmError:
    """An exception that nobody foresaw, raised while a run was planned, as an error for users.

    It names the step and the film; the traceback is written to `folder`, or to the folder of temporary files.
    """
    film = next((text for value in arguments if (text := _film(value))), "")
    log = _write_traceback(error, function, film, folder)
    reason = shortened("".join(traceback.format_exception_only(error)))
    return FilmError(
        f"The step '{function.replace('_', ' ')}'{f' of the film {film}' if film else ''} failed while the run was "
        f"planned: {reason}",
        f"This should not happen; the traceback is in {log}." if log else "This should not happen.",
    )


def _film(value: Any) -> str:
    """The film that an argument of a planning function is about: its name, or the wildcards of a job."""
    name = value if isinstance(value, str) else getattr(value, "film", "")
    return name if isinstance(name, str) else ""


def _write_traceback(error: Exception, function: str, film: str, folder: Path) -> Path | None:
    for place in (folder, Path(tempfile.gettempdir())):
        log = place / f"plan-{function}{f'-{film}' if film else ''}.log"
        try:
            log.parent.mkdir(parents=True, exist_ok=True)
            log.write_text("".join(traceback.format_exception(error)), encoding="utf-8", errors="backslashreplace")
            return log.absolute()
        except (OSError, ValueError):
            continue
    return None


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
