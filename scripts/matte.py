"""Read the defect matte of a film."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint.film import matte
    from answerprint.runtime.files import read_json

    files, output = snakemake.input, snakemake.output
    matte.write(
        Path(files.matte),
        read_json(files.facts),
        Path(files.ledger),
        matte.Reading(**snakemake.params.reading),
        output=Path(output.marks),
        facts=Path(output.facts),
        label=f"{snakemake.wildcards.film} matte",
    )
