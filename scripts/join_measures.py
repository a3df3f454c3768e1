"""Join the measures of all sections of a film."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint.stages import measures

    measures.join([Path(path) for path in snakemake.input], Path(snakemake.output[0]))
