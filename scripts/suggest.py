"""Resolve `stages: auto` into a file of decisions."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint import auto, chain
    from answerprint.files import read_json, write_text

    found = chain.resolve(snakemake.params.editions, snakemake.params.stages)
    rows = auto.decisions(read_json(Path(snakemake.input.analysis)), found)
    write_text(snakemake.output[0], auto.to_yaml(rows))
