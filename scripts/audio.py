"""Extract one sound stream."""

from pathlib import Path

from job import job, say_warnings

with job(snakemake):
    from answerprint.film import audio
    from answerprint.film.facts import read_film
    from answerprint.runtime.files import write_json

    number, output = int(snakemake.wildcards.stream), snakemake.output
    film = read_film(snakemake.input.facts)
    # A separate sound file begins with the picture; the film's own stream keeps its offset.
    own = snakemake.params.own
    index = film.facts.audio[number].index if own else 0
    place = audio.place_of(film) if own else None
    facts = audio.extract(Path(snakemake.params.sound), index, place, Path(output.sound))
    write_json(output.facts, facts)
    say_warnings(snakemake.wildcards.film, facts["warnings"])
