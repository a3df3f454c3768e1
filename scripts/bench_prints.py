"""Measure how many bytes prints take at the quality that each shot needs, and print the table."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint.lab.bench import print_sizes
    from answerprint.runtime.files import write_text

    output = Path(snakemake.output[0])
    table = print_sizes.table(Path(snakemake.params.media), output.with_suffix(""))
    write_text(output, table)
    print(table)
