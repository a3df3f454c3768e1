"""Measure and export the weights of the network that tells scratches."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint.lab.training import steps
    from answerprint.lab.training.plan import Plan

    steps.finish(
        "scratches",
        Plan(**snakemake.params.plan),
        state=Path(snakemake.input.state),
        sources=Path(snakemake.input.sources),
        output=Path(snakemake.output.weights),
        device=snakemake.params.device,
    )
