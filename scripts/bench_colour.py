"""Measure colour on clips whose true colours are known, and print the table."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint.lab.bench import colour
    from answerprint.runtime.files import write_text

    table = colour.table(Path(snakemake.params.media))
    write_text(snakemake.output[0], table)
    print(table)
