"""Pass the faces already found in the source to the stage that works on them, in its own pixels."""

from fractions import Fraction
from pathlib import Path

from job import job

with job(snakemake):
    import numpy as np

    from answerprint.film.enlargement import enlarged
    from answerprint.frames.face_detection import as_measures, join_sections
    from answerprint.runtime.files import atomic_write, read_json

    detections = join_sections(read_json(path) for path in snakemake.input.detections)
    facts = read_json(snakemake.input.facts)
    size = facts["height"], facts["width"]
    height, width = enlarged(size, Fraction(facts["sar"]), snakemake.params.enlargements)
    with atomic_write(Path(snakemake.output[0])) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, **as_measures(detections, width / size[1], height / size[0]))
