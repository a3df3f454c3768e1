"""Make the demo film."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint.lab.demo import film

    film.make(Path(snakemake.output.film).parent, snakemake.params.seed)
