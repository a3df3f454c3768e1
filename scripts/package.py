"""Write the package of a film."""

from pathlib import Path

from job import job, paths

with job(snakemake):
    from answerprint.archive import bagit, premis
    from answerprint.runtime.files import read_json
    from answerprint.runtime.made import require_as_made

    files, folder = snakemake.input, Path(snakemake.output[0]).parent
    require_as_made(paths(files, "kept"))
    contents = bagit.contents(
        folder.parent,
        paths(files, "kept"),
        decisions=paths(files, "decisions"),
        corrections=paths(files, "corrections"),
    )
    records = [record for path in paths(files, "records") for record in read_json(path)]
    events = premis.stage_events(records, snakemake.params.chain, contents)
    bagit.build(folder, contents, events, read_json(files.source))
