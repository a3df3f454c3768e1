"""Train a network for one piece of its steps."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint.lab.training import steps as training_run
    from answerprint.lab.training.plan import Plan

    before = snakemake.input.get("before")
    training_run.piece(
        snakemake.wildcards.network,
        Plan(**snakemake.params.plan),
        int(snakemake.wildcards.piece),
        samples=Path(snakemake.input.samples),
        sources=Path(snakemake.input.sources),
        before=Path(str(before)) if before else None,
        checkpoint=Path(snakemake.params.checkpoint),
        output=Path(snakemake.output[0]),
        device=snakemake.params.device,
        threads=snakemake.threads,
    )
