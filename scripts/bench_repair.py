"""Measure repair on damage of known truth, beside other tools, and print the table."""

from functools import partial
from pathlib import Path

from job import job

with job(snakemake):
    from answerprint.lab.bench import peer_environment, repair, repair_speed
    from answerprint.lab.bench.repair_peers import Peers
    from answerprint.runtime.files import write_text

    params, output, cores = snakemake.params, Path(snakemake.output[0]), snakemake.threads
    media, folder = Path(params.media), output.with_suffix("")
    python, reason = peer_environment.read(Path(snakemake.input.peers))
    speed = partial(repair_speed.row, media, folder, Path(params.workflow), cores)
    table = repair.table(media, Peers(python=python, reason=reason), speed, cores)
    write_text(output, table)
    print(table)
