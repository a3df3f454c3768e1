"""Make pictures of the first screens of a report and of the page to judge it blind."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint.lab import report_picture

    for page in ("report", "review"):
        report_picture.write(Path(snakemake.input[page]), Path(snakemake.output[page]))
