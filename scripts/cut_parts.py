"""Cut a film into parts."""

from dataclasses import asdict

from job import job

with job(snakemake):
    from answerprint.film import parts, shots
    from answerprint.film.facts import read_film
    from answerprint.runtime.files import read_json, write_json

    found = shots.from_json(read_json(snakemake.input.detected))
    frames = read_film(snakemake.input.facts).facts.frames
    cut = parts.cut(frames, snakemake.params.number, found, snakemake.params.least)
    write_json(snakemake.output[0], [asdict(part) for part in cut])
