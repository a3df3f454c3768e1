"""Make a folder for a web server of one edition."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint.prints import stream

    files = snakemake.input
    subtitles = Path(files.subtitles)
    stream.write(
        Path(files.print_),
        subtitles if "-->" in subtitles.read_text(encoding="utf-8") else None,
        Path(snakemake.output[0]),
    )
