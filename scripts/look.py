"""Say of each face when its mouth speaks, and whose it is."""

from pathlib import Path

from job import job

with job(snakemake):
    import numpy as np

    from answerprint import engines, ingest, people, seen, stage, voice
    from answerprint.files import read_json, write_json

    files, params = snakemake.input, snakemake.params
    bounds = [[part["first"], part["stop"]] for part in read_json(files.parts)]
    window = stage.Window([Path(path) for path in files.frames], bounds)
    sounds = [voice.load_audio(sound) for sound in files.get("sounds", [])]
    found = seen.look(
        window.frames,
        people.tracks_from_json(read_json(files.tracks)),
        sounds[0] if sounds else np.zeros(0, np.float32),
        ingest.film(files.facts).facts.rate,
        engines.load("speaking", params.speaking[0], **params.speaking[1]),
        engines.load("identity", params.identity[0], **params.identity[1]),
        params.cast or None,
    )
    write_json(snakemake.output[0], found)
