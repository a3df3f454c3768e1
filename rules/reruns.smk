"""Reruns: mends how Snakemake 9 finds out what has to run again.

A job that reads a file marked `ancient` does not run again because the file is made anew. Snakemake then forgets to
look for the job's own reasons, here and in all jobs behind it (snakemake/snakemake#4166): of two decisions taken at once, one on
an early stage of a shot and one on a late stage of another, the second would wait for the next run.
"""

import snakemake.dag


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
