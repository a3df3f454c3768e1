"""Write the report of a film."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint import report, summary

    path = Path(snakemake.output[0])
    report.write(path, summary.gather(path.parent, snakemake.input, snakemake.params))
