"""Read the defect matte of a film."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint.film import matte
    from answerprint.runtime.files import write_json

    files, output = snakemake.input, snakemake.output
    facts = matte.write(
        Path(snakemake.params.matte),
        matte.MattedFilm.read(Path(files.facts), Path(files.ledger)),
        matte.Reading(**snakemake.params.reading),
        Path(output.marks),
        label=f"{snakemake.wildcards.film} matte",
    )
    write_json(output.facts, facts)
