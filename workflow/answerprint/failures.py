"""What went wrong in a run, found again in the logs, so that it can be the last thing on the terminal."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

_FAILED = re.compile(r"^\s*(?:Error in rule|rule) (\w+)[,:]|^\s+log: (.+) \(check log file", re.MULTILINE)


def told(logs: Iterable[Path | str]) -> str:
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
