"""Encode one part for every print of an edition, and write its stills."""

from pathlib import Path

from job import job, label, paths

with job(snakemake):
    from answerprint.film.facts import read_film
    from answerprint.film.parts import Part
    from answerprint.prints.pieces import EditionPart, encode_piece
    from answerprint.report import part_stills
    from answerprint.report.part_stills import StepFrames
    from answerprint.runtime.files import read_json

    files, params = snakemake.input, snakemake.params
    parts = read_json(files.parts)
    part = EditionPart(
        film=read_film(files.facts),
        part=Part(**parts[int(snakemake.wildcards.part)]),
        frames=Path(files.frames),
        changes=dict(zip(params.stages, paths(files, "changes"), strict=True)),
        rate=params.rate,
        retimed_by=params.retimed_by,
    )
    for name in params.prints:
        encode_piece(part, name, Path(snakemake.output[name]), f"{label(snakemake)}, {name}")
    records = [read_json(path) for path in paths(files, "records")]
    steps = StepFrames(
        ingested=Path(files.ingested),
        steps=dict(zip(params.added, paths(files, "steps"), strict=True)),
        parts=len(parts),
    )
    part_stills.write(Path(snakemake.output.stills), part, steps, records, read_json(files.shots))
