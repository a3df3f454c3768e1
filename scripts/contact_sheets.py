"""Show the faces of each speaker and let their voice be heard."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint import contact, people, stage, voice
    from answerprint.files import read_json, write_json

    files, folder = snakemake.input, Path(snakemake.output[0])
    bounds = [[part["first"], part["stop"]] for part in read_json(files.parts)]
    window = stage.Window([Path(path) for path in files.frames], bounds)
    index = contact.write(
        folder,
        read_json(files.people),
        read_json(files.lines),
        people.tracks_from_json(read_json(files.tracks)),
        window.frames,
        voice.first_heard(list(files.get("sounds", []))),
    )
    write_json(folder / "index.json", index)
