"""Encode one part for every print of an edition, and write its stills."""

from pathlib import Path

from job import job, label, paths

with job(snakemake):
    from answerprint.film.facts import read_film
    from answerprint.film.parts import Part
    from answerprint.prints.change_maps import Retimed
    from answerprint.prints.pieces import EditionPart, encode_piece
    from answerprint.report import part_stills
    from answerprint.report.part_stills import StepFrames
    from answerprint.runtime.files import read_json

    files, params = snakemake.input, snakemake.params
    parts = read_json(files.parts)
    records = [read_json(path) for path in paths(files, "records")]
    part = EditionPart(
        film=read_film(files.facts),
        part=Part(**parts[int(snakemake.wildcards.part)]),
        frames=Path(files.frames),
        changes=dict(zip(params.stages, paths(files, "changes"), strict=True)),
        rate=params.rate,
        enlargements=tuple(map(tuple, params.enlargements)),
        retimed=next((Retimed.of(record) for record in records if "times" in record), None),
    )
    for name in params.prints:
        encode_piece(part, name, Path(snakemake.output[name]), f"{label(snakemake)}, {name}")
    steps = StepFrames(
        ingested=Path(files.ingested),
        steps=dict(zip(params.added, paths(files, "steps"), strict=True)),
        enlarged=dict(zip(params.enlarging, paths(files, "enlarged"), strict=True)),
        parts=len(parts),
        confidence=next(iter(paths(files, "confidence")), None),
    )
    part_stills.write(Path(snakemake.output.stills), part, steps, records, read_json(files.shots))
