"""Analyse the frames of one part."""

from pathlib import Path

from job import bounds_in_order, job, label, parts_in_order

with job(snakemake):
    from answerprint import analysis, stage

    paths = parts_in_order(snakemake)
    stage.measure_with(
        analysis.measure,
        radius=1,
        paths=paths,
        bounds=bounds_in_order(snakemake),
        own=paths.index(Path(snakemake.input.frames)),
        output=Path(snakemake.output.measures),
        record=Path(snakemake.output.record),
        label=label(snakemake),
    )
