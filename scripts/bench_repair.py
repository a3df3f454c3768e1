"""Measure repair on damage of known truth, beside other tools, and print the table."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint.lab.bench import repair, repair_speed
    from answerprint.runtime.files import write_text

    params, output, cores = snakemake.params, Path(snakemake.output[0]), snakemake.threads
    media, folder = Path(params.media), output.with_suffix("")
    table = repair.table(media, lambda: repair_speed.row(media, folder, Path(params.workflow), cores), cores)
    write_text(output, table)
    print(table)
