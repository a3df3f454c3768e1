"""Draw film strip, waveform and speakers for the report."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint import lanes, stage, voice
    from answerprint.facts import read_film
    from answerprint.files import read_json, write_text

    files = snakemake.input
    bounds = [[part["first"], part["stop"]] for part in read_json(files.parts)]
    window = stage.Window([Path(path) for path in files.frames], bounds)
    facts = read_film(files.facts).facts
    markup = lanes.markup(
        read_json(files.transcript),
        window.frames,
        facts.frames,
        facts.rate,
        voice.first_heard(list(files.get("sounds", []))),
        Path(files.people),
        snakemake.params.names,
    )
    write_text(snakemake.output[0], markup)
