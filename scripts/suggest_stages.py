"""Resolve `stages: auto` into a file of decisions."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint.plan import auto_decisions, chain
    from answerprint.runtime.files import read_json, write_text

    found = chain.resolve(snakemake.params.editions, snakemake.params.stages)
    params = snakemake.params
    analysis = read_json(Path(snakemake.input.analysis))
    rows = auto_decisions.decisions(analysis, found, matte=params.matte, removed=params.removed)
    write_text(snakemake.output[0], auto_decisions.to_yaml(rows))
