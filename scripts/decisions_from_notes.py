"""Write the decisions on a film, followed by those that the notes of a timeline stand for."""

from pathlib import Path

import yaml

from job import job, optional_path

with job(snakemake):
    from answerprint.plan import decisions, edit_notes
    from answerprint.runtime.files import write_text

    files, output = snakemake.input, snakemake.output[0]
    written = optional_path(snakemake.params, "decisions")
    new = edit_notes.decisions(Path(files.timeline), by=snakemake.params.by)
    rows = edit_notes.laid_over(decisions.table(written) if written else {}, new)
    text = yaml.safe_dump(rows, sort_keys=False, allow_unicode=True, width=120) if rows else ""
    write_text(output, text)
    # They must be decisions that the next run takes.
    decisions.read(Path(output))
    print(text + f"\nCopy {output} to config/decisions/{snakemake.wildcards.film}.yaml, then run the film again.")
