"""Survey another element of a film: facts, ledger, proxy pictures."""

from pathlib import Path

from job import job, say_warnings

with job(snakemake):
    from answerprint.film import survey_files

    output, params = snakemake.output, dict(snakemake.params.items())
    name = Path(params["source"]).stem
    files = survey_files.Surveyed(**{key: Path(output[key]) for key in ("facts", "ledger", "proxy")})
    label = f"{snakemake.wildcards.film} survey of {name}"
    say_warnings(snakemake.wildcards.film, survey_files.write(name, params, files, label=label))
