"""Measure in-between frames beside other tools, and how well lost frames are found, and print the table."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint.lab.bench import motion
    from answerprint.runtime.files import write_text

    table = motion.table(Path(snakemake.params.media))
    write_text(snakemake.output[0], table)
    print(table)
