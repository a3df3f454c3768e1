"""Follow faces through the shots of a film, and tell apart those that stand in one place."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint import engines
    from answerprint.frames import face_tracks
    from answerprint.frames.face_detection import join_sections
    from answerprint.frames.window import FrameWindow
    from answerprint.runtime.files import read_json, write_json
    from answerprint.speech import appearance

    files, params = snakemake.input, snakemake.params
    bounds = [[part["first"], part["stop"]] for part in read_json(files.parts)]
    window = FrameWindow([Path(path) for path in files.frames], bounds)
    shots = [(shot["start"], shot["stop"]) for shot in read_json(files.shots)]
    tracks = face_tracks.track_faces(join_sections(read_json(path) for path in files.detections), 0, shots)
    name, options = params.identity
    identity = engines.load("identity", name, device=params.device, **options)
    write_json(snakemake.output[0], face_tracks.as_json(appearance.describe(window.frames, tracks, identity)))
