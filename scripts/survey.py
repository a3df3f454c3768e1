"""Survey a source: facts, ledger, proxy pictures."""

from pathlib import Path

from job import job, say_warnings

with job(snakemake):
    from answerprint.film import survey_files

    film, output = snakemake.wildcards.film, snakemake.output
    files = survey_files.Surveyed(**{name: Path(output[name]) for name in ("facts", "ledger", "proxy")})
    say_warnings(film, survey_files.write(film, dict(snakemake.params.items()), files, label=f"{film} survey"))
