"""Bundle what makes a film's restoration again."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint.archive import bundle, recipe

    decisions = next((Path(path) for path in snakemake.input.get("decisions", [])), None)
    path = Path(snakemake.input.recipe)
    bundle.write(Path(snakemake.output[0]), Path(snakemake.params.repository), path, recipe.read(path), decisions)
