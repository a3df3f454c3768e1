"""Analyse the frames of one part."""

from pathlib import Path

from job import bounds_in_order, job, label, parts_in_order

with job(snakemake):  # noqa: F821
    from answerprint import analysis, stage

    paths = parts_in_order(snakemake)  # noqa: F821
    stage.measure_with(
        analysis.measure,
        radius=1,
        paths=paths,
        bounds=bounds_in_order(snakemake),  # noqa: F821
        own=paths.index(Path(snakemake.input.frames)),  # noqa: F821
        output=Path(snakemake.output[0]),  # noqa: F821
        label=label(snakemake),  # noqa: F821
    )
