"""Write the timeline of a film for editing programs."""

from pathlib import Path

from job import job, optional_path

with job(snakemake):
    from answerprint.film import shots
    from answerprint.film.facts import read_film
    from answerprint.plan import decisions, edit_timeline
    from answerprint.prints.prints import timecode_of
    from answerprint.runtime.files import read_json

    files = snakemake.input
    film = read_film(files.source)
    edited = edit_timeline.Edited(
        title=film.title,
        rate=film.facts.rate,
        shots=shots.from_json(read_json(files.shots)),
        media=snakemake.params.media,
        timecode=timecode_of(film, film.facts.rate),
        decisions=decisions.read(optional_path(snakemake.params, "decisions")).rows,
        warnings=read_json(files.summary)["warnings"],
    )
    edit_timeline.write(Path(snakemake.output[0]), edited)
