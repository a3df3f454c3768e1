"""Restore a film to measure it, and print the table."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint.lab.bench import speed
    from answerprint.runtime.files import write_text

    params, output = snakemake.params, Path(snakemake.output[0])
    film, folder = Path(snakemake.input.film), output.with_suffix("")
    settings = {"rate": snakemake.config["rate"], **params.settings} if film.is_dir() else params.settings
    elapsed = speed.restore(film, folder, Path(params.workflow), snakemake.threads, settings)
    text = speed.table(f"{film.stem}: {params.title}", speed.rows(folder), elapsed, snakemake.threads)
    print(f"\n{text}\n", flush=True)
    write_text(output, text + "\n")
