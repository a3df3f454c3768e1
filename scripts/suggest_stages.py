"""Resolve `stages: auto` into a file of decisions."""

from job import job

with job(snakemake):
    from answerprint.plan import auto_decisions, chain
    from answerprint.runtime.files import read_json, write_text

    params = snakemake.params
    stages = chain.resolve(params.editions, params.stages)
    analysis = read_json(snakemake.input.analysis)
    rows = auto_decisions.decisions(
        analysis, stages, configured=params.stages, matte=params.matte, removed=params.removed
    )
    write_text(snakemake.output[0], auto_decisions.to_yaml(rows))
