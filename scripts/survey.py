"""Survey a source: facts, ledger, proxy pictures."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from job import job, say_warnings

with job(snakemake):
    import numpy as np

    from answerprint.film import fixity, ingest, probe, said_colour, survey
    from answerprint.runtime.files import atomic_write, write_json
    from answerprint.runtime.progress import Progress

    params, output = snakemake.params, snakemake.output
    path = Path(params.source)
    film = snakemake.wildcards.film
    stamp, sha256 = fixity.stamp(path), fixity.require(path, *params.wanted)
    gaps = params.missing != "refuse"
    facts = probe.inspect(path, Fraction(params.rate) if params.rate else None, gaps=gaps)
    facts = replace(facts, colour=said_colour.over(facts.colour, said_colour.parse(params.colour, "colour")))
    progress = Progress(f"{film} survey", facts.frames)
    surveyed = survey.survey(
        facts,
        fields=params.fields,
        accept_damaged=params.accept_damaged,
        time_stamps=params.time_stamps,
        missing_frames=params.missing,
        report=lambda done, total: progress.add(),
    )
    with atomic_write(output.ledger) as temporary:
        ingest.save_ledger(temporary, surveyed)
    with atomic_write(output.proxy) as temporary:
        np.save(temporary, surveyed.proxy)
    row = ingest.describe(
        film,
        surveyed,
        grey=params.grey,
        depth=params.depth,
        deinterlacer=params.deinterlace,
        sha256=sha256,
        missing_shown=params.missing,
    )
    write_json(output.facts, row | {"stamp": stamp})
    say_warnings(film, row["warnings"])
