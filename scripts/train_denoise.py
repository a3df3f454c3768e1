"""Measure and export the weights of denoise/learned."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint import training_run
    from answerprint.training_plan import Plan

    training_run.finish(
        "denoise",
        Plan(**snakemake.params.plan),
        state=Path(snakemake.input.state),
        sources=Path(snakemake.input.sources),
        output=Path(snakemake.output.weights),
        device=snakemake.params.device,
    )
