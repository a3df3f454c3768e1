"""Follow the regions of a film's decisions."""

from pathlib import Path

from job import bounds_in_order, job, parts_in_order

with job(snakemake):
    from answerprint import following

    following.write(
        snakemake.params.brief,
        parts_in_order(snakemake),
        bounds_in_order(snakemake),
        Path(snakemake.output[0]),
        f"{snakemake.wildcards.film} regions",
    )
