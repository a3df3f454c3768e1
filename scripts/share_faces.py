"""Hand the faces already found in the source to the stage that works on them, in its own pixels."""

from pathlib import Path

from job import job

with job(snakemake):  # noqa: F821
    import numpy as np
    from answerprint import people
    from answerprint.files import read_json, whole

    parts = [read_json(path) for path in snakemake.input.parts]  # noqa: F821
    with whole(Path(snakemake.output[0])) as temporary, temporary.open("wb") as file:  # noqa: F821
        np.savez_compressed(file, **people.measures(people.from_parts(parts), snakemake.params.scale))  # noqa: F821
