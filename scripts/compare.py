"""Compare two restorations of one film."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint.archive import compare, restorations

    params, output = snakemake.params, Path(snakemake.output[0])
    first, second = (restorations.read(Path(name)) for name in (params.first, params.second))
    for edition in compare.write(output, first, second):
        print(edition, flush=True)
    print(f"  {output}", flush=True)
