"""Say of each face when its mouth speaks, and whose it is."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint import engines
    from answerprint.film.facts import read_film
    from answerprint.frames import faces
    from answerprint.frames.window import FrameWindow
    from answerprint.runtime.files import read_json, write_json
    from answerprint.speech import active_speakers, recognise

    files, params = snakemake.input, snakemake.params
    bounds = [[part["first"], part["stop"]] for part in read_json(files.parts)]
    window = FrameWindow([Path(path) for path in files.frames], bounds)

    def engine(step: str, name: str, options: dict):
        device = params.device if engines.find(step, name).card.gpu else "cpu"
        return engines.load(step, name, device=device, **options)

    found = active_speakers.look(
        window.frames,
        faces.tracks_from_json(read_json(files.tracks)),
        recognise.first_heard(list(files.get("sounds", []))),
        read_film(files.facts).facts.rate,
        engine("speaking", *params.speaking),
        engine("identity", *params.identity),
        params.cast or None,
    )
    write_json(snakemake.output[0], found)
