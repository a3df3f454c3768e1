"""Put the original pixels of a stage, a region or a shot back into a packaged print."""

from pathlib import Path

from job import job, paths

with job(snakemake):
    from answerprint.archive import recipe, revert

    files, params = snakemake.input, snakemake.params
    originals = revert.Originals(
        params.reversion,
        recipe.read(files.recipe),
        dict(zip(params.parts, paths(files, "frames"), strict=True)),
    )
    reverting = revert.Reverting(package=Path(params.package), reversion=params.reversion, originals=originals)
    record = revert.write(reverting, Path(params.folder))
    print(
        f"{params.reversion.edition}: {params.reversion}; {record['pixels']} pixels put back.\n"
        f"  {Path(params.folder, revert.MASTER)}",
        flush=True,
    )
