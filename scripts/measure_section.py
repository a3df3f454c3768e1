"""Measure one section for a stage."""

from pathlib import Path

from job import job, label, parts_in_order

with job(snakemake):
    from answerprint.stages import run

    run.measure(
        snakemake.params.brief,
        parts_in_order(snakemake),
        Path(snakemake.output.measures),
        Path(snakemake.output.record),
        label(snakemake),
    )
