"""Write the report of a film, the one in words, the page to judge it blind, and its summary for the terminal."""

from pathlib import Path

from job import job, optional_path, paths

FILES = ("source", "shots", "analysis", "transcript", "timeline", "clips")

with job(snakemake):
    from answerprint.report import collect, page_data, report, restoration, review
    from answerprint.runtime.files import write_json

    files, params, output = snakemake.input, snakemake.params, Path(snakemake.output.report)
    chain, film = params.asked
    results = collect.Results(
        folder=output.parent,
        chain=chain,
        editions=film.editions,
        prints=params.prints,
        **{name: Path(files[name]) for name in (*FILES, "recipe")},
        **{name: optional_path(files, name) for name in ("matte", "resolved")},
        decisions=optional_path(params, "decisions"),
        pictures=paths(files, "pictures"),
        elements=paths(files, "elements"),
        records=paths(files, "records"),
        stills=paths(files, "stills"),
    )
    collected = collect.collect(results)
    report.write(output, collected)
    restoration.write(output.parent, collected)
    review.write(Path(snakemake.output.review), collected)
    write_json(snakemake.output.summary, page_data.summary(collected))
