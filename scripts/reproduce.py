"""Compare a film made again with its recipe."""

from pathlib import Path

from job import job, paths

with job(snakemake):
    from answerprint.archive import recipe, reproduce
    from answerprint.runtime.files import read_json, write_json

    files, params = snakemake.input, snakemake.params
    published, repeated = recipe.read(files.published), recipe.read(files.repeated)
    records = [record for path in paths(files, "records") for record in read_json(path)]
    difference = reproduce.first_difference(published, records)
    masters = zip(params.editions, paths(files, "reference"), paths(files, "masters"), strict=True)
    distances = [reproduce.distance(edition, old, new) for edition, old, new in masters]
    surroundings = reproduce.differing(published, repeated)
    print(reproduce.report(difference, distances, surroundings, published["film"]), flush=True)
    output = Path(files.repeated).with_name("reproduction.json")
    write_json(output, reproduce.as_plain(difference, distances, surroundings))
    reproduce.require(difference, distances, params.tolerance)
