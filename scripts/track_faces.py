"""Follow faces through the shots of a film."""

from job import job

with job(snakemake):
    from answerprint.frames import face_tracks
    from answerprint.frames.face_detection import join_sections
    from answerprint.runtime.files import read_json, write_json

    detections = join_sections(read_json(path) for path in snakemake.input.detections)
    shots = [(shot["start"], shot["stop"]) for shot in read_json(snakemake.input.shots)]
    write_json(snakemake.output[0], face_tracks.as_json(face_tracks.track_faces(detections, 0, shots)))
