"""Write the recipe of a film."""

from pathlib import Path

from job import job, optional_path, paths

with job(snakemake):
    from answerprint.archive import recipe
    from answerprint.runtime.files import read_json

    files, params = snakemake.input, snakemake.params
    chain, film = params.asked
    matte = optional_path(files, "matte")
    qualities: dict[str, list[tuple[int, float]]] = {}
    for path in paths(files, "groups"):
        # results/<film>/<edition>/encode_access/<part>.json
        found = qualities.setdefault(path.parts[-3], [])
        found += [(row["start"], row["quality"]) for row in read_json(path)["access"]]
    restored = recipe.Restoration(
        film=film,
        chain=chain,
        settings=params.settings,
        facts=read_json(files.facts),
        ledger=Path(files.ledger),
        parts=read_json(files.parts),
        shots=read_json(files.shots),
        matte=read_json(matte) if matte else None,
        elements=[read_json(path) for path in paths(files, "elements")],
        decisions=optional_path(params, "decisions"),
        resolved=optional_path(files, "resolved"),
        qualities=qualities,
        pictures=paths(files, "pictures"),
        records=[record for path in paths(files, "records") for record in read_json(path)],
    )
    recipe.write(Path(snakemake.output[0]), restored)
