"""Fetch one weight file of the registry."""

from pathlib import Path

from job import job

with job(snakemake):  # noqa: F821
    from answerprint import models

    path = Path(snakemake.output[0])  # noqa: F821
    entry = models.by_file(path.name)
    models.check_licence(entry, snakemake.params.accepted)  # noqa: F821
    models.fetch(entry.name, path.parent, snakemake.params.mirror)  # noqa: F821
