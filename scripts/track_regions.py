"""Follow the regions of a film's decisions."""

from pathlib import Path

from job import bounds_in_order, job, parts_in_order

with job(snakemake):
    from answerprint.stages import track_regions

    track_regions.write(
        snakemake.params.brief,
        parts_in_order(snakemake),
        bounds_in_order(snakemake),
        Path(snakemake.output[0]),
        f"{snakemake.wildcards.film} regions",
    )
