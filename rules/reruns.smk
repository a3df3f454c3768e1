"""Reruns: works around a bug in how Snakemake 9.27 decides which jobs have to run.

Where a job has to run, Snakemake does not look at the jobs behind it, since they will run anyway. A job that reads only
files marked `ancient` from it will not run anyway, yet Snakemake does not look for that job's own reasons to run
either, such as changed params (snakemake/snakemake#4166). So of two decisions taken at once, one about an early stage
of one shot and one about a late stage of another, the second would have no effect until the next run.
"""

import functools
import sys

import snakemake
import snakemake.dag

CHECKED_VERSION = "9.27"
"""The version of Snakemake that has the bug and for which this workaround was checked."""


def jobs_that_follow(dag, direction, *jobs):
    """These jobs and all that have to run because they do: those that read a file of theirs that is not ancient."""
    following = list(jobs)
    listed = set(jobs)
    for job in following:
        for reader, files in direction[job].items():
            if reader not in listed and not all(file.is_ancient for file in files):
                listed.add(reader)
                following.append(reader)
    return following


def passing_over_followers_only(update_needrun):
    """`DAG.update_needrun`, which then skips a job only if another job makes it run in any case."""

    @functools.wraps(update_needrun)
    async def update(dag, *arguments, **named):
        dag.bfs = functools.partial(jobs_that_follow, dag)
        try:
            await update_needrun(dag, *arguments, **named)
        finally:
            del dag.bfs

    return update


if snakemake.__version__.split(".")[:2] != CHECKED_VERSION.split("."):
    if workflow.is_main_process:
        print(
            f"rules/reruns.smk was checked with Snakemake {CHECKED_VERSION} only and is off: "
            "after decisions about several stages, run the same command twice.",
            file=sys.stderr,
        )
elif not hasattr(snakemake.dag.DAG.update_needrun, "__wrapped__"):
    snakemake.dag.DAG.update_needrun = passing_over_followers_only(
        snakemake.dag.DAG.update_needrun
    )
