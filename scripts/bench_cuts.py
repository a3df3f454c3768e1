"""Measure how well shots are found on films whose cuts are known, and print the table."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint.lab.bench import cuts
    from answerprint.runtime.files import write_text

    table = cuts.table(Path(snakemake.params.media))
    write_text(snakemake.output[0], table)
    print(table)
