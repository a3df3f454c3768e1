"""Draw the clips that a network is trained on."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint.lab.training import steps

    steps.draw(
        snakemake.wildcards.network,
        snakemake.params.material,
        snakemake.params.seed,
        snakemake.params.clips,
        samples=Path(snakemake.output.samples),
        sources=Path(snakemake.output.sources),
    )
