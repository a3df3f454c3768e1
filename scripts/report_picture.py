"""Make a picture of the first screen of a report."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint.lab import report_picture

    report_picture.write(Path(snakemake.input.report), Path(snakemake.output[0]))
