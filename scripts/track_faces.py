"""Follow faces through the shots of a film."""

from job import job

with job(snakemake):
    from answerprint.frames import faces as people
    from answerprint.runtime.files import read_json, write_json

    detections = people.from_parts(read_json(path) for path in snakemake.input.found)
    shots = [(shot["start"], shot["stop"]) for shot in read_json(snakemake.input.shots)]
    write_json(snakemake.output[0], people.tracks_as_json(people.track(detections, 0, shots)))
