"""Track the regions of a film's decisions through their frames."""

from pathlib import Path

from job import bounds_in_order, job, parts_in_order

with job(snakemake):
    from answerprint.frames.window import FrameWindow
    from answerprint.stages import track_regions

    window = FrameWindow(parts_in_order(snakemake.input), bounds_in_order(snakemake.input))
    label = f"{snakemake.wildcards.film} regions"
    track_regions.write(snakemake.params.regions, window, Path(snakemake.output[0]), label)
