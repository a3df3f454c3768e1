"""Stabilise one part."""

from job import job, run_stage

with job(snakemake):  # noqa: F821
    run_stage(snakemake)  # noqa: F821
