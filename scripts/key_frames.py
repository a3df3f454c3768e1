"""Write the frames of an edition that a person should colour first."""

from pathlib import Path

from job import job, paths

with job(snakemake):
    import numpy as np

    from answerprint.frames.part_file import Reader
    from answerprint.runtime.files import read_json
    from answerprint.stages import key_frames, measures

    files = snakemake.input
    shots = [(shot["start"], shot["stop"]) for shot in read_json(files.shots)]
    bounds = [(part["first"], part["stop"]) for part in read_json(files.parts)]
    readers = [Reader(path) for path in paths(files, "frames")]

    def frame(index: int) -> np.ndarray:
        part = next(k for k, (first, stop) in enumerate(bounds) if first <= index < stop)
        at = index - bounds[part][0]
        return readers[part].frames(at, at + 1)[0]

    luma = measures.between(Path(files.measures), names=["luma"])["luma"]
    chosen = key_frames.choose(luma, shots)
    key_frames.write(Path(snakemake.output[0]), chosen, frame)
