"""Join the analysis of all parts and say what each shot needs."""

from pathlib import Path

from job import job

with job(snakemake):  # noqa: F821
    from answerprint import analysis, stage
    from answerprint.files import read_json, write_text

    measures = stage.joined([Path(path) for path in snakemake.input.measures])  # noqa: F821
    shots = [(shot["start"], shot["stop"]) for shot in read_json(snakemake.input.shots)]  # noqa: F821
    write_text(snakemake.output[0], analysis.to_json(analysis.analyse(measures, shots)))  # noqa: F821
