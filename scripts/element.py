"""Decode the frames of another element that show the film frames of one part."""

from pathlib import Path

from job import job, label

with job(snakemake):
    from answerprint.film import elements
    from answerprint.film.facts import film_of, read_film
    from answerprint.runtime.files import read_json
    from answerprint.runtime.progress import Progress

    files, fingerprint = snakemake.input, snakemake.params.fingerprint
    elements.write_part(
        elements.like(film_of(read_json(files.facts)), read_film(files.film)),
        Path(files.ledger),
        elements.frames(fingerprint["runs"], fingerprint["first"], fingerprint["stop"]),
        Path(snakemake.output.frames),
        Progress(label(snakemake), fingerprint["stop"] - fingerprint["first"]),
    )
