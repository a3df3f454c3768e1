"""What a run says on the terminal: one line a job. Snakemake's log in .snakemake/log stays complete.

A dry run, and a workflow that uses this one as a module, keep Snakemake's own lines.
"""

import logging
import time

from snakemake_interface_logger_plugins.common import LogEvent

TOLD_BY_THE_LINES_OF_JOBS = (
    LogEvent.JOB_STARTED,
    LogEvent.JOB_FINISHED,
    LogEvent.PROGRESS,
    LogEvent.RESOURCES_INFO,
    LogEvent.RUN_INFO,
)
SAYS_NOTHING = (
    "Select jobs to execute",
    "Using shell:",
    "Assuming unrestricted shared filesystem",
    "Conda environments: ignored",
    "Building DAG of jobs",
)


class OneLineAJob(logging.Formatter):
    """Filter and formatter of the terminal: the time, how many jobs have begun of how many, and what the job does."""

    def __init__(self, formatter):
        super().__init__()
        self.formatter, self.total, self.begun = formatter, 0, 0

    def filter(self, record):
        # Whether this is a dry run is known only after the rules are read.
        if is_dry_run():
            return True
        event = getattr(record, "event", None)
        if event == LogEvent.RUN_INFO:
            self.total = record.stats.get("total", 0)
        return event not in TOLD_BY_THE_LINES_OF_JOBS and not str(
            record.msg
        ).startswith(SAYS_NOTHING)

    def format(self, record):
        if is_dry_run() or getattr(record, "event", None) != LogEvent.JOB_INFO:
            return self.formatter.format(record)
        self.begun += 1
        what = record.rule_msg or record.rule_name
        width = len(str(self.total))
        return (
            f"{time.strftime('%H:%M:%S')}  {self.begun:{width}} of {self.total}  {what}"
        )


def say_one_line_a_job():
    """Give Snakemake's handler of the terminal that form."""
    for handler in logging.getLogger("snakemake.logging").handlers:
        if handler.name == "DefaultStreamHandler":
            line = OneLineAJob(handler.formatter)
            handler.addFilter(line)
            handler.setFormatter(line)


if is_main_process() and not runs_as_module():
    say_one_line_a_job()
