"""Draw the report's timeline of film strip, waveform and speakers, and cut the sound of each line."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint.film.facts import read_film
    from answerprint.film.footage import Footage
    from answerprint.film.sound import heard
    from answerprint.frames.window import FrameWindow
    from answerprint.report import sound_clips, timeline
    from answerprint.runtime.files import read_json, write_json, write_text

    files = snakemake.input
    bounds = [[part["first"], part["stop"]] for part in read_json(files.parts)]
    window = FrameWindow([Path(path) for path in files.frames], bounds)
    facts = read_film(files.facts).facts
    footage = Footage(read=window.frames, samples=heard(list(files.get("sounds", [])), facts), rate=facts.rate)
    lines = read_json(files.transcript)
    markup = timeline.markup(lines, footage, facts.frames, Path(files.people), snakemake.params.names)
    write_text(snakemake.output.timeline, markup)
    write_json(snakemake.output.clips, sound_clips.clips(lines, footage.samples))
