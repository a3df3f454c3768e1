"""Analyse the frames of one section."""

from pathlib import Path

from job import bounds_in_order, job, label, parts_in_order

with job(snakemake):
    from answerprint.stages import analysis, measure

    files = snakemake.input
    frames, bounds = parts_in_order(files), bounds_in_order(files)
    members = [bounds[frames.index(Path(path))] for path in files.frames]
    section = measure.SectionJob(
        first=members[0][0],
        stop=members[-1][1],
        frames=frames,
        bounds=bounds,
        output=Path(snakemake.output.measures),
        record=Path(snakemake.output.record),
        label=label(snakemake),
    )
    measure.measure(analysis.measure, analysis.RADIUS, section)
