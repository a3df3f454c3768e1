"""Write the recipe of a film."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint.archive import recipe
    from answerprint.runtime.files import read_json

    files, params = snakemake.input, snakemake.params
    recipe.write(
        Path(snakemake.output[0]),
        film=params.film,
        chain=params.chain,
        settings=params.settings,
        source=read_json(files.facts),
        ledger=Path(files.ledger),
        parts=read_json(files.parts),
        shots=read_json(files.shots),
        matte=next((read_json(path) for path in files.get("matte", [])), None),
        decisions=next((Path(path) for path in files.get("decisions", [])), None),
        resolved=next((Path(path) for path in files.get("resolved", [])), None),
        records=[read_json(path) for path in params.records],
    )
