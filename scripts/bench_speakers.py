"""Measure speech, voices and names on footage with known truth, and print the table."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint.lab.bench import speech
    from answerprint.runtime.files import write_text

    params = snakemake.params
    material = speech.Material(shared=Path(params.media).parent, speech=params.speech, voices=params.voices)
    table = speech.table(material)
    write_text(snakemake.output[0], table)
    print(table)
