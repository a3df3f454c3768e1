"""Write the shots of a film as a person decided them."""

from job import job

with job(snakemake):
    from answerprint.film import shots
    from answerprint.runtime.files import read_json, write_json

    detected = shots.from_json(read_json(snakemake.input.detected))
    decided = shots.decided(detected, shots.CutDecisions(**snakemake.params.cuts))
    write_json(snakemake.output[0], shots.to_json(decided))
