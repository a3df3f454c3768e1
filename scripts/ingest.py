"""Ingest one part: the film frames of the ledger, decoded."""

from pathlib import Path

from job import job, label

with job(snakemake):
    from answerprint.film import ingest
    from answerprint.film.facts import read_film
    from answerprint.runtime.progress import Progress

    ingest.write_part(
        read_film(snakemake.input.facts),
        Path(snakemake.input.ledger),
        snakemake.params.fingerprint["first"],
        snakemake.params.fingerprint["stop"],
        Path(snakemake.output.frames),
        Progress(label(snakemake), snakemake.params.fingerprint["stop"] - snakemake.params.fingerprint["first"]),
    )
