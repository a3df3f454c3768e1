"""Join the analysis of all sections and say what each shot needs."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint.runtime.files import read_json, write_text
    from answerprint.stages import analysis
    from answerprint.stages.measures import joined

    found = joined([Path(path) for path in snakemake.input.measures])
    shots = [(shot["start"], shot["stop"]) for shot in read_json(snakemake.input.shots)]
    write_text(snakemake.output[0], analysis.to_json(analysis.analyse(found, shots)))
