"""Find the faces of one part."""

from pathlib import Path

from job import bounds_in_order, job, label, parts_in_order

with job(snakemake):  # noqa: F821
    from answerprint import people, stage
    from answerprint.files import read_json, write_json
    from answerprint.progress import Progress

    (bounds,) = bounds_in_order(snakemake)  # noqa: F821
    window = stage.Window(parts_in_order(snakemake), [bounds])  # noqa: F821
    shots = [(shot["start"], shot["stop"]) for shot in read_json(snakemake.input.detected)]  # noqa: F821
    looked = people.looked_at(*bounds, shots=shots)
    progress = Progress(label(snakemake), len(looked))  # noqa: F821

    def read(start: int, stop: int):
        progress.add(stop - start)
        return window.frames(start, stop)

    write_json(snakemake.output[0], people.detect_part(read, *bounds, shots=shots))  # noqa: F821
