"""Write one stream of subtitles of the film's file as SubRip."""

from job import job

with job(snakemake):
    from answerprint.film import own_subtitles
    from answerprint.film.facts import read_film
    from answerprint.runtime.files import write_text

    film = read_film(snakemake.input.facts)
    write_text(snakemake.output[0], own_subtitles.extract(film, int(snakemake.wildcards.stream)))
