"""Extract one sound stream."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint.film import audio
    from answerprint.film.facts import read_film
    from answerprint.runtime.files import write_json

    # A separate sound file begins with the picture; the film's own stream keeps its offset.
    start = read_film(snakemake.input.source).facts.start if snakemake.params.own else None
    stream = int(snakemake.wildcards.stream)
    output = snakemake.output
    facts = audio.extract(Path(snakemake.input.sound), stream, start, Path(output.sound))
    write_json(output.facts, facts)
