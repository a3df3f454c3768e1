"""Find when the mouth of each face speaks, and whose face it is."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint import engines
    from answerprint.film.facts import read_film
    from answerprint.film.footage import Footage
    from answerprint.film.sound import heard
    from answerprint.frames import face_tracks
    from answerprint.frames.window import FrameWindow
    from answerprint.runtime.files import read_json, write_json
    from answerprint.speech import active_speakers

    files, params = snakemake.input, snakemake.params
    bounds = [[part["first"], part["stop"]] for part in read_json(files.parts)]
    window = FrameWindow([Path(path) for path in files.frames], bounds)

    steps = zip(("speaking", "identity"), (params.speaking, params.identity), params.devices, strict=True)
    speaking, identity = (engines.load(step, name, device=where, **options) for step, (name, options), where in steps)
    facts = read_film(files.facts).facts
    footage = Footage(read=window.frames, samples=heard(list(files.get("sounds", [])), facts), rate=facts.rate)
    faces = active_speakers.detect(
        footage,
        face_tracks.from_json(read_json(files.tracks)),
        speaking,
        identity,
        params.cast or None,
    )
    write_json(snakemake.output[0], [face.as_json() for face in faces])
