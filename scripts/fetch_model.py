"""Fetch one weight file of the registry."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint.engines import models

    path = Path(snakemake.output[0])
    entry = models.by_file(path.name)
    settings = snakemake.params.settings
    models.check_licence(entry, settings["accept_licences"])
    models.fetch(entry.name, path.parent, settings["mirror"])
