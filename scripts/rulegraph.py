"""Draw the graph of the rules."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint.lab import rulegraph
    from answerprint.runtime.files import write_text

    svg = rulegraph.draw(Path(snakemake.params.workflow), Path(snakemake.input.film))
    write_text(Path(snakemake.output[0]), svg)
