"""Measure how far known faces come back after they were blurred, halved and grained, and print the table."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint.lab.bench import faces
    from answerprint.runtime.files import write_text

    table = faces.table(Path(snakemake.params.media))
    write_text(Path(snakemake.output[0]), table)
    print(table)
