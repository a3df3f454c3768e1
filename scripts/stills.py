"""Write the telling frames of one part of an edition, before and after."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint import ingest, prints, stills
    from answerprint.files import read_json
    from answerprint.partfile import Reader

    files, params = snakemake.input, snakemake.params
    film = ingest.film(files.source)
    part = read_json(files.parts)[int(snakemake.wildcards.part)]
    first = part["first"]
    before, after = Reader(files.before), Reader(files.after)
    maps = dict(zip(params.stages, map(Path, files.get("changes", [])), strict=True))
    marks = prints.change_map(film, maps, part, after.size, params.rate)
    # A film frame of an interpolated edition is its first frame at or after that moment.
    place = {frame - first: index for index, frame in reversed(list(enumerate(marks.film_frames or [])))}
    records = [record for record in map(read_json, files.get("records", [])) if record["stage"] != "interpolate"]
    stills.write(
        Path(snakemake.output[0]),
        stills.choose(records, read_json(files.shots)),
        lambda frame: before.frames(frame - first, frame - first + 1)[0],
        lambda frame: after.frames(
            place.get(frame - first, frame - first), place.get(frame - first, frame - first) + 1
        )[0],
        lambda frame: marks.of_film(frame - first),
        aspect=float(film.facts.sar),
    )
