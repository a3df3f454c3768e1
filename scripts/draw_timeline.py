"""Draw film strip, waveform and speakers for the report."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint.film.facts import read_film
    from answerprint.frames.window import FrameWindow
    from answerprint.report import timeline
    from answerprint.runtime.files import read_json, write_text
    from answerprint.speech import recognise

    files = snakemake.input
    bounds = [[part["first"], part["stop"]] for part in read_json(files.parts)]
    window = FrameWindow([Path(path) for path in files.frames], bounds)
    facts = read_film(files.facts).facts
    markup = timeline.markup(
        read_json(files.transcript),
        window.frames,
        facts.frames,
        facts.rate,
        recognise.first_heard(list(files.get("sounds", []))),
        Path(files.people),
        snakemake.params.names,
    )
    write_text(snakemake.output[0], markup)
