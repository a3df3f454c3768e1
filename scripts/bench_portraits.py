"""Measure how far portraits of the same people bring blurred faces back, and whether others' are refused."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint.lab.bench import portraits
    from answerprint.runtime.files import write_text

    table = portraits.table(Path(snakemake.params.media))
    write_text(Path(snakemake.output[0]), table)
    print(table)
