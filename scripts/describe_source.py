"""Write source.json: the facts of the survey, with title, year and notes from the sheet."""

from job import job

with job(snakemake):
    from answerprint.runtime.files import read_json, write_json

    facts, params = read_json(snakemake.input.facts), snakemake.params
    del facts["stamp"]
    title = params.title or facts["tagged_title"] or params.name
    write_json(snakemake.output[0], facts | {"title": title, "year": params.year, "notes": params.notes})
