"""Join the records of all parts of a stage."""

from job import job

with job(snakemake):
    from answerprint.runtime.files import read_json, write_json

    write_json(snakemake.output[0], [read_json(path) for path in snakemake.input])
