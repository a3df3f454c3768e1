"""Cut a film into parts."""

from dataclasses import asdict

from job import job

with job(snakemake):
    from answerprint import ingest, parts, shots
    from answerprint.files import read_json, write_json

    found = shots.from_json(read_json(snakemake.input.detected))
    frames = ingest.film(snakemake.input.facts).facts.frames
    cut = parts.cut(frames, snakemake.params.number, found, snakemake.params.least)
    write_json(snakemake.output[0], [asdict(part) for part in cut])
