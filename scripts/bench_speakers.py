"""Measure speech, voices and names on footage with known truth, and print the table."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint.lab.bench import speech
    from answerprint.runtime.files import write_text

    table = speech.table(speech.Material(shared=Path(snakemake.params.media).parent, speech=snakemake.params.speech))
    write_text(snakemake.output[0], table)
    print(table)
