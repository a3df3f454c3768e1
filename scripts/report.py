"""Write the report of a film."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint.report import collect, report

    path = Path(snakemake.output[0])
    report.write(path, collect.gather(path.parent, snakemake.input, snakemake.params))
