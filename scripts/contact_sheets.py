"""Show the faces of each speaker and let their voice be heard."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint.frames import faces as people
    from answerprint.frames.window import FrameWindow
    from answerprint.runtime.files import read_json, write_json
    from answerprint.speech import contact_sheets, recognise

    files, folder = snakemake.input, Path(snakemake.output[0])
    bounds = [[part["first"], part["stop"]] for part in read_json(files.parts)]
    window = FrameWindow([Path(path) for path in files.frames], bounds)
    index = contact_sheets.write(
        folder,
        read_json(files.people),
        read_json(files.lines),
        people.tracks_from_json(read_json(files.tracks)),
        window.frames,
        recognise.first_heard(list(files.get("sounds", []))),
    )
    write_json(folder / "index.json", index)
