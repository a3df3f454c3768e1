"""Analyse the frames of one section."""

from pathlib import Path

from job import bounds_in_order, job, label, parts_in_order

with job(snakemake):
    from answerprint.stages import analysis, run

    paths, bounds = parts_in_order(snakemake), bounds_in_order(snakemake)
    own = [bounds[paths.index(Path(path))] for path in snakemake.input.frames]
    run.measure_with(
        analysis.measure,
        radius=1,
        paths=paths,
        bounds=bounds,
        own=(own[0][0], own[-1][1]),
        output=Path(snakemake.output.measures),
        record=Path(snakemake.output.record),
        label=label(snakemake),
    )
