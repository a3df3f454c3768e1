"""Write the report of a film."""

from pathlib import Path

from job import job, optional_path, paths

with job(snakemake):
    from answerprint.report import collect, report

    files, params, output = snakemake.input, snakemake.params, Path(snakemake.output[0])
    results = collect.Results(
        folder=output.parent,
        chain=params.chain,
        editions=tuple(params.editions),
        prints=params.prints,
        **{name: Path(files[name]) for name in ("source", "shots", "analysis", "transcript", "timeline", "recipe")},
        **{name: optional_path(files, name) for name in ("matte", "decisions", "resolved")},
        records=paths(files, "records"),
        stills=paths(files, "stills"),
    )
    report.write(output, collect.collect(results))
