"""Join the pieces of one print, with sound, subtitles, chapters and tags."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint.prints import prints

    params, files = snakemake.params, snakemake.input
    prints.join_print(
        codec=params.codec,
        pieces=[Path(path) for path in files.pieces],
        sounds=[Path(path) for path in files.get("sounds", [])],
        subtitles=next((Path(path) for path in [files.get("subtitles")] if path), None),
        source=files.source,
        shots=files.shots,
        rate=params.rate,
        edition=params.edition,
        language=params.language,
        year=params.year,
        output=Path(snakemake.output[0]),
    )
