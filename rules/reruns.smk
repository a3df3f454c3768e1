"""Reruns: mends how Snakemake 9 finds out what has to run again.

A source, a matte or a decision may be dated in the future, by a camera's or a server's wrong clock. Snakemake would take
that for a clock skew and fail every job that reads it. Such files count as old here; whether they have changed is seen
by what jobs have in their `params`: stamps, digests, fingerprints.

A job that reads a file marked `ancient` does not run again because the file is made anew. Snakemake then forgets to
look for the job's own reasons, here and in all jobs behind it (snakemake/snakemake#4166): of two decisions taken at once, one on
an early stage of a shot and one on a late stage of another, the second would wait for the next run.
"""

import time

import snakemake.dag
import snakemake.io


def run_again_with(dag, direction, *jobs):
    """The jobs that run again because these do: those that read from them what is not ancient, and so on."""
    found = list(jobs)
    seen = set(jobs)
    for job in found:
        for reader, files in direction[job].items():
            if reader not in seen and not all(file.is_ancient for file in files):
                seen.add(reader)
                found.append(reader)
    return found


def looking_at_each_job(update_needrun):
    """`DAG.update_needrun`, passing over a job only where another one makes it run again anyway."""

    @functools.wraps(update_needrun)
    async def update(dag, *arguments, **named):
        dag.bfs = functools.partial(run_again_with, dag)
        try:
            await update_needrun(dag, *arguments, **named)
        finally:
            del dag.bfs

    return update


if not hasattr(snakemake.dag.DAG.update_needrun, "__wrapped__"):
    snakemake.dag.DAG.update_needrun = looking_at_each_job(
        snakemake.dag.DAG.update_needrun
    )


def old_if_dated_in_the_future(mtime_uncached):
    """`_IOFile.mtime_uncached`, with dates to come taken for the oldest, but for results: their clock is ours."""

    @functools.wraps(mtime_uncached)
    async def dated(file, *arguments, **named):
        mtime = await mtime_uncached(file, *arguments, **named)
        if not str(file).startswith("results/"):
            now = time.time()
            mtime._local, mtime._local_target = (
                0.0 if date is not None and date > now else date
                for date in (mtime._local, mtime._local_target)
            )
        return mtime

    return dated


if not hasattr(snakemake.io._IOFile.mtime_uncached, "__wrapped__"):
    snakemake.io._IOFile.mtime_uncached = old_if_dated_in_the_future(
        snakemake.io._IOFile.mtime_uncached
    )
