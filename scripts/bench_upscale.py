"""Measure enlargement on pictures of known truth, beside published networks, and print the table."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint.lab.bench import enlarge
    from answerprint.runtime.files import write_text

    output = Path(snakemake.output[0])
    table = enlarge.table(Path(snakemake.params.media), output.with_suffix(""), snakemake.threads)
    write_text(output, table)
    print(table)
