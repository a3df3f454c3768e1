"""Repair the video signal of one part."""

from job import job, run_stage

with job(snakemake):
    run_stage(snakemake)
