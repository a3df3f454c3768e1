"""Make the demo film."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint.lab.demo import film as demo

    demo.make(Path(snakemake.output.film).parent, snakemake.params.seed)
