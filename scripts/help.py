"""Print what can be asked for by name."""

from job import job

with job(snakemake):
    from answerprint.plan import targets

    print(targets.listing(), flush=True)
