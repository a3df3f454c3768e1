"""Ingest one part: the film frames of the ledger, decoded."""

from pathlib import Path

from job import job, label

with job(snakemake):  # noqa: F821
    from answerprint import ingest
    from answerprint.progress import Progress

    ingest.write_part(
        ingest.film(snakemake.input.source),  # noqa: F821
        Path(snakemake.input.ledger),  # noqa: F821
        snakemake.params.brief["first"],  # noqa: F821
        snakemake.params.brief["stop"],  # noqa: F821
        Path(snakemake.output.frames),  # noqa: F821
        Progress(label(snakemake), snakemake.params.brief["stop"] - snakemake.params.brief["first"]),  # noqa: F821
    )
