"""Write the shots of a film as a person decided them."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint import decisions, shots
    from answerprint.files import read_json, write_json

    found = shots.from_json(read_json(snakemake.input.detected))
    path = next((Path(file) for file in snakemake.input.get("decisions", [])), None)
    decided = shots.decided(found, decisions.read(path).cuts)
    write_json(snakemake.output[0], shots.to_json(decided))
