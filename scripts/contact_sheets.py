"""Write a sheet of faces and a sample of the voice of each speaker."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint.film.facts import read_film
    from answerprint.film.sound import heard
    from answerprint.frames import face_tracks
    from answerprint.frames.window import FrameWindow
    from answerprint.runtime.files import read_json, write_json
    from answerprint.speech import contact_sheets

    files, folder = snakemake.input, Path(snakemake.output[0])
    bounds = [[part["first"], part["stop"]] for part in read_json(files.parts)]
    window = FrameWindow([Path(path) for path in files.frames], bounds)
    index = contact_sheets.write(
        folder,
        read_json(files.people),
        read_json(files.lines),
        face_tracks.from_json(read_json(files.tracks)),
        window.frames,
        heard(list(files.get("sounds", [])), read_film(files.facts).facts),
    )
    write_json(folder / "index.json", index)
