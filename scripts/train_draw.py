"""Draw the clips that a network is trained on."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint import training_run

    training_run.draw(
        snakemake.wildcards.network,
        snakemake.params.material,
        snakemake.params.seed,
        snakemake.params.clips,
        samples=Path(snakemake.output.samples),
        sources=Path(snakemake.output.sources),
    )
