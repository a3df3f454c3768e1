"""Measure how large pieces of a frame the network of upscale can see in this machine's memory."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint.runtime.files import write_text
    from answerprint.stages import tile_size

    params = snakemake.params
    measured = tile_size.measure(params.engine, params.options, params.device, params.jobs)
    write_text(Path(snakemake.output[0]), measured.yaml())
    print(measured.yaml())
