"""Measure one part for a stage."""

from pathlib import Path

from job import job, label, parts_in_order

with job(snakemake):
    from answerprint import stage

    output = Path(snakemake.output[0])
    stage.measure(snakemake.params.brief, parts_in_order(snakemake), output, label(snakemake))
