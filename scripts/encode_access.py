"""Encode the groups that begin in one part for the lossy prints of an edition."""

from pathlib import Path

from job import job, label, paths

with job(snakemake):
    from answerprint.film import groups, shots
    from answerprint.film.facts import read_film
    from answerprint.film.parts import Part
    from answerprint.prints import lossy
    from answerprint.prints.edition_frames import EditionFrames
    from answerprint.prints.prints import look_of, retiming_of, view_of
    from answerprint.runtime.files import read_json, write_json

    files, params = snakemake.input, snakemake.params
    film = read_film(files.facts)
    part = Part(**read_json(files.parts)[int(snakemake.wildcards.part)])
    retiming = retiming_of(film, params.rate, params.lost)
    first = retiming.begins(part.first)
    cut = groups.of_edition(shots.from_json(read_json(files.shots)), retiming)
    rows, known = {}, dict(params.known)
    for name, way in params.prints.items():
        work = lossy.LossyJob(
            frames=EditionFrames(paths(files, "frames"), first, view_of(film, way["codec"])),
            groups=cut,
            look=look_of(film, params.rate, way["codec"], params.enlargements),
            label=f"{label(snakemake)}, {name}",
            known=known if name == "access" else {},
        )
        rows[name] = lossy.encode_part(lossy.LossyPrint.of(way), work, Path(snakemake.output[name]))
    write_json(snakemake.output.groups, rows)
