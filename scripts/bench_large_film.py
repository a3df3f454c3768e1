"""Draw a 1080p film for measuring memory."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint.lab.bench import speed

    speed.draw_large(Path(snakemake.output.film))
