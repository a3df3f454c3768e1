"""Make a film again twenty times, and print the table."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint.lab.bench import reproduce
    from answerprint.runtime.files import write_text

    output = Path(snakemake.output[0])
    film, workflow = Path(snakemake.input.film), Path(snakemake.params.workflow)
    text = reproduce.table(film, output.with_suffix(""), workflow, snakemake.threads)
    print(f"\n{text}\n", flush=True)
    write_text(output, text + "\n")
