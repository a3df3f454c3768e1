"""Compare a film made again with its recipe."""

from pathlib import Path

from job import job

with job(snakemake):
    from answerprint.archive import recipe, reproduce
    from answerprint.runtime.files import read_json, write_json

    files, params = snakemake.input, snakemake.params
    row, own = (recipe.read(path) for path in (params.recipe, files.own))
    difference = reproduce.first_difference(row, [read_json(path) for path in files.records])
    pairs = zip(params.editions, files.reference, files.masters, strict=True)
    distances = [reproduce.distance(edition, Path(old), Path(new)) for edition, old, new in pairs]
    surroundings = reproduce.differing(row, own)
    print(reproduce.report(difference, distances, surroundings, row["film"]), flush=True)
    write_json(Path(files.own).with_name("reproduction.json"), reproduce.as_plain(difference, distances, surroundings))
    reproduce.require(difference, distances, params.tolerance)
