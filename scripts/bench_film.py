"""Restore a film to measure it, and print the table."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint import bench
    from answerprint.files import write_text

    params, output = snakemake.params, Path(snakemake.output[0])
    film, folder = Path(snakemake.input.film), output.with_suffix("")
    settings = {"rate": snakemake.config["rate"], **params.settings} if film.is_dir() else params.settings
    elapsed = bench.restore(film, folder, Path(params.workflow), snakemake.threads, settings)
    text = bench.table(f"{film.stem}: {params.title}", bench.rows(folder), elapsed, snakemake.threads)
    print(f"\n{text}\n", flush=True)
    write_text(output, text + "\n")
