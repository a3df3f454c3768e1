"""Write the grades of an edition as an ASC CDL collection."""

from job import job

with job(snakemake):
    from answerprint.runtime.files import read_json, write_text
    from answerprint.stages import grades

    write_text(snakemake.output[0], grades.collection(read_json(snakemake.input[0])))
