"""Bundle what makes a film's restoration again."""

from pathlib import Path

from job import job, optional_path

with job(snakemake):
    from answerprint.archive import bundle, recipe

    path = Path(snakemake.input.recipe)
    decisions = optional_path(snakemake.params, "decisions")
    bundle.write(Path(snakemake.output[0]), Path(snakemake.params.repository), path, recipe.read(path), decisions)
