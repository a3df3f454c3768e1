"""Make the environment of the filters that bench_repair measures against, or say why there is none."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint.lab.bench import peer_environment

    output = Path(snakemake.output[0])
    peer_environment.make(output.with_suffix(""), Path(snakemake.input[0]), output)
    print(output.read_text(encoding="utf-8"))
