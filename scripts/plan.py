"""Print what a run will cost."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint.plan import forecast

    print(forecast.table(snakemake.params.rows, Path("."), discard=snakemake.params.discard), flush=True)
