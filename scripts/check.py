"""Check the prints of an edition against the ledger, the source and the working files."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint import check, ingest, prints
    from answerprint.files import read_json, write_json

    files, params = snakemake.input, snakemake.params
    film = ingest.film(files.source)
    found = []
    for codec, path in zip(params.codecs, files.prints, strict=True):
        expected = prints.expected(
            codec,
            film,
            records=[read_json(record) for record in files.get("record", [])],
            stages=params.stages,
            scale=params.scale,
            rate=params.rate,
            sounds=len(files.get("sounds", [])),
            subtitles=Path(files.subtitles).stat().st_size > 0,
            chapters=len(prints.chapters(film, files.shots)),
        )
        found += check.examine(Path(path), expected)
    Path(snakemake.log[0]).write_text("\n".join(map(str, found)) + "\n")
    check.require(found, film.title)
    write_json(snakemake.output[0], check.to_json(found))
